import {
  TAU,
  correlation,
  jointProbabilities,
  hiddenDensity,
  hiddenDistance,
  hiddenPeak,
  turnDensity,
  turnPeak,
} from "./model.js";
import {
  svg,
  put,
  fixed,
  chance,
  degrees,
  at,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  clipped,
  circular,
  anyDirection,
} from "./drawing.js";
import { face, makeHands, turnHands } from "./dial.js";
import { points, samples, ticks, timesPi } from "./axes.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const WIDTH = 290;
const HEIGHT = 150;
const PLOT = { left: 24, right: 266, top: 54, bottom: 126 };
const CENTRE = { x: 90, y: 112, r: 76 };
const MOVES = 1e-9; // Less is rounding.

/**
 * "moves" or "does not move", as a mark and in words.
 * @type {(x: number, y: number) => { parts: SVGElement[], draw: (moves: boolean) => void }}
 */
function verdict(x, y) {
  const disc = circle(x, y, 8, "verdict");
  const sign = path("verdict-sign");
  const word = text(x + 14, y + 4.5, "", "label");
  return {
    parts: [disc, sign, word],
    draw(moves) {
      put(disc, { class: `verdict ${moves ? "" : "hollow"}` });
      put(sign, {
        d: moves
          ? `M${x - 4.5} ${y}H${x + 4}M${x} ${y - 4}L${x + 4} ${y}L${x} ${y + 4}`
          : `M${x - 4} ${y - 2.2}H${x + 4}M${x - 4} ${y + 2.2}H${x + 4}`,
        class: `verdict-sign ${moves ? "" : "hollow"}`,
      });
      put(word, { class: `label ${moves ? "strong" : ""}` });
      word.textContent = moves ? "moves" : "does not move";
    },
  };
}

/**
 * One quantity: its name, whether its law moves and how far, and room for the two laws.
 * @param {string} area
 * @param {string} name
 * @param {number} top
 * @param {[number, string][]} labels
 */
function quantity(area, name, top, labels) {
  const drawing = panel(area, WIDTH, HEIGHT);
  const { left, right, bottom } = PLOT;
  const up = scale([0, top], [bottom, PLOT.top]);
  const moving = verdict(13, 32);
  const distance = text(280, 14, "", "label end");
  const foot = text(280, 36, "", "small end");
  drawing.append(
    text(4, 14, name, "label"),
    ...moving.parts,
    distance,
    foot,
    ...[0, 0.5, 1].map((share) =>
      line(left, up(share * top), right, up(share * top), share ? "grid" : "axis"),
    ),
    ...labels.map(([value, label]) => text(left - 5, up(value) + 4, label, "small end")),
  );
  return {
    drawing,
    up,
    foot,
    /** @param {number} tv */
    judge(tv) {
      moving.draw(tv > MOVES);
      distance.textContent = chance(tv > MOVES ? tv : 0, 3);
    },
  };
}

/**
 * A density under both choices: filled under b, dashed under b2.
 * @param {string} area
 * @param {string} side
 * @param {string} name
 * @param {[number, number]} domain
 * @param {number} top
 * @param {[number, string][]} marks
 */
function density(area, side, name, [low, high], top, marks) {
  const one = quantity(area, name, top, [[top, String(top)]]);
  const { left, right, bottom } = PLOT;
  const across = scale([low, high], [left, right]);
  const inside = clipped(left, PLOT.top, right - left, bottom - PLOT.top + 1);
  const first = path(`law ${side}`);
  const second = path("second");
  const settings = svg("g");
  inside.append(first, second);
  one.drawing.append(inside, settings, ...ticks(bottom, across, marks, 18, 4));
  return {
    ...one,
    /**
     * @type {(laws: { law: (x: number) => number, peaks: number[] }[], width: number, tv: number, highest:
     * number, rings?: [number, number, string][]) => void}
     */
    draw(laws, width, tv, highest, rings = []) {
      const [d1, d2] = laws.map(({ law, peaks }) =>
        points(samples([low, high], peaks, width), across, one.up, (x) => Math.min(1.2 * top, law(x))),
      );
      put(first, { d: `M${across(low) - 3} ${bottom + 2}L${d1}L${across(high) + 3} ${bottom + 2}` });
      put(second, { d: `M${d2}` });
      settings.replaceChildren(...rings.map(([x, r, ring]) => circle(across(x), bottom, r, `mark ${ring}`)));
      one.judge(tv);
      one.foot.textContent = highest > top ? `cut off: peak ${fixed(highest, 2)}` : "";
    },
  };
}

