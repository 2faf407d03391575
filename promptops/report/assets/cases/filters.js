// Which cases are wanted, and in which order: by what is known of each before it is loaded.
const SHOW = [
  ["worse", "got worse"], ["better", "got better"], ["changed", "reply changed"], ["cut", "cut off"], ["errors", "errors"],
  ["fails", "not passing"], ["unruled", "no rule looks at it"],
];
const COMPARING = ["worse", "better", "changed"];
const FLAGS = { changed: 1, cut: 2, unruled: 4 };
const NEW_ONLY = 8, OLD_ONLY = 16;
const SORTS = [["worst", "worst first"], ["changed", "most changed first"], ["longest", "longest first"], ["slowest", "slowest first"]];
const state = { show: new Set(), tags: new Set(), criterion: -1, model: -1, find: "", sort: "worst", kase: -1 };

const wantedModels = () => data.models.map((_, m) => m).filter((m) => state.model < 0 || m === state.model);
const shownChoices = () => SHOW.filter(([which]) => data.compared || !COMPARING.includes(which));

// A mark is a pair of criterion and model; -1 is a whole call.
const fits = ([c, m]) => (state.criterion < 0 || c === state.criterion) && (state.model < 0 || m === state.model);
const has = (i, which) => {
  const mark = data.marks[i];
  if (which in FLAGS) return data.flags.some((flags, m) => (state.model < 0 || m === state.model) && flags[i] & FLAGS[which]);
  if (which === "worse" || which === "better") return (mark[which] || []).some((shift) => fits([shift.c, shift.m]));
  if (which === "fails") return (mark.fails || []).some(fits);
  return (mark.errors || []).some(([c, m]) => fits([c < 0 ? state.criterion : c, m]));
};
const isAsked = (i) => state.criterion < 0 || !data.marks[i].asked || data.marks[i].asked.some(([c]) => c === state.criterion);
const isTagged = (i) => { for (const t of state.tags) if (!data.tagged[i].includes(t)) return false; return true; };

// One bit a choice for every case, found anew only where the criterion or the model is another.
const bitOf = Object.fromEntries(SHOW.map(([which], n) => [which, 1 << n]));
const masks = { of: "", bits: new Uint8Array(0) };
const maskBits = () => {
  const of = `${state.criterion} ${state.model}`;
  if (masks.of !== of) {
    const known = shownChoices().map(([which]) => which);
    masks.bits = Uint8Array.from(data.ids, (_, i) => known.reduce((bits, which) => bits | (has(i, which) ? bitOf[which] : 0), 0));
    masks.of = of;
  }
  return masks.bits;
};

// The cases that are wanted, and for each choice how many of them it would leave.
const chosenCases = () => {
  const bits = maskBits(), wanted = [...state.show].reduce((all, which) => all | bitOf[which], 0);
  const cases = [], counts = SHOW.map(() => 0);
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i] & wanted) !== wanted || !isTagged(i) || !isAsked(i)) continue;
    cases.push(i);
    for (let n = 0; n < counts.length; n++) counts[n] += (bits[i] >> n) & 1;
  }
  return { cases, counts };
};

const most = (column, i) => data[column].reduce((top, values, m) => state.model < 0 || m === state.model ? Math.max(top, values[i]) : top, -1);
const failing = (i) => data.marks[i].fails ? data.marks[i].fails.filter(fits).length : 0;
const sorted = (cases) => {
  // What got worse comes first in the data; without a base, what fails most is the worst.
  const key = { changed: (i) => most("changed", i), longest: (i) => most("length", i), slowest: (i) => most("latency", i) }[state.sort]
    || (data.compared ? null : failing);
  if (!key) return cases;
  const keys = new Float64Array(data.ids.length);
  for (const i of cases) keys[i] = key(i);
  return cases.sort((a, b) => keys[b] - keys[a] || a - b);
};

const haystack = (kase) => kase.hay ??= [kase.id, ...kase.tags, ...kase.fields.flat(),
  ...kase.samples.flatMap((s) => [s.text, ...(s.calls || []).flat()])].join("\n").toLowerCase();
