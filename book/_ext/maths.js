// Copied text has formulas as TeX, each of them whole.
document.addEventListener("copy", (event) => {
  const [selection, clipboard] = [getSelection(), event.clipboardData];
  if (!selection || !clipboard) return;
  const copied = document.createElement("div");
  for (let at = 0; at < selection.rangeCount; at++) {
    const range = selection.getRangeAt(at).cloneRange();
    /** @param {globalThis.Node} node */
    const formula = (node) => (node instanceof Element ? node : node.parentElement)?.closest(".math");
    const [first, last] = [range.startContainer, range.endContainer].map(formula);
    if (first) range.setStartBefore(first);
    if (last) range.setEndAfter(last);
    copied.append(range.cloneContents());
  }
  const formulas = copied.querySelectorAll(".math");
  if (!formulas.length) return;
  clipboard.setData("text/html", copied.innerHTML);
  for (const formula of formulas) {
    const mark = formula.matches(".equation") ? "$$" : "$";
    const tex = formula.querySelector("annotation")?.textContent;
    formula
      .querySelectorAll("math, .eqno")
      .forEach((part, at) => part.replaceWith(at ? "" : mark + tex + mark));
  }
  document.body.append(copied); // Only what is laid out knows its lines.
  clipboard.setData("text/plain", copied.innerText);
  copied.remove();
  event.preventDefault();
});