/**
 * Probabilities under both choices: filled bars under b, dashed frames under b2.
 * @param {string} area
 * @param {string} side
 * @param {string} name
 * @param {string[]} names
 * @param {number} top
 * @param {[number, string][]} labels
 */
function bars(area, side, name, names, top, labels) {
  const one = quantity(area, name, top, labels);
  const { left, right, bottom } = PLOT;
  const cell = (right - left) / names.length;
  const wide = Math.min(44, cell - 12);
  const filled = svg("g");
  one.drawing.append(
    filled,
    ...names.map((label, i) => text(left + (i + 0.5) * cell, bottom + 18, label, "small middle")),
  );
  return {
    ...one,
    /** @type {(under: number[], other: number[], tv: number) => void} */
    draw(under, other, tv) {
      filled.replaceChildren(
        ...under.flatMap((p, i) => {
          const x = at(left + (i + 0.5) * cell - wide / 2);
          return [
            rect(x, one.up(p), wide, bottom - one.up(p), `bar ${side}`),
            rect(x - 3, one.up(other[i]), wide + 6, bottom - one.up(other[i]), "second"),
          ];
        }),
      );
      one.judge(tv);
    },
  };
}

function dial() {
  const drawing = panel("hands", 180, 262);
  const hands = makeHands(
    CENTRE,
    [
      { trait: "a", label: "a", side: "alice", r: CENTRE.r },
      { trait: "b", label: "b", side: "bob", r: 51 },
      { trait: "b2", label: "b′", side: "bob", r: 26, second: true },
    ],
    11,
    4,
  );
  drawing.append(
    ...face(CENTRE, 4),
    ...hands.parts,
    hands.handles,
    text(CENTRE.x, 14, "the magnets", "label middle"),
    rect(14, 212, 26, 16, "bar both"),
    text(50, 225, "Bob chooses b", "label"),
    rect(14, 240, 26, 16, "second"),
    text(50, 253, "Bob chooses b′", "label"),
  );
  return { drawing, hands };
}

/**
 * The axis of a magnet on the circle from 0 to 360 degrees; of several, none hides another.
 * @type {(setting: number, r: number, side: string) => [number, number, string][]}
 */
