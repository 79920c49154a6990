// What plots are made of: axes with ticks and lines, a track to drag along, curves with their peaks.

import { DEGREE, degrees, line, rect, text } from "./drawing.js";

/** @typedef {import("./drawing.js").Plot} Plot */
/** @typedef {import("./drawing.js").Scale} Scale */
/**
 * @typedef {[number, string, string?][]} Marks A value, its label and, if not the usual, its line's class.
 */

/**
 * Lines across a plot, each with its label on the left.
 * @type {(plot: { left: number, right: number }, up: Scale, marks: Marks, gap?: number) => SVGElement[]}
 */
export const gridLines = ({ left, right }, up, marks, gap = 9) =>
  marks.flatMap(([value, label, name = value ? "grid" : "axis"]) => [
    line(left, up(value), right, up(value), name),
    text(left - gap, up(value) + 4, label, "small end"),
  ]);

/**
 * Ticks along the foot of a plot, each with its label below.
 * @type {(bottom: number, across: Scale, marks: Marks, below?: number, size?: number) => SVGElement[]}
 */
export const ticks = (bottom, across, marks, below = 20, size = 5) =>
  marks.flatMap(([value, label]) => [
    line(across(value), bottom, across(value), bottom + size, "axis"),
    text(across(value), bottom + below, label, "small middle"),
  ]);

/**
 * Ticks at angles given in whole degrees.
 * @type {(bottom: number, across: Scale, angles: number[], below: number) => SVGElement[]}
 */
export const degreeTicks = (bottom, across, angles, below) =>
  ticks(
    bottom,
    across,
    angles.map((angle) => [angle * DEGREE, degrees(angle * DEGREE)]),
    below,
  );

/**
 * A scale of S: its ranges, and the bounds between them.
 * @type {(along: Scale, place: { top: number, bottom: number }) => { zone: (low: number, high: number, name:
 * string, label?: string) => SVGElement[], bound: (S: number, label: string, from?: number) => SVGElement[] }}
 */
export const makeScale = (along, { top, bottom }) => ({
  zone: (low, high, name, label) => [
    rect(along(low), top, along(high) - along(low), bottom - top, `zone ${name}`),
    ...(label ? [text((along(low) + along(high)) / 2, bottom - 8, label, "small middle fixed")] : []),
  ],
  bound: (S, label, from = top - 3) => [
    line(along(S), from, along(S), bottom + 3, "axis"),
    text(along(S), bottom + 18, label, "small middle"),
  ],
});

/** A multiple of pi as text. @type {(n: number) => string} */
export const timesPi = (n) => `${n < 0 ? "−" : ""}${Math.abs(n) > 1 ? Math.abs(n) : ""}${n ? "π" : "0"}`;

/**
 * Where the pointer can drag along a plot: a handle that reaches a little beyond, and the value at a place.
 * @type {(plot: Plot, domain: [number, number], reach: { across: number, above: number, below: number }) => {
 * handle: SVGRectElement, value: (x: number) => number }}
 */
export function makeTrack({ left, right, top, bottom }, [low, high], { across, above, below }) {
  return {
    handle: rect(
      left - across,
      top - above,
      right - left + 2 * across,
      bottom - top + above + below,
      "handle track",
    ),
    value: (x) => low + Math.min(1, Math.max(0, (x - left) / (right - left))) * (high - low),
  };
}

/**
 * Values to draw a curve at: evenly spaced, and more of them where it has its peaks.
 * @type {(domain: [number, number], peaks: number[], width: number) => number[]}
 */
export function samples([low, high], peaks, width) {
  const even = Array.from({ length: 121 }, (_, i) => low + ((high - low) * i) / 120);
  const near = [0, 0.3, 0.6, 1, 1.5, 2, 3, 4, 6, 9].flatMap((n) => [n * width, -n * width]);
  return [...even, ...peaks.flatMap((peak) => near.map((step) => peak + step))]
    .filter((x) => x >= low && x <= high)
    .sort((x, y) => x - y);
}

/**
 * Points of a curve, as a path has them.
 * @type {(xs: number[], across: Scale, up: Scale, f: (x: number) => number) => string}
 */
export const points = (xs, across, up, f) => xs.map((x) => `${across(x)} ${up(f(x))}`).join("L");
