// What dials are made of: a face with ticks, hands to drag, magnets with two ends, turns.

import { TAU } from "./model.js";
import {
  DEGREE,
  at,
  bearing,
  circle,
  circular,
  draggable,
  line,
  path,
  polar,
  put,
  svg,
  text,
} from "./drawing.js";

/** @typedef {import("./drawing.js").Centre} Centre */
/** @typedef {{ trait: string, label: string, side: string, r: number, second?: boolean }} Hand */

/**
 * The disc of a dial, what lies on it, and 24 ticks, of which the quarters' are twice as long.
 * @type {(centre: Centre, tick: number, ...inside: SVGElement[]) => SVGElement[]}
 */
export const face = (centre, tick, ...inside) => [
  circle(centre.x, centre.y, centre.r, "face"),
  ...inside,
  ...Array.from({ length: 24 }, (_, i) => {
    const inner = polar(centre, (i * TAU) / 24, centre.r - (i % 6 ? tick : 2 * tick));
    return line(...polar(centre, (i * TAU) / 24, centre.r), ...inner, "tick");
  }),
];

/**
 * Hands, one for each trait, that end each at its own distance, so that none hides another. A second hand of
 * the same side is dashed and hollow. `parts` are what is drawn, with the hub; the pointer takes `handles`.
 * @type {(centre: Centre, specs: Hand[], knob: number, hub: number) => { parts: SVGElement[], handles:
 * SVGGElement, draw: (state: import("./frame.js").State) => void, nearest: (x: number, y: number) => string
 * }}
 */
export function makeHands(centre, specs, knob, hub) {
  const hands = specs.map(({ trait, label, side, r, second }) => ({
    trait,
    r,
    ray: line(centre.x, centre.y, 0, 0, `stroke ${side} ${second ? "dashed" : ""}`),
    knob: circle(0, 0, knob, `mark ${side} ${second ? "hollow" : ""}`),
    letter: text(0, 0, label, `badge letter ${side} ${second ? "hollow" : ""}`),
    handle: circle(0, 0, 22, "handle"),
    x: 0,
    y: 0,
  }));
  return {
    parts: [
      ...hands.map((hand) => hand.ray),
      circle(centre.x, centre.y, hub, "hub"),
      ...hands.flatMap((hand) => [hand.knob, hand.letter]),
    ],
    handles: svg("g", {}, ...hands.map((hand) => hand.handle)),
    draw(state) {
      for (const hand of hands) {
        [hand.x, hand.y] = polar(centre, state[hand.trait], hand.r);
        put(hand.ray, { x2: hand.x, y2: hand.y });
        put(hand.knob, { cx: hand.x, cy: hand.y });
        put(hand.letter, { x: hand.x, y: hand.y + 4.5 });
        put(hand.handle, { cx: hand.x, cy: hand.y });
      }
    },
    nearest(x, y) {
      const far = hands.map((hand) => Math.hypot(x - hand.x, y - hand.y));
      return hands[far.indexOf(Math.min(...far))].trait;
    },
  };
}

/**
 * Let the pointer take the nearest of a dial's hands and turn it, within the range of angles that `within` gives.
 * @type {(hands: ReturnType<typeof makeHands>, drawing: SVGSVGElement, centre: Centre, ui:
 * import("./frame.js").UI, within?: (angle: number) => number) => void}
 */
export function turnHands({ handles, nearest }, drawing, centre, ui, within = circular) {
  let held = "";
  draggable(
    ui,
    handles,
    drawing,
    (x, y, kind) => {
      if (kind === "pointerdown") held = nearest(x, y);
      return { [held]: within(bearing(x, y, centre)) };
    },
    true,
  );
}

/**
 * A magnet: a filled end with a plus at its setting, a hollow one with a minus opposite.
 * @type {(centre: Centre, plus: string, minus: string) => { rays: SVGElement[], ends: SVGElement[], handle:
 * SVGCircleElement, draw: (setting: number) => void }}
 */
export function makeMagnet(centre, plus, minus) {
  const ends = [
    { half: Math.PI, sign: "−", kind: ` ${minus} hollow`, stroke: `${minus} dashed` },
    { half: 0, sign: "+", kind: ` ${plus}`, stroke: plus },
  ].map(({ half, sign, kind, stroke }) => ({
    half,
    ray: line(centre.x, centre.y, 0, 0, `stroke ${stroke}`),
    mark: circle(0, 0, 10, `mark${kind}`),
    sign: text(0, 0, sign, `badge${kind}`),
  }));
  const handle = circle(0, 0, 22, "handle");
  return {
    rays: ends.map(({ ray }) => ray),
    ends: ends.flatMap(({ mark, sign }) => [mark, sign]),
    handle,
    draw(setting) {
      for (const { half, ray, mark, sign } of ends) {
        const [x, y] = polar(centre, setting + half, centre.r);
        const [x2, y2] = polar(centre, setting + half, centre.r - 10);
        put(ray, { x2, y2 });
        put(mark, { cx: x, cy: y });
        put(sign, { x, y: y + 5 });
        if (!half) put(handle, { cx: x, cy: y });
      }
    },
  };
}

/**
 * An arrow from a place, as a path has it.
 * @type {(from: { x: number, y: number }, angle: number, length: number) => string}
 */
export function arrow(from, angle, length) {
  const [x, y] = polar(from, angle, length - 9);
  const [left, right] = [-1, 1].map((side) => polar({ x, y }, angle + (side * Math.PI) / 2, 5.5).join(" "));
  return `M${at(from.x)} ${at(from.y)}L${x} ${y}L${left}L${polar(from, angle, length).join(" ")}L${right}L${x} ${y}`;
}

/**
 * A turn drawn as an arc with a head, or as a spiral where the radius grows with the angle turned; of a small
 * turn the head alone would be seen, so it has none.
 * @type {(head: string, smallest: number) => { parts: SVGPathElement[], draw: (side: string, centre: Centre,
 * from: number, turn: number, steps: number, radius: (turned: number) => number) => void }}
 */
export function makeTurn(shape, smallest) {
  const arc = path("turn");
  const head = path("turn-head", shape);
  return {
    parts: [arc, head],
    draw(side, centre, from, turn, steps, radius) {
      const points = Array.from({ length: steps + 1 }, (_, i) => {
        const turned = (turn * i) / steps;
        return polar(centre, from + turned, radius(turned));
      });
      put(arc, { d: `M${points.map((point) => point.join(" ")).join("L")}`, class: `turn ${side}` });
      const way = at((from + turn) / DEGREE + (turn < 0 ? 180 : 0));
      put(head, {
        transform: `translate(${points[steps].join(" ")}) rotate(${way})`,
        class: `turn-head ${side}`,
        visibility: Math.abs(turn) < smallest ? "hidden" : "visible",
      });
    },
  };
}
