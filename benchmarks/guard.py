"""`guard.js` from Python: what it is told, the proof that it works here, and what it refused.

promptfoo reports home once an evaluation, even to say that reporting is off. A benchmark must not make anybody's
machine call anybody, so the peer runs behind the guard or not at all: `prove` asks for names and connections that must
be refused (reserved names and addresses that belong to nobody) with the very node that runs the peer.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from benchmarks.peers import Missing, Peer
from benchmarks.process import environment, run

GUARD = Path(__file__).parent / "guard.js"
_PROBE = """
const said = {};
const took = (name) => (error) => { said[name] = error ? error.code || (error.cause || {}).code : "through"; };
const dns = require("dns");
dns.lookup("guard.invalid", took("lookup"));
dns.resolve4("guard.invalid", took("resolve"));
dns.promises.lookup("guard.invalid").then(() => took("promise")(), took("promise"));
require("net").connect(9, "192.0.2.1").on("connect", () => took("tcp")()).on("error", took("tcp"));
require("tls").connect(9, "192.0.2.1").on("secureConnect", () => took("tls")()).on("error", took("tls"));
require("https").get("https://guard.invalid/", () => took("https")()).on("error", took("https"));
fetch("https://guard.invalid/").then(() => took("fetch")(), took("fetch"));
const udp = require("dgram").createSocket("udp4");
udp.send("x", 9, "192.0.2.1", (error) => { took("udp")(error); udp.close(); });
try { require("child_process").execSync("true"); took("program")(); } catch (error) { took("program")(error); }
const threads = require("worker_threads");
const code = `const { parentPort } = require("worker_threads");
  require("dns").lookup("guard.invalid", (error) => parentPort.postMessage(error.message));`;
new threads.Worker(code, { eval: true, env: {} }).on("message", (text) => {
  said.thread = text.includes("refused by guard.js") ? "ENOTFOUND" : "through";
});
const home = require("net").createServer((socket) => { said.home = "open"; socket.destroy(); home.close(); });
home.listen(0, "127.0.0.1", () => require("net").connect(home.address().port, "localhost"));
process.on("exit", () => console.log(JSON.stringify(said)));
"""
_REFUSED = ("ENOTFOUND", "ECONNREFUSED", "ENOENT")
_MUST_FAIL = ("lookup", "resolve", "promise", "tcp", "tls", "https", "fetch", "udp", "program", "thread")
_LOGGED = {"lookup", "dns.resolve4", "connect", "UDP.send", "program"}


def guarded(log: Path) -> dict[str, str]:
    """The environment variables that put the guard in front of every node process."""
    return {"NODE_OPTIONS": f'--require "{GUARD}"', "BENCH_GUARD_LOG": str(log)}


def prove(peer: Peer, folder: Path) -> str:
    """One sentence on what the guard refused in its trial; `Missing` when anything at all came through."""
    log = folder / "guard-trial.jsonl"
    ran = run([str(peer.node), "-e", _PROBE], cwd=folder, env=environment(folder, **guarded(log)), timeout=30)
    try:
        said = json.loads(ran.output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise Missing(f"the guard could not be tried ({ran.tail()}), so it is not run") from None
    through = [name for name in _MUST_FAIL if said.get(name) not in _REFUSED]
    unlogged = _LOGGED - set(_kinds(log))
    if through or unlogged or said.get("home") != "open":
        raise Missing(f"the guard does not hold here ({through or sorted(unlogged) or 'loopback'}), so it is not run")
    return f"In its trial the guard refused all of: {', '.join(_MUST_FAIL)}; a loopback connection was let through."


def _entries(log: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []


def _kinds(log: Path) -> list[str]:
    return [entry["kind"] for entry in _entries(log)]


def was_on(log: Path) -> bool:
    """Whether the guard announced itself in the run that wrote this log."""
    return "guard" in _kinds(log)


def refused(log: Path) -> Counter[str]:
    """`kind target` → how often."""
    return Counter(f"{entry['kind']} {entry['target']}" for entry in _entries(log) if entry["kind"] != "guard")
