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
  window.addEventListener("hashchange", arrive);
  arrive();
}
