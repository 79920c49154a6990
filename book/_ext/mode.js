// What a page settles before anything is painted. Light, dark or as the system has it; paper is light.
{
  const { dataset } = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @param {string} mode */
  const settle = (mode) => {
    dataset.mode = mode;
    dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  };
  const chosen = localStorage.getItem("mode");
  settle(chosen === "light" || chosen === "dark" ? chosen : "auto");
  dark.addEventListener("change", () => settle(dataset.mode ?? "auto"));
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element && target.closest(".theme-switch-button"))) return;
    const modes = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const next = modes[(modes.indexOf(dataset.mode ?? "") + 1) % modes.length];
    settle(next);
    localStorage.setItem("mode", next);
  });

  // The font of formulas is asked for before the text that it lays out is there. A page opened as a
  // file may not ask so.
  const font = document.currentScript?.dataset.font;
  if (font && location.protocol !== "file:") {
    const early = document.createElement("link");
    Object.assign(early, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href: font });
    document.head.append(early);
  }

  /** @type {string | undefined} */
  let onScreen;
  addEventListener("beforeprint", () => {
    onScreen = dataset.theme;
    dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    dataset.theme = onScreen;
  });
}
