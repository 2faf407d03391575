// Quality beside what it costs and how long it takes: a point for each version with each model, with its bars.
const PANEL = { width: 420, height: 280, left: 52, right: 24, top: 34, bottom: 44 };
const AXES = [["cost", "US dollars per 1,000 replies", (v) => `$${v === 0 ? 0 : v < 1 ? v.toPrecision(2) : v.toFixed(2)}`], ["latency", "seconds until the reply", (v) => `${v === 0 ? 0 : v.toPrecision(2)} s`]];
const armWords = ({ side, model }) => [...(data.models.length > 1 ? [data.models[model]] : []), ...(data.compared ? [side === "base" ? "before" : "after"] : [])].join(", ");
const percent = (share) => `${Math.round(share * 100)}%`;

const panel = (axis, title, words, rates) => {
  const { width, height, left, right, top, bottom } = PANEL, points = data.picture[axis];
  const known = data.arms.map((arm, a) => ({ arm, a, at: points[a], rate: rates[a] })).filter(({ at, rate }) => at && rate);
  if (!known.length) return null;
  const ends = known.flatMap(({ at }) => at.filter((v) => v !== null));
  const most = Math.max(...ends) * 1.15 || 1;
  const x = (v) => left + (v / most) * (width - left - right), y = (share) => top + (1 - share) * (height - top - bottom);
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `quality and ${title}; the table below has the figures` });
  const line = (kind, x1, y1, x2, y2) => svg.append(drawn("line", { class: kind, x1, y1, x2, y2 }));
  const text = (at, px, py, said) => svg.append(drawn("text", { "text-anchor": at, x: px, y: py }, said));
  for (const share of [0, 0.5, 1]) { line("grid", left, y(share), width - right, y(share)); text("end", left - 6, y(share) + 4, percent(share)); }
  for (const part of [0, 0.5, 1]) text("middle", x(most * part / 1.15), height - bottom + 18, words(most * part / 1.15));
  text("middle", (left + width - right) / 2, height - 6, title);
  for (const { arm, at, rate } of known.filter(({ arm }) => arm.side === "head")) {
    const old = known.find((other) => other.arm.side === "base" && other.arm.model === arm.model);
    if (old) line("way", x(old.at[0]), y(old.rate[0]), x(at[0]), y(rate[0]));
  }
  const taken = [];
  for (const { arm, at, rate } of known) {
    const px = x(at[0]), py = y(rate[0]);
    if (rate[1] !== null) { line("bar", px, y(rate[1]), px, y(rate[2])); taken.push([px, y(rate[2]), px, y(rate[1])]); }
    if (at[1] !== null) { line("bar", x(at[1]), py, x(at[2]), py); taken.push([x(at[1]), py, x(at[2]), py]); }
    svg.append(drawn("circle", { class: arm.side, cx: px, cy: py, r: 6 }));
    taken.push([px - 7, py - 7, px + 7, py + 7]);
  }
  for (const { arm, at, rate } of known) {
    const name = armWords(arm), spot = freeSpot(x(at[0]), y(rate[0]), name.length * 6.8, taken);
    taken.push(spot);
    text("start", spot[0], spot[3] - 3, name);
  }
  return svg;
};

// Where a point's name lies on nothing else: above or below it, right or left, ever further away; as [left, top, right, bottom].
const freeSpot = (px, py, wide, taken) => {
  const spots = [0, 15, 30, 45].flatMap((off) => [-20 - off, 8 + off]).flatMap((dy) => [9, -9 - wide].map((dx) => [px + dx, py + dy, px + dx + wide, py + dy + 14]));
  const fits = ([left, top, right, bottom]) => left > PANEL.left && top > 2 && right < PANEL.width && bottom < PANEL.height - PANEL.bottom
    && !taken.some((other) => left < other[2] && right > other[0] && top < other[3] && bottom > other[1]);
  return spots.find(fits) || spots[0];
};

const bar = ([value, low, high], words) => words(value) + (low === null ? "" : ` (${words(low)} … ${words(high)})`);
const drawPicture = () => {
  const c = Number(byId("quality").value), rates = data.picture.rates[c];
  byId("panels").replaceChildren(...AXES.map(([axis, title, words]) => panel(axis, title, words, rates)).filter(Boolean));
  const heads = ["version", data.criteria[c].name, ...AXES.map(([, title]) => title)];
  byId("figures").replaceChildren(table("picture", heads, data.arms.map((arm, a) => el("tr", {}, el("th", { scope: "row", dir: "auto" }, armWords(arm)),
    el("td", {}, rates[a] ? bar(rates[a], percent) : "–"), ...AXES.map(([axis, , words]) => el("td", {}, data.picture[axis][a] ? bar(data.picture[axis][a], words) : "–"))))));
};

const setUpPicture = () => {
  const choices = data.criteria.map((criterion, c) => [c, criterion.name]).filter(([c]) => data.picture.rates?.[c].some(Boolean));
  if (!choices.length) return;
  byId("quality").append(...choices.map(([c, name]) => option(c, name)));
  byId("quality").addEventListener("change", drawPicture);
  byId("picture").hidden = false;
  drawPicture();
};
