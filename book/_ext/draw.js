// Lets a reader draw a curve before it is shown: with a mouse, a finger or sliders. A guess has a value at each
// point of the curve, in thousandths of the height of the frame, or null where nothing is drawn.
(() => {
  /** @typedef {{ title: string, low: number, high: number, symbol: string, unit: string }} Axis */
  /** @typedef {{ x: Axis, y: Axis, curve: number[], frame: number[], knots: number, decimals: number }} Asked */
  /** @typedef {(number | null)[]} Guess */
  /** @typedef {{ x: number, y: number }} Place In shares of the frame, up and to the right. */

  const KEY = "waiting-magnet-drawn";
  const FINE = 1000;
  const COARSE = 20; // Steps of a slider.
  const ENOUGH = 0.85; // Of the width, before a guess is compared.
  const SLACK = 8; // Pixels that a finger moves before it is clear whether it draws or scrolls.
  const HOLD = 250; // Milliseconds that it rests to draw whichever way it then moves.
  // Mean distances, in shares of the height, and what is said of them.
  /** @type {[number, string][]} */
  const VERDICTS = [
    [0.04, "That is the curve, but for the thickness of a pencil."],
    [0.1, "Close."],
    [Infinity, "The curve goes another way: worth a second look."],
  ];

  /** Anybody may have written there: what is no guess counts for nothing. @returns {Record<string, any>} */
  function kept() {
    try {
      const all = JSON.parse(bookStorage.read(KEY) ?? "{}");
      return all instanceof Object && !Array.isArray(all) ? all : {};
    } catch {
      return {};
    }
  }
  /** @param {unknown} value @param {number} count @returns {value is Guess} */
  const isGuess = (value, count) =>
    Array.isArray(value) &&
    value.length === count &&
    value.every((one) => one === null || (Number.isInteger(one) && one >= 0 && one <= FINE));

  /** @type {(part: Element, selector: string) => HTMLElement} */
  const one = (part, selector) => /** @type {HTMLElement} */ (part.querySelector(selector));
  /** @type {(tag: string, attributes?: Record<string, string>, ...children: (Node | string)[]) => HTMLElement} */
  function html(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  }
  /** @param {number} value */
  const clamp = (value) => Math.min(1, Math.max(0, value));
  /** @type {(value: number, decimals?: number) => string} */
  const text = (value, decimals) =>
    (decimals === undefined ? String(Number(value.toPrecision(4))) : value.toFixed(decimals))
      .replace(/^-(?=0(\.0+)?$)/, "")
      .replace("-", "−");

  /** @param {HTMLElement} box */
  function bring(box) {
    /** @type {Asked} */
    const { x, y, curve, frame, knots, decimals } = JSON.parse(box.dataset.draw ?? "");
    const [left, right, top, bottom] = frame;
    const last = curve.length - 1;
    const plot = /** @type {SVGSVGElement} */ (box.querySelector(":scope > .plot"));
    const answer = /** @type {HTMLDetailsElement} */ (box.querySelector(".draw-answer"));
    const solution = /** @type {SVGSVGElement} */ (answer.querySelector(".plot"));
    const [compare, again, said, key] = ["[name=compare]", "[name=again]", ".said", ".key"].map((part) =>
      one(box, part),
    );
    const empty = String(plot.getAttribute("aria-label"));
    /** The curve as the guess would have it, to a fraction of a thousandth. */
    const truth = curve.map((value) => ((value - y.low) / (y.high - y.low)) * FINE);

    /** @type {Guess} */
    let guess = Array(curve.length).fill(null);
    const before = kept()[box.id];
    if (isGuess(before?.guess, curve.length)) {
      guess = before.guess;
      answer.open = before.shown === true;
    }

    const drawn = () => guess.filter((value) => value !== null).length;
    const enough = () => drawn() >= ENOUGH * curve.length;
    /** @param {number} thousandths */
    const valueOf = (thousandths) => y.low + (thousandths / FINE) * (y.high - y.low);
    /** @param {number} column */
    const where = (column) =>
      `${x.symbol}${text(x.low + (column / last) * (x.high - x.low))}${x.unit}`.replaceAll(" ", "\u00a0");

    function keep() {
      const all = kept();
      if (drawn()) all[box.id] = { guess, shown: answer.open };
      else delete all[box.id];
      bookStorage.write(KEY, JSON.stringify(all));
    }

    // What is seen

    /** @type {(column: number, thousandths: number) => string} */
    const point = (column, thousandths) =>
      `${(left + (column / last) * (right - left)).toFixed(1)} ${(bottom + (thousandths / FINE) * (top - bottom)).toFixed(1)}`;
    /** Each run of columns in which something is drawn. */
    function runs() {
      /** @type {[number, number][][]} */
      const found = [];
      guess.forEach((value, column) => {
        if (value === null) return;
        if (column && guess[column - 1] !== null) found[found.length - 1].push([column, value]);
        else found.push([[column, value]]);
      });
      return found;
    }
    /** @param {number[][]} run Columns with their heights. */
    const along = (run) => run.map(([column, height]) => point(column, height)).join("L");

    let waiting = false;
    function paint() {
      waiting = false;
      const shown = answer.open;
      const line = runs();
      one(plot, ".guess").setAttribute("d", line.map((run) => `M${along(run)}h0`).join(""));
      const back = line.map((run) => along(run.map(([column]) => [column, truth[column]]).reverse()));
      one(plot, ".between").setAttribute(
        "d",
        shown ? line.map((run, i) => `M${along(run)}L${back[i]}Z`).join("") : "",
      );
      one(plot, ".truth").setAttribute("d", shown ? String(one(solution, ".truth").getAttribute("d")) : "");
      compare.setAttribute("aria-disabled", String(!enough() || shown));
    }
    function look() {
      if (!waiting) requestAnimationFrame(paint);
      waiting = true;
    }

    // What is said

    function verdict() {
      /** @type {[number, number][]} */
      const off = [];
      guess.forEach((value, column) => {
        if (value !== null) off.push([column, value - truth[column]]);
      });
      const mean = off.reduce((sum, [, by]) => sum + Math.abs(by), 0) / off.length;
      const [column, most] = off.reduce((a, b) => (Math.abs(b[1]) > Math.abs(a[1]) ? b : a));
      /** @param {number} by */
      const size = (by) => text((Math.abs(by) / FINE) * (y.high - y.low), decimals) + y.unit;
      const far = `It is farthest off at ${where(column)}, ${size(most)} too ${most > 0 ? "high" : "low"}.`;
      const [, kind] = /** @type {[number, string]} */ (VERDICTS.find(([limit]) => mean <= limit * FINE));
      const whole = Math.abs(most) < FINE / 200 ? "" : ` ${far}`;
      return `On average your guess is ${size(mean)} from the curve.${whole} ${kind}`;
    }
    function tell() {
      const shown = answer.open;
      box.classList.toggle("shown", shown);
      sliders.disabled = shown;
      key.replaceChildren();
      if (drawn()) key.append(html("span", { class: "of-guess" }, "your guess"));
      if (shown) key.append(html("span", { class: "of-truth" }, "the curve"));
      const words = shown && enough() ? verdict() : "";
      if (said.textContent !== words) said.textContent = words;
      plot.setAttribute("aria-label", shown ? String(solution.getAttribute("aria-label")) : empty);
      look();
    }
    /** After each stroke. */
    function done() {
      said.textContent = "";
      follow();
      keep();
      tell();
    }

    // By pointer. A finger that could be about to scroll draws nothing before it moves clearly sideways, or has
    // rested first; what the browser takes for itself leaves the guess as it was.

    let held = -1; // The pointer that is down.
    let holds = false;
    let began = false;
    let resting = 0;
    let at = { x: 0, y: 0 };
    let untouched = guess;
    /** @type {(event: PointerEvent) => Place} */
    function place({ clientX, clientY }) {
      const edge = plot.getBoundingClientRect();
      const unit = plot.viewBox.baseVal.width / edge.width;
      return {
        x: clamp(((clientX - edge.left) * unit - left) / (right - left)),
        y: clamp(((clientY - edge.top) * unit - bottom) / (top - bottom)),
      };
    }
    /** @type {(from: Place, to: Place) => void} */
    function stroke(from, to) {
      const [a, b] = from.x <= to.x ? [from, to] : [to, from];
      for (let column = Math.ceil(a.x * last); column <= b.x * last && a.x < b.x; column += 1) {
        const share = (column / last - a.x) / (b.x - a.x);
        guess[column] = Math.round((a.y + share * (b.y - a.y)) * FINE);
      }
      guess[Math.round(to.x * last)] = Math.round(to.y * FINE);
      look();
    }
    /** @param {boolean} draws */
    function hold(draws) {
      holds = draws;
      plot.classList.toggle("pen", draws);
    }
    function begin() {
      began = true;
      stroke(at, at);
    }
    function lift() {
      held = -1;
      clearTimeout(resting);
      hold(false);
    }
    let [startX, startY] = [0, 0];
    plot.addEventListener("pointerdown", (event) => {
      if (answer.open || !event.isPrimary || event.button !== 0) return;
      event.preventDefault();
      held = event.pointerId;
      plot.setPointerCapture(held);
      [startX, startY] = [event.clientX, event.clientY];
      untouched = guess.slice();
      at = place(event);
      began = false;
      hold(event.pointerType === "mouse");
      if (holds) begin();
      else resting = setTimeout(hold, HOLD, true);
    });
    plot.addEventListener("pointermove", (event) => {
      if (event.pointerId !== held) return;
      const [across, down] = [Math.abs(event.clientX - startX), Math.abs(event.clientY - startY)];
      if (Math.max(across, down) > SLACK) clearTimeout(resting);
      if (!holds && across > SLACK && across > 1.5 * down) hold(true);
      if (!holds) return;
      if (!began) begin();
      const to = place(event);
      stroke(at, to);
      at = to;
    });
    // A finger that draws does not scroll, and does not ask for a menu.
    plot.addEventListener("touchmove", (event) => holds && event.cancelable && event.preventDefault(), {
      passive: false,
    });
    plot.addEventListener("contextmenu", (event) => holds && event.preventDefault());
    plot.addEventListener("pointerup", ({ pointerId }) => {
      if (pointerId !== held) return;
      lift();
      if (began) done();
    });
    plot.addEventListener("pointercancel", ({ pointerId }) => {
      if (pointerId !== held) return;
      lift();
      guess = untouched;
      look();
      said.textContent = "To draw, rest the finger for a moment first, or use the sliders.";
    });

    // With sliders, one at each knot: the guess goes straight between them.

    const sliders = /** @type {HTMLFieldSetElement} */ (
      html("fieldset", {}, html("legend", {}, `${y.title}, at`))
    );
    const apart = last / (knots - 1);
    const knobs = Array.from({ length: knots }, (_, knot) => {
      const column = knot * apart;
      const input = /** @type {HTMLInputElement} */ (
        html("input", { type: "range", min: "0", max: `${COARSE}`, autocomplete: "off" })
      );
      const value = html("span", { class: "value", "aria-hidden": "true" });
      sliders.append(html("label", {}, html("span", {}, where(column)), input, value));
      /** @type {Guess} */
      let earlier = guess;
      input.addEventListener("pointerdown", () => {
        earlier = guess.slice();
      });
      // A finger that was about to scroll.
      input.addEventListener("pointercancel", () => {
        guess = earlier;
        done();
      });
      input.addEventListener("input", () => bend(knot));
      input.addEventListener("change", done);
      return { column, input, value };
    });
    one(box, ".sliders").append(sliders);

    /** Go straight from the knot that moves to those beside it, and wherever nothing is drawn yet. @param {number} moved */
    function bend(moved) {
      const heights = knobs.map(
        ({ column, input }, knot) =>
          (knot === moved ? null : guess[column]) ?? (Number(input.value) / COARSE) * FINE,
      );
      guess = guess.map((value, column) => {
        const knot = Math.min(Math.floor(column / apart), knots - 2);
        if (value !== null && knot !== moved && knot + 1 !== moved) return value;
        return Math.round(heights[knot] + (column / apart - knot) * (heights[knot + 1] - heights[knot]));
      });
      label();
      look();
    }
    function label() {
      for (const { column, input, value } of knobs) {
        const height = guess[column];
        const now = height === null ? "not drawn" : text(valueOf(height), decimals) + y.unit;
        value.textContent = height === null ? "–" : now;
        input.setAttribute("aria-valuetext", now);
      }
    }
    /** Put the sliders where the guess is. */
    function follow() {
      for (const { column, input } of knobs)
        input.value = String(Math.round(((guess[column] ?? FINE / 2) / FINE) * COARSE));
      label();
    }

    // The buttons

    compare.addEventListener("click", () => {
      if (answer.open) return;
      if (!enough()) {
        const share = Math.round((100 * drawn()) / curve.length);
        said.textContent = `Not yet: your guess covers ${share} % of the width. Draw it from the left edge to the right.`;
        return;
      }
      answer.open = true;
    });
    again.addEventListener("click", () => {
      guess = Array(curve.length).fill(null);
      answer.open = false;
      done();
    });
    answer.addEventListener("toggle", () => {
      keep();
      tell();
    });

    box.classList.add("on");
    follow();
    tell();
    said.setAttribute("role", "status");
  }

  for (const box of document.querySelectorAll(".draw")) if (box instanceof HTMLElement) bring(box);
})();
