import { victor, chainVisibility } from "./model.js";
import {
  put,
  fixed,
  degrees,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  legend,
  draggable,
  signed,
  wholeDegrees,
  DEGREE,
} from "./drawing.js";
import { face, makeHands, turnHands } from "./dial.js";
import { gridLines, degreeTicks, makeTrack, points } from "./axes.js";
import { mount, symbol, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const CENTRE = { x: 100, y: 118, r: 78 };
const COUNTS = { left: 46, right: 296, top: 36, bottom: 214 };
const high = scale([0, 500], [COUNTS.bottom, COUNTS.top]);
// Each outcome, whether its turns add up to a - b, and the middle of its bar.
const OUTCOMES = ["Ψ⁻", "Φ⁺", "Φ⁻", "Ψ⁺"].map((name, i) => ({ name, difference: i < 2, x: 80 + 61 * i }));
const PLOT = { left: 46, right: 354, top: 30, bottom: 214 };
const across = scale([-Math.PI, Math.PI], [PLOT.left, PLOT.right]);
const up = scale([0, 1], [PLOT.bottom, PLOT.top]);
const ANGLES = Array.from({ length: 181 }, (_, i) => (2 * i - 180) * DEGREE);

function dial() {
  const drawing = panel("dial", 200, 254);
  const hands = makeHands(
    CENTRE,
    [
      { trait: "a", label: "a", side: "alice", r: 62 },
      { trait: "b", label: "b", side: "bob", r: 34, second: true },
    ],
    10.5,
    3.5,
  );
  drawing.append(
    text(100, 16, "the settings", "label middle"),
    line(100, CENTRE.y - CENTRE.r - 8, 100, CENTRE.y + CENTRE.r + 8, "other"),
    ...face(CENTRE, 3),
    ...hands.parts,
    hands.handles,
    ...legend(34, 232, "other", "Victor’s axis, 0°"),
  );
  return { drawing, hands };
}

function counts() {
  const drawing = panel("sums", 310, 274);
  const bars = OUTCOMES.map(({ name, difference, x }) => {
    const bar = rect(x - 19, 0, 38, 0, `bar model ${difference ? "" : "open"}`);
    drawing.append(bar, text(x, COUNTS.bottom + 22, name, "label middle"));
    return { bar, difference };
  });
  drawing.append(
    ...gridLines(COUNTS, high, [
      [0, "0", "axis"],
      [250, "250"],
      [500, "500"],
    ]),
    line(COUNTS.left, high(250), COUNTS.right, high(250), "born"),
    text(4, 16, "Victor’s counts, of 1000 runs", "small"),
    ...legend(96, 264, "born", "quantum theory"),
  );
  return {
    drawing,
    /** @param {number} P */
    draw(P) {
      for (const { bar, difference } of bars) {
        const y = high(500 * (difference ? P : 1 - P));
        put(bar, { y, height: COUNTS.bottom - y });
      }
    },
  };
}

function swing() {
  const drawing = panel("swing", 376, 286);
  const curve = path("trace model");
  const marker = line(0, PLOT.top, 0, PLOT.bottom, "axis");
  const mark = circle(0, 0, 5, "mark alice");
  const track = makeTrack(PLOT, [-Math.PI, Math.PI], { across: 10, above: 0, below: 20 });
  drawing.append(
    ...gridLines(PLOT, up, [
      [0, "0", "axis"],
      [0.5, "0.5"],
      [1, "1"],
    ]),
    ...degreeTicks(PLOT.bottom, across, [-180, -90, 0, 90, 180], 22),
    text(4, 16, "share of Ψ⁻ and Φ⁺", "small"),
    text((PLOT.left + PLOT.right) / 2, 256, "Alice’s setting a", "small middle"),
    line(PLOT.left, up(0.5), PLOT.right, up(0.5), "born"),
    curve,
    marker,
    mark,
    track.handle,
    ...legend(46, 280, "trace model", "the model"),
    ...legend(170, 280, "born", "quantum theory"),
  );
  return {
    drawing,
    track,
    /** @type {(state: State, P: number) => void} */
    draw({ a, b, gamma }, P) {
      put(curve, { d: `M${points(ANGLES, across, up, (angle) => victor(angle, b, gamma))}` });
      put(marker, { x1: across(a), x2: across(a) });
      put(mark, { cx: across(a), cy: up(P) });
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = dial();
  const tally = counts();
  const plot = swing();
  return mount(context, {
    question: "Can Alice’s setting show in Victor’s counts?",
    hint: "drag a hand",
    note:
      "Exact: the mean counts, the curve and both correlations, with all four outcomes of the joint measurement as alternatives on one list. " +
      "Alice’s and Bob’s own outcomes are half and half throughout.",
    stage: [clock.drawing, tally.drawing],
    readouts: [["victor", "share of Ψ⁻ and Φ⁺ "]],
    controls: (ui) => [settingSlider(ui, "a", "Alice")],
    more: {
      stage: [plot.drawing],
      readouts: [
        ["Epsi", symbol("E"), " at the ends, given Ψ⁻ "],
        ["Ephi", "given Φ⁻ "],
      ],
      controls: (ui) => [settingSlider(ui, "b", "Bob"), gammaSlider(ui)],
    },
    connect(ui) {
      turnHands(clock.hands, clock.drawing, CENTRE, ui, signed);
      draggable(ui, plot.track.handle, plot.drawing, (x) => ({ a: wholeDegrees(plot.track.value(x)) }), true);
    },
    draw(state) {
      const { a, b, gamma } = state;
      const P = victor(a, b, gamma);
      const visibility = chainVisibility(gamma, 2);
      const Epsi = -Math.cos(a - b) * visibility;
      const Ephi = Math.cos(a + b) * visibility;
      clock.hands.draw(state);
      tally.draw(P);
      plot.draw(state, P);
      return {
        outputs: { victor: [P, fixed(P, 3)], Epsi: [Epsi, fixed(Epsi, 4)], Ephi: [Ephi, fixed(Ephi, 4)] },
        summary:
          `Alice at ${degrees(a)}, Bob at ${degrees(b)}, anomaly width ${fixed(gamma, 2)} rad: of 1000 runs Victor has on average ` +
          `${fixed(500 * P, 0)} each of Psi minus and Phi plus and ${fixed(500 * (1 - P), 0)} each of the others; quantum theory says 250.`,
      };
    },
  });
}
