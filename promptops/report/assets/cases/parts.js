// A page opened from a disk may not fetch, so the cases that are not in the page come as scripts from beside it.
const parts = new Map();
window.promptopsCases = (run, first, cases) => {
  if (run === data.run) cases.forEach((kase, i) => { data.cases[first + i] = kase; });
};
const load = async (i) => {
  if (data.cases[i]) return data.cases[i];
  const part = Math.floor(i / data.part);
  if (!parts.has(part)) parts.set(part, new Promise((done) => {
    const script = el("script", { src: `${data.folder}/${part}.js` });
    script.addEventListener("load", done);
    script.addEventListener("error", done);
    document.head.append(script);
  }));
  await parts.get(part);
  if (!data.cases[i]) throw new Error(`These cases lie in the folder ${data.folder} of the same run, which is not beside this page.`);
  return data.cases[i];
};
