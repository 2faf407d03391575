// A reply: its text with the words that changed, its fields where it is JSON, the functions that it wants called.
const MOST_FIELDS = 300;

const jsonOf = (text) => {
  const found = /^\s*```\w*\n([^]*)\n```\s*$/.exec(text);
  try {
    const value = JSON.parse(found ? found[1] : text);
    return typeof value === "object" ? value : null;
  } catch { return null; }
};

// A value as [name, text] lines: { items: [{ name: "a" }] } is `items 1 name` → a.
const flat = (value, path = "", out = new Map()) => {
  if (out.size >= MOST_FIELDS) return out;
  const inner = value !== null && typeof value === "object" ? Object.entries(value) : [];
  if (!inner.length) out.set(path, typeof value === "string" ? value : JSON.stringify(value));
  for (const [name, part] of inner) flat(part, `${path}${path && " "}${Array.isArray(value) ? Number(name) + 1 : name}`, out);
  return out;
};

// What the case says should be there: a field `expected` of the same shape, or fields of the case with the same names.
const expectedFields = (kase) => {
  const fields = new Map(kase.fields);
  const whole = fields.has("expected") ? jsonOf(fields.get("expected")) : null;
  return whole ? flat(whole) : fields;
};

const sameWords = (a, b) => a.trim().toLowerCase() === b.trim().toLowerCase();
const fieldTable = (kase, columns) => {
  const values = columns.map(({ sample }) => jsonOf(sample.text)).map((value) => value && flat(value));
  if (!values.some(Boolean)) return null;
  const expected = expectedFields(kase);
  const names = [...new Set(values.flatMap((value) => value ? [...value.keys()] : []))];
  const wanted = names.some((name) => expected.has(name));
  const heads = ["field", ...(wanted ? ["expected"] : []), ...columns.map((column) => column.word)];
  const cell = (value, name) => {
    if (!value) return el("td", { class: "caption" }, "not JSON");
    if (!value.has(name)) return el("td", { class: "caption" }, "not there");
    const off = expected.has(name) && !sameWords(expected.get(name), value.get(name));
    return el("td", { dir: "auto" }, value.get(name), ...(off ? [el("span", { class: "off" }, " ≠ expected")] : []));
  };
  const rows = names.slice(0, MOST_FIELDS).map((name) => {
    const told = values.map((value) => value?.get(name));
    return el("tr", { class: told.some((text) => text !== told[0]) ? "changed" : "" }, el("th", { scope: "row", dir: "auto" }, name),
      ...(wanted ? [el("td", { dir: "auto" }, expected.get(name) ?? "–")] : []), ...values.map((value) => cell(value, name)));
  });
  return table("fields", heads, rows);
};

// On a phone each row is a card, so every cell can say what it is.
const table = (kind, heads, rows) => {
  for (const row of rows) [...row.children].forEach((cell, n) => cell.setAttribute("data-head", heads[n]));
  return scrolled("scroll", heads.join(", "), el("table", { class: kind },
    el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, ...rows)));
};

// Tool calls in their order, those of all versions beside each other: a line for each argument.
const callTable = (columns) => {
  const calls = columns.map(({ sample }) => sample.calls || []);
  const count = Math.max(...calls.map((each) => each.length));
  if (!count) return null;
  const rows = [];
  for (let n = 0; n < count; n++) {
    const each = calls.map((list) => list[n]);
    const named = [...new Set(each.filter(Boolean).map(([name]) => name))];
    for (const name of named) {
      const args = each.map((call) => call && call[0] === name ? argumentsOf(call[1]) : null);
      const keys = [...new Set(args.flatMap((found) => found ? [...found.keys()] : []))];
      keys.forEach((key) => {
        const told = args.map((found) => found?.get(key));
        rows.push(el("tr", { class: told.some((text) => text !== told[0]) ? "changed" : "" },
          el("th", { scope: "row", dir: "auto" }, name), el("td", { dir: "auto" }, key || "–"),
          ...args.map((found) => found?.has(key) ? el("td", { dir: "auto" }, found.get(key))
            : el("td", { class: "caption" }, found ? "not there" : "not called"))));
      });
    }
  }
  return table("fields calls", ["calls", "argument", ...columns.map((column) => column.word)], rows);
};
const argumentsOf = (text) => {
  const value = jsonOf(text);
  return value && Object.keys(value).length ? flat(value) : new Map([["", value ? "no arguments" : text]]);
};

// The replies of all columns; where there are two versions of one model, their words are compared.
const replyTexts = (columns) => columns.map((column) => {
  const old = column.side === "head" && columns.find((other) => other.model === column.model && other.side === "base");
  const now = column.side === "base" && columns.find((other) => other.model === column.model && other.side === "head");
  const [a, b] = old ? [old, column] : [column, now];
  const alike = b && !a.sample.error && !b.sample.error && a.sample.text !== b.sample.text;
  const marked = alike ? markedWords(a.sample.text, b.sample.text) : null;
  return textBox(column.sample.error ? "failed" : "reply", `reply, ${column.word}`, ...(marked ? marked[old ? 1 : 0] : [column.sample.text]));
});

// What a reason names in quotes, as it stands in the reply.
const QUOTED = /'([^'\n]{1,200})'|"([^"\n]{1,200})"|“([^”\n]{1,200})”|«([^»\n]{1,200})»|\*([^*\n]{1,200})\*/g;
const MOST_REASON = 2000, MOST_MATCHES = 3;
const matchedWords = (reason, text) => {
  const found = [], lower = text.toLowerCase();
  for (const match of reason.slice(0, MOST_REASON).matchAll(QUOTED)) {
    const wanted = match.slice(1).find(Boolean).replace(/…$/, ""), at = lower.indexOf(wanted.toLowerCase());
    if (!wanted.trim() || at < 0) continue;
    if (found.length === MOST_MATCHES) break;
    const from = Math.max(0, at - 40), to = at + wanted.length;
    found.push(el("span", { class: "matched", dir: "auto" }, (from ? "…" : "") + text.slice(from, at), el("mark", {}, text.slice(at, to)),
      text.slice(to, to + 40) + (to + 40 < text.length ? "…" : "")));
  }
  return found;
};
