// Drawing primitives, numbers as text, and angles.

import { TAU } from "./model.js";

/** @typedef {{ x: number, y: number, r: number }} Centre The middle of a dial, and its radius. */
/** @typedef {{ left: number, right: number, top: number, bottom: number }} Plot */
/** @typedef {Record<string, string | number | undefined>} Attributes */
/** @typedef {(value: number) => number} Scale */

const SVG = "http://www.w3.org/2000/svg";

// Jupyter's notebooks take the arrow keys from a focused element, before it hears of them, unless it has this.
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

/** @type {<E extends Element>(element: E, attributes: Attributes, children: (Node | string)[]) => E} */
function build(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 */
export function svg(tag, attributes = {}, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} attributes
 * @param {(Node | string)[]} children
 */
export function html(tag, attributes = {}, ...children) {
  return build(document.createElement(tag), attributes, children);
}

/**
 * Set attributes of an element that is already drawn.
 * @type {<E extends Element>(element: E, attributes: Attributes) => E}
 */
export const put = (element, attributes) => build(element, attributes, []);

/** Whether a text has words, and not symbols and numbers alone. @type {(content: string) => boolean} */
export const hasWords = (content) => /\p{L}{4}/u.test(content);

/** A number as text, with a true minus sign. @type {(value: number, digits: number) => string} */
export const fixed = (value, digits) => (Number(value.toFixed(digits)) + 0).toFixed(digits).replace("-", "−");

/** A negative power of ten as text, from its digits. @type {(digits: string) => string} */
export const tenToMinus = (digits) =>
  `10⁻${[...digits].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("")}`;

/**
 * A probability as text: never "0.000" for one that is small and not zero (or a rounding error).
 * @type {(value: number, digits: number) => string}
 */
export function chance(value, digits) {
  if (value < 1e-15 || value >= 0.5 * 10 ** -digits) return fixed(value, digits);
  const [mantissa, exponent] = value.toExponential(1).split("e-");
  return `${mantissa}·${tenToMinus(exponent)}`;
}

export const DEGREE = Math.PI / 180;

/** @type {(angle: number) => string} */
export const degrees = (angle) => `${fixed(angle / DEGREE, 0)}°`.replace("−0°", "0°");

/** An angle moved by whole turns to between 0 and, left out, a turn. @type {(angle: number) => number} */
export const circular = (angle) => ((angle % TAU) + TAU) % TAU;

/** An angle moved by whole turns to at most half a turn. @type {(angle: number) => number} */
export const signed = (angle) => Math.PI - circular(Math.PI - angle);

/** The nearest whole number of degrees. @type {(angle: number) => number} */
export const wholeDegrees = (angle) => Math.round(angle / DEGREE) * DEGREE;

export const anyDirection = () => Math.floor(360 * Math.random()) * DEGREE;

/** A coordinate, short enough for an attribute. @type {(value: number) => number} */
export const at = (value) => Math.round(value * 10) / 10;

/** @type {(domain: [number, number], range: [number, number]) => Scale} */
export function scale([a, b], [from, to]) {
  const slope = (to - from) / (b - a);
  return (value) => at(from + slope * (value - a));
}

/**
 * The point at `r` from a centre in the direction `angle`, clockwise from the top.
 * @type {(centre: { x: number, y: number }, angle: number, r: number) => [number, number]}
 */
export const polar = ({ x, y }, angle, r) => [at(x + r * Math.sin(angle)), at(y - r * Math.cos(angle))];

/**
 * The direction of a point seen from a centre, clockwise from the top, in whole degrees up to a full turn.
 * @type {(x: number, y: number, centre: Centre) => number}
 */
export const bearing = (x, y, centre) =>
  ((Math.round(Math.atan2(x - centre.x, centre.y - y) / DEGREE) + 360) % 360) * DEGREE;

/** @type {(x1: number, y1: number, x2: number, y2: number, name: string) => SVGLineElement} */
export function line(x1, y1, x2, y2, name) {
  return svg("line", { x1, y1, x2, y2, class: name });
}

/** @type {(x: number, y: number, content: string, name: string) => SVGTextElement} */
export function text(x, y, content, name) {
  return svg("text", { x, y, class: name }, content);
}

/** @type {(cx: number, cy: number, r: number, name: string) => SVGCircleElement} */
export function circle(cx, cy, r, name) {
  return svg("circle", { cx, cy, r, class: name });
}

/** @type {(x: number, y: number, width: number, height: number, name: string) => SVGRectElement} */
export function rect(x, y, width, height, name) {
  return svg("rect", { x, y, width: Math.max(0, at(width)), height: Math.max(0, at(height)), class: name });
}

/** @type {(name: string, d?: string) => SVGPathElement} */
export function path(name, d) {
  return svg("path", { class: name, d });
}

/**
 * What a line of this class stands for.
 * @type {(x: number, y: number, name: string, label: string) => SVGElement[]}
 */
export const legend = (x, y, name, label) => [
  line(x, y - 4, x + 24, y - 4, name),
  text(x + 30, y, label, "small"),
];

/**
 * Tell translators of pages what they may change: words, not symbols and numbers.
 * @type {<E extends Element>(element: E, symbols: boolean) => E}
 */
export function settle(element, symbols) {
  element.setAttribute("translate", symbols ? "no" : "yes");
  element.classList.toggle("notranslate", symbols);
  return element;
}

/**
 * A drawing of its own size; `area` is its place in the stage. What a translator puts into SVG is not shown.
 * @type {(area: string, width: number, height: number) => SVGSVGElement}
 */
export function panel(area, width, height) {
  const drawing = svg("svg", {
    class: "panel",
    "data-area": area,
    viewBox: `0 0 ${width} ${height}`,
    "aria-hidden": "true",
  });
  drawing.style.gridArea = area;
  return settle(drawing, true);
}

/**
 * A part of a panel that cuts off what leaves it.
 * @type {(x: number, y: number, width: number, height: number) => SVGSVGElement}
 */
export function clipped(x, y, width, height) {
  return svg("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}` });
}

/**
 * Put a slider back when the finger on it turns out to scroll the page.
 * @template V
 * @param {HTMLInputElement} slider
 * @param {() => V} read
 * @param {(value: V) => void} write
 */
export function letScroll(slider, read, write) {
  let before = read();
  slider.addEventListener("pointerdown", () => {
    before = read();
  });
  slider.addEventListener("pointercancel", () => write(before));
}

// How far a finger moves before it is clear whether it drags or scrolls.
const SLACK = 8;

/**
 * While the pointer is pressed on `handle`, set what `change(x, y, kind)` returns for its place in the panel; at
 * once, where the handle is a whole track. The kind is "pointerdown" at the start, else another. A finger that
 * could be about to scroll sets nothing before it moves clearly sideways, or ends a tap; what the browser or
 * the system takes for itself leaves things as they were.
 * @type {(ui: import("./frame.js").UI, handle: SVGElement, drawing: SVGSVGElement, change: (x: number, y:
 * number, kind: string) => import("./frame.js").State, track?: boolean) => void}
 */
export function draggable(ui, handle, drawing, change, track = false) {
  let [startX, startY] = [0, 0];
  let holds = false;
  let before = {};
  /** @param {PointerEvent} event */
  const place = (event) => {
    const box = drawing.getBoundingClientRect();
    const unit = drawing.viewBox.baseVal.width / box.width;
    ui.set(change((event.clientX - box.left) * unit, (event.clientY - box.top) * unit, event.type));
  };
  // Of the handle's own shape: the handle may be a group of them.
  /** @type {(event: Event) => boolean} */
  const keeps = ({ target }) => target instanceof Element && getComputedStyle(target).touchAction === "none";
  /** @type {(event: PointerEvent, far: (across: number, down: number) => boolean) => boolean} */
  const moved = (event, far) => far(Math.abs(event.clientX - startX), Math.abs(event.clientY - startY));
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    [startX, startY] = [event.clientX, event.clientY];
    before = ui.read();
    holds = event.pointerType !== "touch" || keeps(event);
    if (track && holds) place(event);
  });
  // Chromium heeds touch-action on a whole drawing, not on its shapes: without this a page scrolls instead.
  handle.addEventListener("touchstart", (event) => keeps(event) && event.preventDefault(), {
    passive: false,
  });
  handle.addEventListener("pointermove", (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    holds ||= moved(event, (across, down) => across > SLACK && across > 1.5 * down);
    if (holds) place(event);
  });
  handle.addEventListener("pointerup", (event) => {
    if (!holds && moved(event, (across, down) => across + down < SLACK)) place(event);
  });
  handle.addEventListener("pointercancel", () => holds && ui.set(before));
}
