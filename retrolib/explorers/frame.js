// The frame of an explorer: its question, native controls, readouts and note, in step with the model. It opens
// with one or two controls; the rest unfolds.

import { OWN_KEYS, degrees, fixed, hasWords, html, letScroll, put, settle } from "./drawing.js";
import { makeMotion } from "./motion.js";
import { keepInView } from "./view.js";

/** @typedef {{ start: number, low: number, high: number, step: number, whole?: boolean }} Range */
/** @typedef {{ start: string, words: string[] }} Words */
/** @typedef {Record<string, any>} State A value of its domain for every trait. */
/**
 * @typedef {object} Model What anywidget gives, as far as it is used here.
 * @property {(name: string) => unknown} get
 * @property {(name: string, value: unknown) => void} set
 * @property {() => void} save_changes
 * @property {(event: string, listener: () => void) => void} on
 * @property {(event: string, listener: () => void) => void} off
 */
/** @typedef {{ get: () => string | null, set: (value: string) => void }} Memory Of a page, for one view. */
/**
 * @typedef {{ model: Model, el: HTMLElement, memory?: Memory, name: string,
 * domains: Record<string, Range | Words> }} Context
 */
/** @typedef {[string, ...(string | Node)[]]} Readout Name and label of a displayed quantity. */
/**
 * @typedef {object} Spec What makes one explorer different from another.
 * @property {string} question
 * @property {string} hint
 * @property {string} note
 * @property {SVGSVGElement[]} stage The panels.
 * @property {Readout[]} [readouts]
 * @property {Readout[]} [drawn] Quantities that panels show in numbers, for those who do not see them.
 * @property {(ui: UI) => Node[]} controls One or two, to begin with.
 * @property {{ note?: string, stage?: SVGSVGElement[], readouts?: Readout[], controls: (ui: UI) => Node[] }} [more]
 * What unfolds, with the parts of panels that have the class "extra".
 * @property {(ui: UI) => void} [connect] Make panels answer to the pointer.
 * @property {(state: State) => { outputs: Record<string, [number, string]>, summary: string }} draw
 * @property {(state: State, time: number) => void} [move] Show what moves at a time between 0 and 1.
 */
/**
 * @typedef {object} UI
 * @property {() => State} read
 * @property {(changes: State) => void} set
 * @property {(name: string, label: (string | Node)[], format: (value: any) => string) => HTMLElement} slider
 * @property {(name: string, label: string) => HTMLElement} number
 * @property {(name: string, label: string, options: [string, string][]) => HTMLElement} choice
 * @property {(name: string, label: string, changes: (state: State) => State, value?: number) => HTMLElement}
 * button
 */

let views = 0;

/**
 * The value of a trait's domain that comes nearest to this one, which may be anything: a page's state can be
 * tampered with.
 * @type {(value: unknown, domain: Range | Words) => number | string}
 */
export function admit(value, domain) {
  if ("words" in domain) return domain.words.find((word) => word === value) ?? domain.start;
  if (typeof value !== "number" || Number.isNaN(value)) return domain.start;
  const within = Math.min(Math.max(value, domain.low), domain.high);
  return domain.whole ? Math.round(within) : within;
}

/** A letter of the formulas. @type {(letter: string) => HTMLElement} */
export const symbol = (letter) => html("i", {}, letter);

/** @type {(...controls: Node[]) => HTMLElement} */
export const buttons = (...controls) => html("div", { class: "buttons" }, ...controls);

/** @type {(value: number) => string} */
const radians = (value) => `${fixed(value, 2)} rad`;

/** The sliders that most explorers have. @type {(ui: UI) => HTMLElement} */
export const gammaSlider = (ui) => ui.slider("gamma", [symbol("γ"), ", anomaly width"], radians);

/** @type {(ui: UI) => HTMLElement} */
export const thetaSlider = (ui) => ui.slider("theta", [symbol("θ"), ", angle of the second magnet"], degrees);

