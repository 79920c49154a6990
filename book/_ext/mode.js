// What a page settles before anything is painted. Light, dark or as the system has it; paper is light.
{
  // The browser's own storage. It refuses in a sandboxed frame, on some readers' wish, and when it is full: then
  // nothing is kept, and all else works.
  /** @type {<T>(act: () => T) => T | null} */
  const attempt = (act) => {
    try {
      return act();
    } catch {
      return null;
    }
  };
  globalThis.bookStorage = {
    read: (key, area = "localStorage") => attempt(() => globalThis[area].getItem(key)),
    write: (key, value, area = "localStorage") => attempt(() => globalThis[area].setItem(key, value)),
    erase: (key) => attempt(() => globalThis.localStorage.removeItem(key)),
  };

  // To ask for a clipboard that a frame may not have is reported as an error.
  const { featurePolicy } = /** @type {any} */ (document);
  globalThis.bookMayCopy =
    Boolean(navigator.clipboard) && (featurePolicy?.allowsFeature("clipboard-write") ?? true);

  const { dataset } = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @param {string} mode */
  const settle = (mode) => {
    dataset.mode = mode;
    dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  };
  const chosen = bookStorage.read("mode");
  settle(chosen === "light" || chosen === "dark" ? chosen : "auto");
  dark.addEventListener("change", () => settle(dataset.mode ?? "auto"));
  document.addEventListener("click", ({ target }) => {
    if (!(target instanceof Element && target.closest(".theme-switch-button"))) return;
    const modes = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
    const next = modes[(modes.indexOf(dataset.mode ?? "") + 1) % modes.length];
    settle(next);
    bookStorage.write("mode", next);
  });

  // The font of formulas is asked for before the text that it lays out is there. A page opened as a
  // file may not ask so, and a sandboxed frame may have no font of the site at all: see maths.css.
  const font = document.currentScript?.dataset.font;
  const apart = origin === "null" && location.protocol !== "file:";
  if (apart) dataset.apart = "";
  if (font && origin !== "null") {
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
