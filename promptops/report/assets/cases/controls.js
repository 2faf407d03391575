// The filters as people set them: each choice stands in the address.
const MOST_TAGS = 24;

const refresh = () => { shown.most = MORE; state.kase = -1; writeAddress(); return render(); };
const option = (value, text) => el("option", { value: String(value) }, text);

const countChoices = (counts) => {
  SHOW.forEach(([which], n) => { const label = byId(`n-${which}`); if (label) label.textContent = number(counts[n]); });
  const active = state.show.size + state.tags.size + (state.criterion >= 0) + (state.model >= 0) + Boolean(state.find);
  byId("filters").textContent = active ? `Filters (${active})` : "Filters";
  byId("clear").hidden = !active;
};

const choices = (where, kind, values, set) => {
  for (const [value, words, counted] of values) {
    const input = el("input", { type: "checkbox", name: kind, value: String(value) });
    input.addEventListener("change", () => { if (input.checked) set().add(value); else set().delete(value); refresh(); });
    byId(where).append(el("label", {}, input, el("span", {}, words, ...(counted ? [" ", el("i", { id: `n-${value}` })] : []))));
  }
};

const toggle = (which) => {
  const input = document.querySelector(`input[name=show][value=${which}]`);
  if (input) input.click();
};

// The controls say what the state is, which a link or the way back may have changed.
const showState = () => {
  for (const input of document.querySelectorAll("input[name=show]")) input.checked = state.show.has(input.value);
  for (const input of document.querySelectorAll("input[name=tag]")) input.checked = state.tags.has(Number(input.value));
  byId("criterion").value = String(state.criterion);
  byId("model").value = String(state.model);
  byId("sort").value = state.sort;
  byId("find").value = state.find;
};

const clearFilters = () => {
  Object.assign(state, { show: new Set(), tags: new Set(), criterion: -1, model: -1, find: "" });
  showState();
  return refresh();
};

const foldFilters = (open) => {
  byId("controls").classList.toggle("open", open);
  byId("filters").setAttribute("aria-expanded", String(open));
};

const setUpControls = () => {
  choices("which", "show", shownChoices().map(([which, words]) => [which, words, true]), () => state.show);
  choices("tags", "tag", data.tags.slice(0, MOST_TAGS).map((tag, t) => [t, tag, false]), () => state.tags);
  byId("tags").hidden = !data.tags.length;
  const select = (id, key, read) => byId(id).addEventListener("change", (event) => { state[key] = read(event.target.value); refresh(); });
  byId("criterion").append(option(-1, "all criteria"), ...data.criteria.map((c, i) => option(i, c.name)));
  byId("model").append(option(-1, "all models"), ...data.models.map((name, i) => option(i, name)));
  byId("sort").append(...SORTS.filter(([sort]) => data.compared || sort !== "changed").map(([sort, words]) => option(sort, words)));
  select("criterion", "criterion", Number);
  select("model", "model", Number);
  select("sort", "sort", String);
  byId("model-label").hidden = data.models.length < 2;
  let timer = 0;
  byId("find").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => { state.find = event.target.value.trim(); refresh(); }, 150);
  });
  for (const link of document.querySelectorAll("a[data-criterion]")) link.addEventListener("click", (event) => {
    event.preventDefault();
    state.criterion = Number(link.dataset.criterion);
    if (!chosenCases().cases.length) state.show.clear();
    showState();
    refresh();
    byId("cases").scrollIntoView();
  });
  byId("form").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("click", () => foldFilters(!byId("controls").classList.contains("open")));
  byId("clear").addEventListener("click", clearFilters);
  byId("copy").addEventListener("click", () => copyText(linkTo(state.kase), byId("copy")));
  byId("more").addEventListener("click", () => { shown.most += MORE; render(); });
  byId("controls").hidden = false;
};