/**
 * The direction of a magnet, or of another thing.
 * @type {(ui: UI, name: string, label: string, letter?: string, index?: string) => HTMLElement}
 */
export const settingSlider = (ui, name, label, letter = name, index = "") =>
  ui.slider(name, [symbol(letter), `${index}, ${label}`], degrees);

/**
 * Keep the height of the most rows that numbers have needed at this width: else a sign that begins a row,
 * and the next that ends it, would move all that stands below. A least height would not do: browsers then
 * look through the whole page in each such frame.
 * @type {(readouts: HTMLElement) => void}
 */
function keepRows(readouts) {
  let width = 0;
  const watch = new ResizeObserver(() => {
    if (width === readouts.offsetWidth && readouts.scrollHeight <= readouts.clientHeight) return;
    width = readouts.offsetWidth;
    readouts.style.height = "";
    readouts.style.height = `${readouts.getBoundingClientRect().height}px`;
  });
  for (const part of [readouts, ...readouts.children]) watch.observe(part);
}

/**
 * Build an explorer into `el` and keep it in step with the model. Return a function that lets go of the
 * model.
 * @type {(context: Context, spec: Spec) => () => void}
 */
export function mount({ model, el, memory, name: explorer, domains }, spec) {
  const id = `explorer-${explorer}-${++views}`;
  /** @type {Record<string, HTMLOutputElement>} */
  const shown = {};
  /** @type {Record<string, HTMLInputElement | HTMLSelectElement>} */
  const inputs = {};
  /** @type {Record<string, (value: any) => string>} */
  const formats = {};

  /** @returns {State} */
  const read = () =>
    Object.fromEntries(
      Object.entries(domains).map(([name, domain]) => [name, admit(model.get(name), domain)]),
    );
  /** @param {State} changes */
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, admit(value, domains[name]));
    model.save_changes();
  };
  /** @type {<C extends HTMLInputElement | HTMLSelectElement>(input: C, name: string) => C} */
  const keep = (input, name) => {
    inputs[name] = input;
    input.addEventListener("input", () => {
      if (input.value !== "")
        set({ [name]: input instanceof HTMLSelectElement ? input.value : Number(input.value) });
    });
    return put(input, OWN_KEYS);
  };
  /** @type {(name: string, attributes?: import("./drawing.js").Attributes) => HTMLOutputElement} */
  const output = (name, attributes) =>
    (shown[name] = html("output", { name, "aria-live": "off", ...attributes }));
  /** @type {(name: string, type: string, extra: number) => HTMLInputElement} */
  const input = (name, type, extra) => {
    const { low, high, step } = /** @type {Range} */ (domains[name]);
    return keep(
      html("input", { type, id: `${id}-${name}`, name, min: low, max: high + extra * step, step }),
      name,
    );
  };
  /** @type {(control: Element, label: string) => HTMLElement} */
  const field = (control, label) =>
    html("span", { class: "field" }, html("label", { for: control.id }, label), control);

  const opening = read();
  /** @type {UI} */
  const ui = {
    read,
    set,
    slider(name, label, format) {
      // A little more than `high`, which rounding could else put out of reach of the last step.
      const control = input(name, "range", 1e-6);
      formats[name] = format;
      letScroll(
        control,
        () => read()[name],
        (value) => set({ [name]: value }),
      );
      return html(
        "div",
        { class: "slider" },
        html("label", { for: control.id }, ...label),
        control,
        output(name, { for: control.id }),
      );
    },
    number: (name, label) => field(input(name, "number", 0), label),
    choice(name, label, options) {
      const parts = options.map(([value, content]) => html("option", { value }, content));
      return field(keep(html("select", { id: `${id}-${name}`, name }, ...parts), name), label);
    },
    button: (name, label, changes, value) => press(name, label, () => set(changes(read())), value),
  };
  /** @type {(name: string, label: string, act: () => void, value?: number) => HTMLButtonElement} */
  const press = (name, label, act, value) => {
    const button = html("button", { type: "button", name, value, ...OWN_KEYS }, label);
    button.addEventListener("click", act);
    return button;
  };

  /** @type {(name: string, value: number, formatted: string) => void} */
  const say = (name, value, formatted) => {
    shown[name].value = formatted;
    shown[name].dataset.value = String(value);
    settle(shown[name], !hasWords(formatted));
  };
  /** @type {(all: Readout[] | undefined, name: string) => Node[]} */
  const readouts = (all = [], name) => {
    if (!all.length) return [];
    const parts = all.map(([of, ...label]) => html("span", {}, ...label, output(of)));
    const box = html("div", { class: name }, ...parts);
    if (name === "readouts") keepRows(box);
    return [box];
  };
  const { more, move } = spec;
  const motion = move && makeMotion(id, press, (time) => move(read(), time));
  const unfold = press("more", "More controls", () => {
    const unfolded = root.classList.toggle("folded") === false;
    unfold.ariaExpanded = String(unfolded);
    memory?.set(String(unfolded));
  });
  put(unfold, { "aria-expanded": "false", "aria-controls": `${id}-more` });
  const reset = press("reset", "Reset", () => {
    motion?.set(1);
    set(opening);
  });
  const live = html("p", { class: "announcement", role: "status" });
  const root = html(
    "div",
    { class: "explorer folded", "data-explorer": explorer, role: "group", "aria-labelledby": id },
    html(
      "div",
      { class: "frame" },
      html(
        "div",
        { class: "head" },
        html("p", { class: "question", id }, spec.question),
        html("p", { class: "hint" }, spec.hint),
      ),
      html(
        "div",
        { class: "drawings" },
        html("div", { class: "stage" }, ...spec.stage),
        html("div", { class: "stage extra" }, ...(more?.stage ?? [])),
      ),
      ...readouts(spec.drawn, "announcement"),
      ...readouts(spec.readouts, "readouts"),
      html(
        "div",
        { class: "controls" },
        ...spec.controls(ui),
        ...(motion ? [motion.slider] : []),
        buttons(...(motion ? [motion.button] : []), ...(more ? [unfold] : []), reset),
      ),
      html(
        "div",
        { class: "extra more", id: `${id}-more` },
        ...readouts(more?.readouts, "readouts"),
        html("div", { class: "controls" }, ...(more?.controls(ui) ?? [])),
      ),
    ),
    html("p", { class: "note" }, spec.note, html("span", { class: "extra" }, more?.note ?? "")),
    live,
  );
  keepInView(root);
  root.querySelectorAll("i").forEach((letter) => settle(letter, true));
  root
    .querySelectorAll(".readouts > span, .announcement > span, button")
    .forEach((part) => settle(part, !hasWords(part.textContent)));
  if ((memory?.get() ?? String(model.get("unfolded"))) === "true") unfold.click();

  let announcing = 0;
  const update = () => {
    const state = read();
    for (const [name, control] of Object.entries(inputs)) {
      if (document.activeElement !== control || control.type !== "number") control.value = state[name];
      if (name in formats) {
        const formatted = formats[name](state[name]);
        say(name, state[name], formatted);
        control.setAttribute("aria-valuetext", formatted);
      }
    }
    const { outputs, summary } = spec.draw(state);
    for (const [name, [value, formatted]] of Object.entries(outputs)) say(name, value, formatted);
    motion?.draw();
    root.dataset.summary = summary;
    root.dispatchEvent(new Event("drawn"));
    clearTimeout(announcing);
    announcing = setTimeout(() => {
      live.textContent = summary;
    }, 500);
  };
  spec.connect?.(ui);
  update();
  clearTimeout(announcing); // The opening state is not news.
  model.on("change", update);
  // By this the page around an explorer reads its traits and sets them.
  el.append(Object.assign(root, { traits: { domains, opening, read, set } }));
  return () => {
    clearTimeout(announcing);
    motion?.stop();
    model.off("change", update);
  };
}