function ends(setting, r, side) {
  const first = circular(setting) % Math.PI;
  const within = [first, first + Math.PI, first + TAU].filter((angle) => angle < TAU + 1e-9);
  return within.map((angle) => [angle, r, side]);
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = dial();
  /** @type {[number, string][]} */
  const turns = [-2, -1, 0, 1, 2].map((n) => [n * Math.PI, timesPi(n)]);
  const lam = density(
    "lam",
    "unseen",
    "hidden direction λ",
    [0, TAU],
    1,
    [0, 1, 2].map((n) => [n * Math.PI, degrees(n * Math.PI)]),
  );
  const alpha = density("alpha", "alice", "particle 1’s turn α", [-TAU, TAU], 2, turns);
  const beta = density("beta", "bob", "particle 2’s turn β", [-TAU, TAU], 2, turns);
  /** @type {[number, string][]} */
  const halves = [
    [1, "1"],
    [0.5, "½"],
  ];
  const alice = bars("alice", "alice", "Alice’s outcome A", ["+", "−"], 1, halves);
  const bob = bars("bob", "bob", "Bob’s outcome B", ["+", "−"], 1, halves);
  const pair = bars("pair", "both", "both outcomes", ["+ +", "+ −", "− +", "− −"], 0.5, [
    [0.5, "½"],
    [0.25, "¼"],
  ]);
  return mount(context, {
    question: "Bob changes his mind. What moves?",
    hint: "drag a hand",
    note:
      "Exact: every law, for all windings, and every number. A number is the distance of the two laws, half the area between them: 0 if they are " +
      "the same, 1 if they have nothing in common. A law that leaves its frame is cut off and its peak written. Stylised: the frames of α and β end at ±2π; the laws do not.",
    stage: [clock.drawing, lam.drawing, alice.drawing],
    drawn: [
      ["tv_lam", "distances: ", symbol("λ"), " "],
      ["tv_alpha", symbol("α"), " "],
      ["tv_beta", symbol("β"), " "],
      ["tv_A", symbol("A"), " "],
      ["tv_B", symbol("B"), " "],
      ["tv_AB", symbol("A, B"), " "],
    ],
    controls: (ui) => [settingSlider(ui, "b", "Bob’s choice")],
    more: {
      stage: [alpha.drawing, bob.drawing, beta.drawing, pair.drawing],
      controls: (ui) => [
        settingSlider(ui, "a", "Alice’s magnet"),
        settingSlider(ui, "b2", "Bob’s other choice", "b′"),
        gammaSlider(ui),
        buttons(
          ui.button("reverse", "Reverse Bob’s magnet", ({ b }) => ({ b2: circular(b + Math.PI) })),
          ui.button("mirror", "Mirror it in Alice’s", ({ a, b }) => ({ b2: circular(2 * a - b) })),
          ui.button("surprise", "Surprise me", () => ({
            a: anyDirection(),
            b: anyDirection(),
            b2: anyDirection(),
          })),
        ),
      ],
    },
    connect: (ui) => turnHands(clock.hands, clock.drawing, CENTRE, ui),
    draw(state) {
      const { a, b, b2, gamma } = state;
      const tv = hiddenDistance(a, b, b2, gamma);
      const tvPair = Math.abs(correlation(a, b, gamma) - correlation(a, b2, gamma)) / 2;
      const half = [-2, -1, 0, 1, 2].map((n) => n * Math.PI);
      const full = [0, 1, 2].map((n) => n * Math.PI);
      /** @type {<T>(f: (setting: number) => T) => T[]} */
      const under = (f) => [b, b2].map(f);
      clock.hands.draw(state);
      const peak = Math.max(...under((setting) => hiddenPeak(a, setting, gamma)));
      lam.draw(
        under((setting) => ({
          law: (angle) => hiddenDensity(angle, a, setting, gamma),
          peaks: full.flatMap((n) => [(a % Math.PI) + n, (setting % Math.PI) + n]),
        })),
        gamma,
        tv,
        peak,
        [...ends(b2, 6, "bob hollow"), ...ends(b, 4.2, "bob"), ...ends(a, 2.6, "alice")],
      );
      const turning = under((setting) => [
        {
          law: (/** @type {number} */ turn) => turnDensity(turn, a, a, setting, gamma),
          peaks: [0, ...half.map((n) => ((a - setting) % Math.PI) + n)],
        },
        {
          law: (/** @type {number} */ turn) => turnDensity(turn, setting, a, setting, gamma),
          peaks: [0, ...half.map((n) => ((setting - a) % Math.PI) + n)],
        },
      ]);
      const turnsPeak = Math.max(...under((setting) => turnPeak(a, setting, gamma)));
      [alpha, beta].forEach((one, i) => {
        const laws = turning.map((pairOfLaws) => pairOfLaws[i]);
        one.draw(laws, gamma, tv, turnsPeak);
      });
      alice.draw([0.5, 0.5], [0.5, 0.5], 0);
      bob.draw([0.5, 0.5], [0.5, 0.5], 0);
      const [joint, other] = under((setting) => jointProbabilities(a, setting, gamma).flat());
      pair.draw(joint, other, tvPair);
      /** @type {(value: number) => [number, string]} */
      const shown = (value) => [value, chance(value > MOVES ? value : 0, 4)];
      /** @type {(value: number) => string} */
      const moves = (value) => (value > MOVES ? `moves by ${chance(value, 3)}` : "does not move");
      return {
        outputs: {
          tv_lam: shown(tv),
          tv_alpha: shown(tv),
          tv_beta: shown(tv),
          tv_A: shown(0),
          tv_B: shown(0),
          tv_AB: shown(tvPair),
        },
        summary:
          `Alice’s magnet at ${degrees(a)}, anomaly width ${fixed(gamma, 2)} rad; Bob’s at ${degrees(b)} or at ${degrees(b2)}: ` +
          `the law of each of λ, α and β ${moves(tv)}; that of A alone does not move, that of B alone does not move; ` +
          `that of both outcomes together ${moves(tvPair)}.`,
      };
    },
  });
}
