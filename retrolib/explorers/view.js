// What a control changes stays in view above it, where panels stand one below the other.

const CONTROLS = "input, select, button";

/**
 * Pin the panels and readouts above a control that it changes when it is moved, the upper ones first, as far as
 * they have room over it; until it leaves the screen, or another is taken.
 * @type {(root: HTMLElement) => void}
 */
export function keepInView(root) {
  /** @type {(selector: string) => HTMLElement[]} */
  const all = (selector) => [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(selector))];
  const [frame] = all(".frame");
  const first = all(".stage:not(.extra) .panel, .frame > .readouts");
  const parts = [...first, ...all(".stage.extra .panel, .more .readouts")];
  /** @type {Element | null} */
  let held = null;
  /** @type {string[]} */
  let before = [];
  /** @type {Set<HTMLElement>} */
  let changed = new Set();
  /** @type {IntersectionObserver | undefined} */
  let leaving;

  const look = () => parts.map((part) => String(part.matches(".panel") ? part.innerHTML : part.textContent));
  /** Below it things are pinned; NaN where panels stand side by side. */
  const edge = () => parseFloat(getComputedStyle(frame).top);
  /** Panels in one row are pinned together. @type {(part: HTMLElement) => HTMLElement} */
  const whole = (part) => {
    const row = part.parentElement;
    return row?.matches(".stage") && getComputedStyle(row).display !== "contents" ? row : part;
  };

  function unpin() {
    leaving?.disconnect();
    root.classList.remove("pinning");
    for (const part of all(".pinned")) {
      part.classList.remove("pinned");
      part.style.top = "";
    }
  }
  function release() {
    held = null;
    unpin();
  }
  /** Before it does anything. @param {Event} event */
  function take({ target }) {
    const control = target instanceof Element && target.closest(CONTROLS);
    if (!control || control === held || Number.isNaN(edge())) return;
    unpin();
    held = control;
    before = look();
    changed = new Set();
  }
  function pin() {
    const row = held?.closest(".slider, .field, .buttons");
    if (!held || !row) return;
    look().forEach((now, i) => now === before[i] || changed.add(parts[i]));
    unpin();
    const room = row.getBoundingClientRect().top;
    let top = edge();
    const over = held.closest(".more") ? parts : first;
    for (const part of new Set(over.filter((each) => changed.has(each)).map(whole))) {
      const height = Math.floor(part.getBoundingClientRect().height); // No line of what lies below between two.
      if (top + height > room) continue;
      part.style.top = `${top}px`;
      part.classList.add("pinned");
      root.classList.add("pinning");
      top += height;
    }
    leaving = new IntersectionObserver(([{ intersectionRatio }]) => intersectionRatio > 0.4 || release(), {
      rootMargin: `${-top}px 0px 0px`,
      threshold: 0.5,
    });
    leaving.observe(row.matches(".buttons") ? held : row);
  }
  for (const kind of ["input", "click"]) root.addEventListener(kind, take, true);
  // While it is still held nothing jumps; where it is let go, all is seen that it has changed.
  root.addEventListener("input", () => root.matches(".pinning") || pin());
  for (const kind of ["change", "click"]) root.addEventListener(kind, pin);
  root.addEventListener("pointercancel", release); // It was about to scroll.
  root.addEventListener("focusin", ({ target }) => target === held || release());
}
