// The list of cases: a line for each as soon as it is known, what the reply was when it comes into sight, all when opened.
const MORE = 200;
const PREVIEW = 400;
const list = byId("list");
const shown = { most: MORE, turn: 0 };

const say = (text) => { byId("count").textContent = text; };
const heldWords = () => data.held ? `; ${number(data.held)} held-out case${data.held === 1 ? " is" : "s are"} never shown` : "";
const filterWords = () => [
  ...shownChoices().filter(([which]) => state.show.has(which)).map(([, words]) => words),
  ...[...state.tags].map((t) => `tagged ${data.tags[t]}`),
].join(" and ");

const whenSeen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) {
    whenSeen.unobserve(target);
    load(target.place).then((kase) => preview(target, kase), () => {});  // whoever opens it is told
  }
}, { rootMargin: "200px" });

const preview = (details, kase) => {
  const newer = kase.samples.find((s) => data.arms[s.a].side === "head" && wantedModels().includes(data.arms[s.a].model)) || kase.samples[0];
  if (!newer || details.querySelector(".preview")) return;
  const calls = (newer.calls || []).map(([name, said]) => `calls ${name} ${said}`);
  details.firstElementChild.append(el("span", { class: "preview", dir: "auto" }, [newer.text, ...calls].join(" ").slice(0, PREVIEW)));
};

const row = (i) => {
  const mark = data.marks[i], summary = el("summary", {}, el("b", { dir: "auto" }, data.ids[i]));
  const chip = (kind, text) => summary.append(el("span", { class: `chip ${kind}`, dir: "auto" }, text));
  for (const kind of ["worse", "better"]) for (const shift of mark[kind] || []) {
    if (state.model >= 0 && shift.m !== state.model) continue;
    const model = data.models.length > 1 ? ` · ${data.models[shift.m]}` : "";
    chip(kind, `${data.criteria[shift.c].name}${model} ${shift.words}`);
  }
  const models = wantedModels(), flags = models.reduce((all, m) => all | data.flags[m][i], 0);
  if ((mark.errors || []).some(([c, m]) => c < 0 && models.includes(m))) chip("", "⚠️ a call failed");
  if (flags & FLAGS.cut) chip("", "✂ cut off");
  if (flags & NEW_ONLY) chip("", "new version only");
  if (flags & OLD_ONLY) chip("", "old version only");
  for (const t of data.tagged[i]) chip("tag", data.tags[t]);
  const details = el("details", { class: "case" }, summary);
  details.place = i;
  details.addEventListener("toggle", () => opened(details));
  if (data.cases[i]) preview(details, data.cases[i]); else whenSeen.observe(details);
  return details;
};

const opened = async (details) => {
  const i = details.place;
  if (!details.open) {
    if (state.kase === i) { state.kase = -1; writeAddress(); }
    return;
  }
  if (state.kase !== i) { state.kase = i; writeAddress(); }
  if (details.querySelector(".body")) return;
  if (data.cases[i]) { details.append(caseBody(data.cases[i], i)); return; }
  const waiting = details.appendChild(el("p", { class: "body note" }, "loading …"));
  try { waiting.replaceWith(caseBody(await load(i), i)); } catch (error) { waiting.textContent = error.message; }
};

// Those among the cases whose texts hold what is looked for, loaded one part after the other; null where a newer turn began.
const found = async (cases, turn) => {
  if (!state.find) return cases;
  const kept = [], wanted = state.find.toLowerCase();
  for (const i of cases) {
    if (!data.cases[i]) {
      say(`searching: ${number(kept.length)} found so far …`);
      await load(i);
      if (turn !== shown.turn) return null;
    }
    if (haystack(data.cases[i]).includes(wanted)) kept.push(i);
  }
  return kept;
};

const render = async () => {
  const turn = ++shown.turn;
  const chosen = chosenCases();
  countChoices(chosen.counts);
  let cases = [], failed = "";
  try { cases = await found(chosen.cases, turn); } catch (error) { failed = error.message; }
  if (turn !== shown.turn || !cases) return;
  cases = sorted(cases);
  const words = filterWords();
  say(failed || `${number(cases.length)} of ${number(data.ids.length)} cases${words && ` ${words}`}${heldWords()}`);
  whenSeen.disconnect();
  const first = cases.slice(0, shown.most);
  if (state.kase >= 0 && !first.includes(state.kase)) first.unshift(state.kase);  // a link leads to it, whatever else is shown
  list.replaceChildren(...first.map(row));
  const more = byId("more"), rest = cases.length - Math.min(shown.most, cases.length);
  more.hidden = rest <= 0;
  more.textContent = `show ${Math.min(MORE, rest)} more`;
};

const openCase = (i) => {
  const details = [...list.children].find((node) => node.place === i);
  if (!details) return;
  details.open = true;
  details.scrollIntoView({ block: "start" });
  details.firstElementChild.focus({ preventScroll: true });
};
