// Checks the challenges of a page from what its explorers display, and counts moves. A reader can take a goal
// along to the explorer, which may be screens away.
(() => {
  /** @typedef {number | string | { name: string }} Value */
  /** @typedef {[string, string, Value]} Comparison */

  const SAME = 1e-6;
  const SETTLED = 400; // Milliseconds: what is passed through on the way counts for nothing.

  /** @type {Record<string, (a: any, b: any) => boolean>} */
  const COMPARE = {
    "==": (a, b) => (typeof a === "number" ? Math.abs(a - b) < SAME * Math.max(1, Math.abs(b)) : a === b),
    "!=": (a, b) => !COMPARE["=="](a, b),
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  };
  /** @type {(comparisons: Comparison[], values: Record<string, number | string>) => boolean} */
  const holds = (comparisons, values) =>
    comparisons.every(([name, op, value]) =>
      COMPARE[op](values[name], typeof value === "object" ? values[value.name] : value),
    );
  /** @param {number} count */
  const moves = (count) => `${count} move${count === 1 ? "" : "s"}`;
  /** @type {(part: Element, selector: string) => HTMLElement} */
  const one = (part, selector) => /** @type {HTMLElement} */ (part.querySelector(selector));

  /** @type {(box: HTMLElement, root: LiveRoot) => void} */
  function bring(box, root) {
    if (!root.traits) return;
    const { opening, read, set } = root.traits;
    const goals = [.../** @type {NodeListOf<HTMLElement>} */ (box.querySelectorAll(".challenge"))].map(
      (element) => {
        const { goal = "[]", given = "[]", moves: least } = element.dataset;
        return {
          element,
          verdict: one(element, ".verdict"),
          /** @type {Comparison[]} */ goal: JSON.parse(goal),
          /** @type {Comparison[]} */ given: JSON.parse(given),
          least: Number(least),
          met: false,
        };
      },
    );
    let last = opening;
    let count = 0;
    /** The traits that the move under way has changed. @type {Set<string>} */
    let moved = new Set();
    let waiting = false;
    let settling = 0;

    /** The goal that is shown at the explorer. @type {(typeof goals)[number] | undefined} */
    let taken;
    const said = document.createElement("p");
    const leave = document.createElement("button");
    const text = document.createElement("div");
    const shown = document.createElement("div");
    said.className = "verdict";
    Object.assign(leave, { type: "button", name: "leave", textContent: "×", ariaLabel: "Put it away" });
    Object.assign(shown, { className: "taken", role: "group", ariaLabel: "Challenge", hidden: true });
    shown.append(text, leave, said);
    leave.addEventListener("click", () => {
      shown.hidden = true;
      one(root, "input, button").focus();
    });
    root.closest(".live")?.append(shown);

    const tell = () => {
      one(box, ".count").textContent = `Moves: ${count}`;
      said.textContent = taken?.verdict.textContent || `Moves: ${count}`;
      shown.classList.toggle("met", taken?.element.dataset.state === "met");
    };
    /** @param {(typeof goals)[number]} goal */
    function take(goal) {
      taken = goal;
      const copies = [...goal.element.children].filter((part) => !part.matches(".verdict, [name=try]"));
      text.replaceChildren(...copies.map((part) => part.cloneNode(true)));
      for (const named of text.querySelectorAll("[id]")) named.removeAttribute("id");
      tell();
      shown.hidden = false;
      root.scrollIntoView();
      one(root, "input, button").focus({ preventScroll: true });
    }

    function check() {
      /** @type {Record<string, number | string>} */
      const values = { ...read() };
      for (const output of root.querySelectorAll("output")) {
        if (!(output.name in opening)) values[output.name] = Number(output.dataset.value);
      }
      for (const { element, verdict, goal, given, least, met } of goals) {
        const reached = holds(goal, values);
        if (reached && holds(given, values)) {
          if (met) continue;
          const fewest = least && count > least ? ` It can be done in ${moves(least)}.` : "";
          verdict.textContent = `✓ Met in ${moves(count)}.${fewest}`;
          element.dataset.state = "met";
          globalThis.bookProgress?.met(element.id, count);
        } else if (element.dataset.state !== "met") {
          verdict.textContent = reached ? "Reached, but with other settings than the goal names." : "";
        }
      }
      for (const goal of goals) goal.met = holds([...goal.goal, ...goal.given], values);
      tell();
    }

    // However long one control is moved, it is one move; a button that changes several traits is one as well.
    function countMoves() {
      waiting = false;
      const now = read();
      const changed = Object.keys(now).filter((name) => now[name] !== last[name]);
      last = now;
      if (!changed.length) return;
      if (Object.keys(now).every((name) => now[name] === opening[name])) {
        count = 0;
        moved.clear();
      } else if (!moved.size || !changed.every((name) => moved.has(name))) {
        count += 1;
        moved = new Set(changed);
      }
      tell();
      clearTimeout(settling);
      settling = setTimeout(check, SETTLED);
    }
    root.addEventListener("drawn", () => {
      if (!waiting) queueMicrotask(countMoves);
      waiting = true;
    });
    one(box, "[name=again]").addEventListener("click", () => {
      for (const goal of goals) {
        delete goal.element.dataset.state;
        goal.verdict.textContent = "";
      }
      set(opening);
    });
    for (const goal of goals) {
      const { element, verdict } = goal;
      const before = globalThis.bookProgress?.was(element.id);
      if (before !== undefined) {
        element.dataset.state = "met";
        verdict.textContent = `✓ Met before, in ${moves(before)}.`;
      }
      verdict.setAttribute("role", "status");
      const go = document.createElement("button");
      Object.assign(go, { type: "button", name: "try", textContent: "Take it to the explorer" });
      go.addEventListener("click", () => take(goal));
      verdict.before(go);
    }
    tell();
    one(box, ".foot").hidden = false;
    box.classList.add("on");
  }

  for (const box of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".challenges"))) {
    const name = String(box.dataset.explorer);
    globalThis.liveModels
      ?.get(name)
      ?.then(() => {
        /** @type {LiveRoot | null} */
        const root = document.querySelector(`#live-${name} .explorer`);
        if (root) bring(box, root);
      })
      .catch(() => null); // What could not be drawn has been said; the challenges stay text.
  }
})();
