// Light, dark or as the system has it, settled before anything is painted; paper is light.
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
