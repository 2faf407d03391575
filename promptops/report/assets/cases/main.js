// What is done when the page opens, and when its address changes.
const arrive = async () => {
  readAddress();
  showState();
  shown.most = MORE;
  await render();
  if (state.kase >= 0) openCase(state.kase);
};
if (data.marks.length) {
  setUpControls();
  setUpKeys();
  setUpPicture();
  const toCases = () => { if (state.kase < 0) byId("cases").scrollIntoView(); };
  window.addEventListener("hashchange", () => arrive().then(toCases));
  for (const link of document.querySelectorAll('a[href^="#show="]')) link.addEventListener("click", toCases);
  arrive().then(() => { if (location.hash.startsWith("#show=")) toCases(); });
}
