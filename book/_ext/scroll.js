// A formula wider than the page scrolls in its own box: let the keyboard reach it, and name it.
document.fonts.ready.then(() => {
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = /** @type {HTMLElement} */ (target.closest(".formula"));
      const wide = box.scrollWidth > box.clientWidth;
      for (const [name, value] of [
        ["tabindex", "0"],
        ["role", "group"],
        ["aria-label", String(box.dataset.label)],
      ]) {
        if (wide) box.setAttribute(name, value);
        else box.removeAttribute(name);
      }
    }
  });
  document.querySelectorAll(".formula").forEach((box) => watch.observe(box));
});
