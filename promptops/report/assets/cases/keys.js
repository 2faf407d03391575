// Keys for those who read many cases; `?` lists them.
const lines = () => [...list.children].map((details) => details.firstElementChild);
const current = () => lines().indexOf(document.activeElement?.closest?.("details.case")?.firstElementChild);
const go = (step) => {
  const all = lines(), at = current();
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};
const showHelp = () => { if (!byId("keys").open) byId("keys").showModal(); };

const KEYS = {
  j: () => go(1),
  k: () => go(-1),
  o: () => lines()[Math.max(current(), 0)]?.click(),
  d: () => list.classList.toggle("unmarked"),
  w: () => toggle("worse"),
  "/": () => { foldFilters(true); byId("find").focus(); },
  "?": showHelp,
};

const setUpKeys = () => {
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (event.key === "Escape" && !byId("keys").open) {
      if (typing) event.target.blur(); else { const open = document.activeElement?.closest?.("details.case[open]"); if (open) { open.open = false; open.firstElementChild.focus(); } }
      foldFilters(false);
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey || byId("keys").open || !(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  byId("help").addEventListener("click", showHelp);
};
