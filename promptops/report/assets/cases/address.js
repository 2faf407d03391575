// What is shown stands in the address, so that a link leads to it: #case=…&show=worse,cut&tag=…&criterion=…&find=…&sort=…
const readAddress = () => {
  const said = new URLSearchParams(location.hash.slice(1));
  const list = (name) => (said.get(name) || "").split(",").filter(Boolean);
  const place = (names, name) => said.has(name) ? names.indexOf(said.get(name)) : -1;
  const known = shownChoices().map(([which]) => which);
  state.kase = place(data.ids, "case");
  state.show = new Set(list("show").filter((which) => known.includes(which)));
  if (!said.has("show") && state.kase < 0 && data.compared && data.marks.some((mark) => mark.worse)) state.show.add("worse");
  state.tags = new Set(said.getAll("tag").map((tag) => data.tags.indexOf(tag)).filter((t) => t >= 0));
  state.criterion = place(data.criteria.map((c) => c.name), "criterion");
  state.model = place(data.models, "model");
  state.find = (said.get("find") || "").trim();
  state.sort = SORTS.some(([sort]) => sort === said.get("sort")) ? said.get("sort") : "worst";
};

const addressFor = (kase) => {
  const said = new URLSearchParams();
  if (kase >= 0) said.set("case", data.ids[kase]);
  said.set("show", [...state.show].join(",") || "all");
  for (const t of state.tags) said.append("tag", data.tags[t]);
  if (state.criterion >= 0) said.set("criterion", data.criteria[state.criterion].name);
  if (state.model >= 0) said.set("model", data.models[state.model]);
  if (state.find) said.set("find", state.find);
  if (state.sort !== "worst") said.set("sort", state.sort);
  return `#${said.toString().replaceAll("%2C", ",")}`;
};
const linkTo = (kase) => location.href.split("#")[0] + addressFor(kase);
const writeAddress = () => history.replaceState(null, "", addressFor(state.kase));
