"use strict";
// Builds the list of cases from the page's data, and a case's details when it is opened. Text only ever becomes text nodes.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const WHICH = [["worse", "got worse"], ["better", "got better"], ["fails", "not passing"], ["errors", "errors"], ["all", "all"]];
  const list = document.getElementById("list");
  const state = { which: "all", criterion: -1, model: -1, find: "" };

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
    node.append(...children);
    return node;
  };

  const has = (kase, which) => {
    const fits = (shift) => (state.criterion < 0 || shift.c === state.criterion) && (state.model < 0 || shift.m === state.model);
    if (which === "worse" || which === "better") return kase[which].some(fits);
    if (which === "fails") return kase.samples.some((s) => modelFits(s) && data.arms[s.a].side === "head" &&
      s.scores.some((score) => score.p === false && (state.criterion < 0 || score.c === state.criterion)));
    if (which === "errors") return kase.samples.some((s) => modelFits(s) && (s.error ||
      s.scores.some((score) => score.s === "error" && (state.criterion < 0 || score.c === state.criterion))));
    return state.criterion < 0 || kase.samples.some((s) => s.scores.some((score) => score.c === state.criterion));
  };
  const modelFits = (sample) => state.model < 0 || data.arms[sample.a].model === state.model;
  const haystack = (kase) => kase.hay ??= [kase.id, ...kase.tags, ...kase.fields.flat(), ...kase.samples.map((s) => s.text)]
    .join("\n").toLowerCase();
  const visible = () => data.cases.filter((kase) => has(kase, state.which) && (!state.find || haystack(kase).includes(state.find)));

  const render = () => {
    const found = visible();
    list.replaceChildren(...found.map(row));
    document.getElementById("count").textContent = `${found.length} of ${data.cases.length} cases` +
      (data.held ? `; ${data.held} held-out cases are never shown` : "");
    for (const [which] of WHICH) {
      const label = document.getElementById(`n-${which}`);
      if (label) label.textContent = data.cases.filter((kase) => has(kase, which)).length;
    }
  };

  const row = (kase) => {
    const summary = el("summary", {}, el("b", { dir: "auto" }, kase.id));
    for (const kind of ["worse", "better"]) for (const shift of kase[kind]) {
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

  const trial = (kase, m, t, count) => {
    const of = (side) => kase.samples.find((s) => s.t === t && data.arms[s.a].model === m && data.arms[s.a].side === side);
    const sides = [["base", "before"], ["head", data.compared ? "after" : "reply"]].map(([side, word]) => [of(side), word]).filter(([s]) => s);
    const node = el("div", {});
    if (count > 1) node.append(el("h3", {}, `trial ${t + 1} of ${count}`));
    node.append(el("div", { class: sides.length > 1 ? "pair" : "" }, ...sides.map(([sample, word]) => el("div", {},
      el("p", { class: "caption" }, `${word} · ${sample.facts}`),
      el("pre", { class: sample.error ? "failed" : "reply", dir: "auto", tabindex: "0" }, sample.text)))));
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

  const option = (value, text) => el("option", { value: String(value) }, text);
  const setUp = () => {
    const which = document.getElementById("which");
    const shown = data.compared ? WHICH : WHICH.slice(2);
    state.which = data.compared && data.cases.some((kase) => kase.worse.length) ? "worse" : "all";
    for (const [value, word] of shown) {
      const input = el("input", { type: "radio", name: "which", value });
      input.checked = value === state.which;
      input.addEventListener("change", () => { state.which = value; render(); });
      which.append(el("label", {}, input, el("span", {}, `${word} `, el("i", { id: `n-${value}` }))));
    }
    const criterion = document.getElementById("criterion"), model = document.getElementById("model");
    criterion.append(option(-1, "all criteria"), ...data.criteria.map((c, i) => option(i, c.name)));
    criterion.addEventListener("change", () => { state.criterion = Number(criterion.value); render(); });
    model.append(option(-1, "all models"), ...data.models.map((name, i) => option(i, name)));
    model.addEventListener("change", () => { state.model = Number(model.value); render(); });
    document.getElementById("model-label").hidden = data.models.length < 2;
    let timer = 0;
    document.getElementById("find").addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => { state.find = event.target.value.trim().toLowerCase(); render(); }, 150);
    });
    for (const link of document.querySelectorAll("a[data-criterion]")) link.addEventListener("click", () => {
      state.criterion = Number(link.dataset.criterion);
      criterion.value = String(state.criterion);
      if (!visible().length) { state.which = "all"; which.querySelector("input[value=all]").checked = true; }
      render();
    });
    document.getElementById("controls").hidden = false;
    document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
    render();
  };
  if (data.cases.length) setUp();
})();
