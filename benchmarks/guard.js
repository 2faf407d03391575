// Loaded by NODE_OPTIONS="--require guard.js" before a peer's own code: nothing leaves this machine.
//
// Refused, and written as one JSON line each to the file named by BENCH_GUARD_LOG:
//   - every name lookup but `localhost` (dns.*, dns.promises.*, every Resolver)
//   - every TCP connection that is not to a loopback address, at net.Socket and again at the handle below it, which
//     http, https, tls, http2 and undici (fetch) all go through
//   - every UDP packet that is not to a loopback address
//   - every program started that is not this same node, which carries the guard on, as threads do
// Not covered: compiled addons that open sockets of their own. Without the log file nothing runs at all.
"use strict";

const { Buffer } = require("node:buffer");
const childProcess = require("node:child_process");
const dns = require("node:dns");
const fs = require("node:fs");
const net = require("node:net");
const { syncBuiltinESMExports } = require("node:module");

const LOG = process.env.BENCH_GUARD_LOG;
if (!LOG) {
  throw new Error("guard.js: BENCH_GUARD_LOG is not set");
}
const GUARD = `--require ${__filename}`;

function note(kind, target, extra = {}) {
  fs.appendFileSync(LOG, JSON.stringify({ kind, target: String(target), pid: process.pid, ...extra }) + "\n");
}

function refusal(kind, target, code) {
  note(kind, target);
  const error = new Error(`${code}: ${kind} ${target} refused by guard.js`);
  return Object.assign(error, { code, errno: code, syscall: kind, hostname: String(target) });
}

const isLoopback = (host) => {
  const bare = String(host).replace(/^\[|\]$/g, "").replace(/^::ffff:/i, "");
  return bare === "::1" || (net.isIPv4(bare) && bare.startsWith("127."));
};
const isHome = (host) => host === undefined || host === null || host === "" || host === "localhost" || isLoopback(host);

// Names: `localhost` and addresses (which need no lookup) are answered here, everything else is an unknown host.
const isKnown = (host) => isHome(host) || net.isIP(String(host)) > 0;
function answer(host, options) {
  const wanted = typeof options === "number" ? options : (options && options.family) || 0;
  const address = net.isIP(host) ? host : wanted === 6 || wanted === "IPv6" ? "::1" : "127.0.0.1";
  return { address, family: net.isIP(address) };
}

dns.lookup = function lookup(host, options, callback) {
  const done = typeof options === "function" ? options : callback;
  if (!isKnown(host)) {
    process.nextTick(done, refusal("lookup", host, "ENOTFOUND"));
    return {};
  }
  const found = answer(host, options);
  const all = options && options.all;
  process.nextTick(() => (all ? done(null, [found]) : done(null, found.address, found.family)));
  return {};
};
dns.promises.lookup = async (host, options) => {
  if (!isKnown(host)) throw refusal("lookup", host, "ENOTFOUND");
  const found = answer(host, options);
  return options && options.all ? [found] : found;
};

const asks = (owner) =>
  Object.getOwnPropertyNames(owner).filter((name) => /^(resolve|reverse|lookupService|query)/.test(name));
for (const owner of [dns, dns.Resolver.prototype, Object.getPrototypeOf(dns.Resolver.prototype)]) {
  for (const name of asks(owner)) {
    owner[name] = (host, ...rest) =>
      process.nextTick(rest[rest.length - 1], refusal(`dns.${name}`, host, "ENOTFOUND"));
  }
}
for (const owner of [dns.promises, dns.promises.Resolver.prototype]) {
  for (const name of asks(owner)) {
    owner[name] = async (host) => {
      throw refusal(`dns.${name}`, host, "ENOTFOUND");
    };
  }
}

// Connections: refused with the name that was asked for, then once more by address below every other module.
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const target = first !== null && typeof first === "object" ? first : { port: first, host: second };
  const isPipe = target.path || (typeof first === "string" && !/^\d+$/.test(first));
  const host = typeof target.host === "function" ? undefined : target.host;
  if (isPipe || isHome(host)) return connect.apply(this, args);
  this.connecting = true;
  const error = refusal("connect", `${host}:${target.port}`, "ECONNREFUSED");
  process.nextTick(() => this.destroy(error));
  return this;
};

const ECONNREFUSED = -require("node:os").constants.errno.ECONNREFUSED;
function below(binding, owner, method, address) {
  const original = process.binding(binding)[owner].prototype[method];
  process.binding(binding)[owner].prototype[method] = function (...args) {
    const host = address(args);
    if (host === undefined || isLoopback(host)) return original.apply(this, args);
    note(`${owner}.${method}`, host);
    return ECONNREFUSED;
  };
}
for (const method of ["connect", "connect6"]) {
  below("tcp_wrap", "TCP", method, (args) => args[1]);
  below("udp_wrap", "UDP", method, (args) => args[0]);
}
for (const method of ["send", "send6"]) {
  // A connected socket sends without an address: (req, list, count, hasCallback).
  below("udp_wrap", "UDP", method, (args) => (args.length > 4 ? args[4] : undefined));
}

// Programs: only this node again, and with the guard in its environment.
function allowed(options) {
  const file = options.file || "";
  if (file !== process.execPath) {
    note("program", file, { argv: (options.args || []).slice(0, 4) });
    return false;
  }
  const pairs = (options.envPairs || []).filter((pair) => !/^(NODE_OPTIONS|BENCH_GUARD_LOG)=/.test(pair));
  options.envPairs = [...pairs, `NODE_OPTIONS=${GUARD}`, `BENCH_GUARD_LOG=${LOG}`];
  return true;
}
const spawn = childProcess.ChildProcess.prototype.spawn;
childProcess.ChildProcess.prototype.spawn = function (options) {
  if (allowed(options)) return spawn.call(this, options);
  throw Object.assign(new Error(`spawn ${options.file} ENOENT`), { code: "ENOENT", syscall: "spawn" });
};
const spawnSync = process.binding("spawn_sync");
const start = spawnSync.spawn;
spawnSync.spawn = (options) => {
  if (allowed(options)) return start(options);
  return { error: -2, status: null, signal: null, output: [null, Buffer.alloc(0), Buffer.alloc(0)], pid: 0 };
};

// Threads: one started with an environment or arguments of its own would begin without the guard.
const threads = require("node:worker_threads");
threads.Worker = class Worker extends threads.Worker {
  constructor(file, options = {}) {
    const env = options.env && typeof options.env === "object" ? options.env : process.env;
    super(file, { ...options, env: { ...env, NODE_OPTIONS: GUARD, BENCH_GUARD_LOG: LOG } });
  }
};

syncBuiltinESMExports();
note("guard", `node ${process.version}`);
