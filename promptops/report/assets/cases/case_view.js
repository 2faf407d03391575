// Everything about one case: the replies of each version with each model, why they pass or not, the case, the messages.
const caseBody = (kase, i) => {
  const link = el("button", { type: "button", class: "small" }, "copy link to this case");
  link.addEventListener("click", () => copyText(linkTo(i), link));
  const node = el("div", { class: "body" });
  const trials = [...new Set(kase.samples.filter((s) => wantedModels().includes(data.arms[s.a].model)).map((s) => s.t))].sort((a, b) => a - b);
  for (const t of trials) node.append(...trialView(kase, t, trials.length));
  if (kase.fields.length) {
    node.append(el("h3", {}, "the case"), el("dl", {}, ...kase.fields.flatMap(([name, text]) =>
      [el("dt", { dir: "auto" }, name), el("dd", { dir: "auto", tabindex: "0" }, text)])));
  }
  if (kase.pictures) node.append(picturesView(kase));
  node.append(messagesView(kase), el("p", {}, link));
  return node;
};

// The alternative text says no more than we know: nobody looked at it.
const picturesView = (kase) => el("div", { class: "pictures" }, ...kase.pictures.map((digest, n) =>
  el("img", { src: data.pictures[digest], alt: `picture ${n + 1} of the case, sha256 ${digest.slice(0, 12)}`, loading: "lazy" })));

// A column for each version, and for each model where there are several.
const columnsOf = (kase, t) => wantedModels().flatMap((model) => [["base", "before"], ["head", data.compared ? "after" : "reply"]].map(([side, word]) => ({
  side, model, word: data.models.length > 1 ? `${data.models[model]}, ${word}` : word,
  sample: kase.samples.find((s) => s.t === t && data.arms[s.a].model === model && data.arms[s.a].side === side),
}))).filter(({ sample }) => sample);

const trialView = (kase, t, count) => {
  const columns = columnsOf(kase, t), nodes = [];
  if (!columns.length) return nodes;
  if (count > 1) nodes.push(el("h3", {}, `try ${t + 1} of ${count}`));
  const texts = replyTexts(columns), fields = fieldTable(kase, columns), calls = callTable(columns);
  const replies = el("div", { class: `pair n${Math.min(columns.length, 3)}` }, ...columns.map(({ sample, word }, n) => el("div", {},
    el("p", { class: "caption" }, `${word} · ${sample.facts}`), ...(sample.text ? [texts[n]] : []), ...thoughts(sample))));
  nodes.push(columns.length > 2 ? scrolled("scroll", "replies", replies) : replies);
  if (fields) nodes.push(fields);
  if (calls) nodes.push(calls);
  const asked = data.criteria.map((_, c) => c).filter((c) => columns.some(({ sample }) => scoreOf(sample, c)));
  if (asked.length) nodes.push(table("scores", ["criterion", ...columns.map(({ word }) => word)], asked.map((c) =>
    el("tr", { class: turned(columns, c) }, el("th", { scope: "row", dir: "auto" }, data.criteria[c].name),
      ...columns.map(({ sample }) => el("td", { dir: "auto" }, ...verdictOf(scoreOf(sample, c), sample.text)))))));
  return nodes;
};

const scoreOf = (sample, c) => sample.scores.find((score) => score.c === c);
const thoughts = (sample) => sample.thought ? [el("details", { class: "thoughts" },
  el("summary", {}, `thought before it (${sample.long})`), textBox("reply", "what the model thought", sample.thought))] : [];

const turned = (columns, c) => {
  if (columns.length !== 2 || columns[0].model !== columns[1].model) return "";
  const [before, after] = columns.map(({ sample }) => scoreOf(sample, c)?.p ?? null);
  return before === null || after === null || before === after ? "" : after ? "better" : "worse";
};

const verdictOf = (score, text) => {
  if (!score) return ["–"];
  const mark = score.s === "error" ? "⚠️ no answer" : score.s === "waiting" ? "⏳ waiting" : score.p ? "✅" : "❌";
  const value = score.v === null || score.v === 0 || score.v === 1 ? "" : ` ${Math.round(score.v * 100) / 100}`;
  return [`${mark}${value}${score.r ? ` – ${score.r}` : ""}`, ...(score.r ? matchedWords(score.r, text) : [])];
};

const linesOf = (message) => message ? message[1].replace(/\n$/, "").split("\n") : [];
const messagesView = (kase) => {
  const changed = kase.messages.filter((m) => !m.same);
  const told = kase.sides.length < 2 || !data.compared ? "" : changed.length ? ", and what changed" : " (unchanged)";
  const node = el("details", {}, el("summary", {}, `the messages the model received${told}`));
  node.addEventListener("toggle", () => {
    if (!node.open || node.querySelector(".body")) return;
    const inside = el("div", { class: "body" });
    for (const { base, head } of changed) {
      const how = !base ? " (new message)" : !head ? " (message removed)" : "";
      inside.append(el("p", { class: "caption" }, `what changed · ${(head || base)[0]}${how}`), diff(linesOf(base), linesOf(head)));
    }
    const shown = (kind, [role, text]) => el("div", {}, el("p", { class: "caption" }, kind ? `${kind} · ${role}` : role),
      textBox("", `message, ${kind ? `${kind}, ` : ""}${role}`, text));
    for (const { same, base, head } of kase.messages) {
      if (same) inside.append(shown("", same));
      else inside.append(el("div", { class: "pair" }, ...[["before", base], ["after", head]].map(([kind, message]) =>
        message ? shown(kind, message) : el("p", { class: "caption" }, `${kind} · no such message`))));
    }
    node.append(inside);
  });
  return node;
};
