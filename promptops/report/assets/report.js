"use strict";
// Builds the list of cases from the page's data, and a case's details when it is opened. Text only ever becomes text nodes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const WHICH = [["worse", "got worse"], ["better", "got better"], ["fails", "not passing"], ["errors", "errors"], ["all", "all"]];
  const list = document.getElementById("list");
  const MORE = 200;
  const state = { which: "all", criterion: -1, model: -1, find: "", most: MORE, turn: 0 };

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  // What is known of a case before it is loaded: what changed, fails or has no answer, by [criterion, model].
  const fits = ([c, m]) => (state.criterion < 0 || c === state.criterion) && (state.model < 0 || m === state.model);
  const has = (mark, which) => {
    if (which === "worse" || which === "better") return (mark[which] || []).some((shift) => fits([shift.c, shift.m]));
    if (which === "fails") return (mark.fails || []).some(fits);
    if (which === "errors") return (mark.errors || []).some(([c, m]) => fits([c < 0 ? state.criterion : c, m]));
    return state.criterion < 0 || !mark.asked || mark.asked.some(([c]) => c === state.criterion);
  };
  const chosen = (which) => [...data.marks.keys()].filter((i) => has(data.marks[i], which));
  const haystack = (kase) => kase.hay ??= [kase.id, ...kase.tags, ...kase.fields.flat(), ...kase.samples.map((s) => s.text)]
    .join("\n").toLowerCase();

  // A page opened from a disk may not fetch, so the cases that are not in the page come as scripts from beside it.
  const parts = new Map();
  window.promptopsCases = (run, first, cases) => {
    if (run === data.run) cases.forEach((kase, i) => { data.cases[first + i] = kase; });
  };
  const load = async (i) => {
    if (data.cases[i]) return;
    const number = Math.floor(i / data.part);
    if (!parts.has(number)) parts.set(number, new Promise((done) => {
      const script = el("script", { src: `${data.folder}/${number}.js` });
      script.addEventListener("load", done);
      script.addEventListener("error", done);
      document.head.append(script);
    }));
    await parts.get(number);
    if (!data.cases[i]) throw new Error(`These cases lie in the folder ${data.folder} of the same run, which is not beside this page.`);
  };

  const number = (count) => count.toLocaleString("en");
  const say = (text) => { document.getElementById("count").textContent = text; };
  const render = async () => {
    const turn = ++state.turn;
    for (const [which] of WHICH) {
      const label = document.getElementById(`n-${which}`);
      if (label) label.textContent = number(chosen(which).length);
    }
    const rows = [];
    let count = 0;
    try {
      for (const i of chosen(state.which)) {
        if (state.find || rows.length < state.most) {
          if (!data.cases[i]) {
            if (state.find) say(`searching: ${number(count)} found so far …`);
            await load(i);
            if (turn !== state.turn) return;
          }
          if (state.find && !haystack(data.cases[i]).includes(state.find)) continue;
        }
        count++;
        if (rows.length < state.most) rows.push(row(data.cases[i], data.marks[i]));
      }
      say(`${number(count)} of ${number(data.marks.length)} cases` + (data.held ? `; ${number(data.held)} held-out case${data.held === 1 ? " is" : "s are"} never shown` : ""));
    } catch (error) {
      if (turn !== state.turn) return;
      say(error.message);
    }
    list.replaceChildren(...rows);
    const more = document.getElementById("more");
    more.hidden = count <= rows.length;
    more.textContent = `show ${Math.min(MORE, count - rows.length)} more`;
  };

  const row = (kase, mark) => {
    const summary = el("summary", {}, el("b", { dir: "auto" }, kase.id));
    for (const kind of ["worse", "better"]) for (const shift of mark[kind] || []) {
      if (state.model >= 0 && shift.m !== state.model) continue;
      const model = data.models.length > 1 ? ` · ${data.models[shift.m]}` : "";
      summary.append(el("span", { class: `chip ${kind}` }, `${data.criteria[shift.c].name}${model} ${shift.words}`));
    }
    const errors = kase.samples.filter((s) => s.error).length;
    if (errors) summary.append(el("span", { class: "chip" }, `⚠️ ${errors} failed call${errors > 1 ? "s" : ""}`));
    if (data.compared && kase.sides.length === 1) summary.append(el("span", { class: "chip" }, kase.sides[0] === "head" ? "new version only" : "old version only"));
    const details = el("details", { class: "case" }, summary);
    details.addEventListener("toggle", () => {
      if (details.open && !details.querySelector(".body")) details.append(body(kase));
    });
    return details;
  };

  const body = (kase) => {
    const node = el("div", { class: "body" });
    const models = data.models.map((_, m) => m).filter((m) => state.model < 0 || m === state.model);
    for (const m of models) {
      if (data.models.length > 1) node.append(el("h3", {}, `with ${data.models[m]}`));
      const trials = [...new Set(kase.samples.filter((s) => data.arms[s.a].model === m).map((s) => s.t))].sort((a, b) => a - b);
      for (const t of trials) node.append(trial(kase, m, t, trials.length));
    }
    if (kase.fields.length) {
      node.append(el("h3", {}, "the case"), el("dl", {}, ...kase.fields.flatMap(([name, text]) =>
        [el("dt", { dir: "auto" }, name), el("dd", { dir: "auto" }, text)])));
    }
    node.append(messages(kase));
    return node;
  };

  const thoughts = (sample) => sample.thought ? [el("details", { class: "thoughts" },
    el("summary", {}, `thought before it (${sample.long})`), el("pre", { class: "reply", dir: "auto", tabindex: "0" }, sample.thought))] : [];

  const trial = (kase, m, t, count) => {
    const of = (side) => kase.samples.find((s) => s.t === t && data.arms[s.a].model === m && data.arms[s.a].side === side);
    const sides = [["base", "before"], ["head", data.compared ? "after" : "reply"]].map(([side, word]) => [of(side), word]).filter(([s]) => s);
    const node = el("div", {});
    if (count > 1) node.append(el("h3", {}, `trial ${t + 1} of ${count}`));
    node.append(el("div", { class: sides.length > 1 ? "pair" : "" }, ...sides.map(([sample, word]) => el("div", {},
      el("p", { class: "caption" }, `${word} · ${sample.facts}`),
      el("pre", { class: sample.error ? "failed" : "reply", dir: "auto", tabindex: "0" }, sample.text), ...thoughts(sample)))));
    const asked = data.criteria.map((_, c) => c).filter((c) => sides.some(([s]) => s.scores.some((score) => score.c === c)));
    if (asked.length) {
      const table = el("table", { class: "scores" }, el("thead", {}, el("tr", {}, el("th", {}, "criterion"), ...sides.map(([, word]) => el("th", {}, word)))));
      table.append(el("tbody", {}, ...asked.map((c) => el("tr", { class: turned(sides, c) }, el("td", { dir: "auto" }, data.criteria[c].name),
        ...sides.map(([s]) => el("td", { dir: "auto" }, verdict(s.scores.find((score) => score.c === c))))))));
      node.append(el("div", { class: "scroll" }, table));
    }
    return node;
  };

  const turned = (sides, c) => {
    const [before, after] = sides.map(([s]) => s.scores.find((score) => score.c === c)?.p ?? null);
    return sides.length < 2 || before === null || after === null || before === after ? "" : after ? "better" : "worse";
  };

  const verdict = (score) => {
    if (!score) return "–";
    const mark = score.s === "error" ? "⚠️ no answer" : score.s === "waiting" ? "⏳ waiting" : score.p ? "✅" : "❌";
    const value = score.v === null || score.v === 0 || score.v === 1 ? "" : ` ${Math.round(score.v * 100) / 100}`;
    return `${mark}${value}${score.r ? ` – ${score.r}` : ""}`;
  };

  const messages = (kase) => {
    const changed = kase.messages.filter((m) => !m.same);
    const told = kase.sides.length < 2 || !data.compared ? "" : changed.length ? ", and what changed" : " (unchanged)";
    const node = el("details", {}, el("summary", {}, `the messages the model received${told}`));
    node.addEventListener("toggle", () => {
      if (!node.open || node.querySelector(".body")) return;
      const inside = el("div", { class: "body" });
      for (const { base, head } of changed) {
        const how = !base ? " (new message)" : !head ? " (message removed)" : "";
        inside.append(el("p", { class: "caption" }, `what changed · ${(head || base)[0]}${how}`), diff(lines(base), lines(head)));
      }
      const shown = (kind, [role, text]) => el("div", {}, el("p", { class: "caption" }, kind ? `${kind} · ${role}` : role),
        el("pre", { dir: "auto", tabindex: "0" }, text));
      for (const { same, base, head } of kase.messages) {
        if (same) inside.append(shown("", same));
        else inside.append(el("div", { class: "pair" }, ...[["before", base], ["after", head]].map(([kind, message]) =>
          message ? shown(kind, message) : el("p", { class: "caption" }, `${kind} · no such message`))));
      }
      node.append(inside);
    });
    return node;
  };
  const lines = (message) => message ? message[1].replace(/\n$/, "").split("\n") : [];

  // The longest common subsequence of two lists as [kind, value] pairs; ends that are alike are cut off first.
  const align = (a, b, most) => {
    let start = 0, end = 0;
    while (start < a.length && start < b.length && a[start] === b[start]) start++;
    while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
    const x = a.slice(start, a.length - end), y = b.slice(start, b.length - end), out = a.slice(0, start).map((v) => [" ", v]);
    if (x.length * y.length > most) out.push(...x.map((v) => ["-", v]), ...y.map((v) => ["+", v]));
    else {
      const size = y.length + 1, best = new Uint32Array((x.length + 1) * size);
      for (let i = x.length - 1; i >= 0; i--) for (let j = y.length - 1; j >= 0; j--) {
        best[i * size + j] = x[i] === y[j] ? best[(i + 1) * size + j + 1] + 1 : Math.max(best[(i + 1) * size + j], best[i * size + j + 1]);
      }
      let i = 0, j = 0;
      while (i < x.length || j < y.length) {
        if (i < x.length && j < y.length && x[i] === y[j]) { out.push([" ", x[i]]); i++; j++; }
        else if (i < x.length && (j === y.length || best[(i + 1) * size + j] >= best[i * size + j + 1])) out.push(["-", x[i++]]);
        else out.push(["+", y[j++]]);
      }
    }
    return out.concat(a.slice(a.length - end).map((v) => [" ", v]));
  };

  const diff = (old, now) => {
    const pre = el("pre", { class: "diff", dir: "auto", tabindex: "0" });
    const lines = align(old, now, 4e6);
    for (let i = 0; i < lines.length;) {
      if (lines[i][0] === " ") {
        let j = i;
        while (j < lines.length && lines[j][0] === " ") j++;
        const before = i === 0 ? 0 : 2, after = j === lines.length ? 0 : 2;
        if (j - i > before + after + 1) {
          for (let k = i; k < i + before; k++) pre.append(el("span", {}, "  " + lines[k][1]));
          pre.append(el("span", { class: "at" }, `  … ${j - i - before - after} lines alike`));
          for (let k = j - after; k < j; k++) pre.append(el("span", {}, "  " + lines[k][1]));
        } else for (let k = i; k < j; k++) pre.append(el("span", {}, "  " + lines[k][1]));
        i = j;
        continue;
      }
      const gone = [], come = [];
      while (i < lines.length && lines[i][0] !== " ") (lines[i][0] === "-" ? gone : come).push(lines[i++][1]);
      const pairs = gone.map((line, k) => k < come.length ? align(line.split(/(\s+)/), come[k].split(/(\s+)/), 1e5) : null);
      gone.forEach((line, k) => pre.append(marked("del", "− ", "-", line, pairs[k])));
      come.forEach((line, k) => pre.append(marked("add", "+ ", "+", line, pairs[k])));
    }
    return pre;
  };
  const marked = (kind, sign, own, line, words) => {
    const node = el("span", { class: kind }, sign);
    const alike = words ? words.filter(([k, w]) => k === " " && w.trim()).length : 0;
    if (!words || alike * 3 < words.filter(([, w]) => w.trim()).length) node.append(line);
    else for (const [k, word] of words) if (k === " ") node.append(word); else if (k === own) node.append(el("b", {}, word));
    return node;
  };

  const refresh = () => { state.most = MORE; render(); };
  const option = (value, text) => el("option", { value: String(value) }, text);
  const setUp = () => {
    const which = document.getElementById("which");
    const shown = data.compared ? WHICH : WHICH.slice(2);
    state.which = data.compared && data.marks.some((mark) => mark.worse) ? "worse" : "all";
    for (const [value, word] of shown) {
      const input = el("input", { type: "radio", name: "which", value });
      input.checked = value === state.which;
      input.addEventListener("change", () => { state.which = value; refresh(); });
      which.append(el("label", {}, input, el("span", {}, `${word} `, el("i", { id: `n-${value}` }))));
    }
    const criterion = document.getElementById("criterion"), model = document.getElementById("model");
    criterion.append(option(-1, "all criteria"), ...data.criteria.map((c, i) => option(i, c.name)));
    criterion.addEventListener("change", () => { state.criterion = Number(criterion.value); refresh(); });
    model.append(option(-1, "all models"), ...data.models.map((name, i) => option(i, name)));
    model.addEventListener("change", () => { state.model = Number(model.value); refresh(); });
    document.getElementById("model-label").hidden = data.models.length < 2;
    let timer = 0;
    document.getElementById("find").addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => { state.find = event.target.value.trim().toLowerCase(); refresh(); }, 150);
    });
    for (const link of document.querySelectorAll("a[data-criterion]")) link.addEventListener("click", () => {
      state.criterion = Number(link.dataset.criterion);
      criterion.value = String(state.criterion);
      if (!chosen(state.which).length) { state.which = "all"; which.querySelector("input[value=all]").checked = true; }
      refresh();
    });
    document.getElementById("controls").hidden = false;
    document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
    document.getElementById("more").addEventListener("click", () => { state.most += MORE; render(); });
    render();
  };
  if (data.marks.length) setUp();
})();
