// The page's data, and how elements are made. Text only ever becomes text nodes.
const data = JSON.parse(document.getElementById("data").textContent);
const byId = (id) => document.getElementById(id);
const number = (count) => count.toLocaleString("en");

const el = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

const drawn = (tag, attributes, ...children) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
};

// What may be scrolled can be reached by the keyboard and has a name.
const scrolled = (kind, label, ...children) =>
  el("div", { class: kind, tabindex: "0", role: "group", "aria-label": label }, ...children);
const textBox = (kind, label, ...children) =>
  el("pre", { class: kind, dir: "auto", tabindex: "0", role: "group", "aria-label": label }, ...children);

const copyText = async (text, button) => {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
    setTimeout(() => { button.textContent = said; }, 2000);
  } catch {
    const field = el("input", { readonly: "", value: text, "aria-label": "the link, to be copied" });
    button.replaceWith(field);
    field.select();
  }
};
