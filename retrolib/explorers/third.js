import { TAU, correlation, steered, extremes } from "./model.js";
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
  wholeDegrees,
  DEGREE,
} from "./drawing.js";
import { face, makeHands, turnHands } from "./dial.js";
import { gridLines, degreeTicks, makeTrack, points } from "./axes.js";
import { mount, symbol, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const STILL = 1e-9; // Less is rounding.
const CENTRE = { x: 100, y: 118, r: 88 };
const PLOT = { left: 50, right: 354, top: 30, bottom: 222 };
const across = scale([0, TAU], [PLOT.left, PLOT.right]);
const up = scale([-1, 1], [PLOT.bottom, PLOT.top]);

function dial() {
  const drawing = panel("dial", 200, 254);
  const hands = makeHands(
    CENTRE,
    [
      { trait: "a", label: "a", side: "alice", r: 76 },
      { trait: "b", label: "b", side: "bob", r: 51 },
      { trait: "c", label: "c", side: "both", r: 26 },
    ],
    11.5,
    4,
  );
  drawing.append(
    text(100, 16, "three settings", "label middle"),
    ...face(CENTRE, 4, ...[76, 51, 26].map((r) => circle(CENTRE.x, CENTRE.y, r, "orbit"))),
    ...hands.parts,
    hands.handles,
    circle(20, 240, 5, "mark alice"),
    text(30, 245, "Alice", "name alice"),
    circle(82, 240, 5, "mark bob"),
    text(92, 245, "Bob", "name bob"),
    circle(136, 240, 5, "mark both"),
    text(146, 245, "third", "name both"),
  );
  return { drawing, hands };
}

function correlations() {
  const drawing = panel("odds", 376, 322);
  const band = rect(PLOT.left, 0, PLOT.right - PLOT.left, 0, "band model");
  const alone = line(PLOT.left, 0, PLOT.right, 0, "expected dashed");
  const curve = path("trace model");
  const marker = line(0, PLOT.top, 0, PLOT.bottom, "axis");
  const mark = circle(0, 0, 5.5, "mark model");
  const verdict = text(372, 16, "", "label strong end");
  const track = makeTrack(PLOT, [0, TAU], { across: 10, above: 0, below: 20 });
  drawing.append(
    ...gridLines(
      PLOT,
      up,
      [-1, -0.5, 0, 0.5, 1].map((E) => [E, E % 1 ? fixed(E, 1) : fixed(E, 0)]),
    ),
    ...degreeTicks(PLOT.bottom, across, [0, 90, 180, 270, 360], 22),
    text(4, 16, "correlation E₁₂", "small"),
    verdict,
    text((PLOT.left + PLOT.right) / 2, 265, "the third’s setting c", "small middle"),
    band,
    alone,
    curve,
    marker,
    mark,
    track.handle,
    ...legend(42, 290, "trace model", "Alice and Bob, with a third"),
    ...legend(42, 314, "expected dashed", "the same two, without a third"),
  );
  return {
    drawing,
    track,
    /** @type {(state: State, highest: number, lowest: number) => void} */
    draw({ a, b, c, gamma }, highest, lowest) {
      const xs = Array.from({ length: 181 }, (_, i) => 2 * i * DEGREE);
      put(curve, { d: `M${points(xs, across, up, (x) => steered(a, b, x, gamma))}` });
      put(band, { y: up(highest), height: up(lowest) - up(highest) });
      const flat = up(pairAlone(a, b, gamma));
      put(alone, { y1: flat, y2: flat });
      const x = across(c);
      put(marker, { x1: x, x2: x });
      put(mark, { cx: x, cy: up(steered(a, b, c, gamma)) });
      verdict.textContent = highest - lowest > STILL ? "the third steers" : "the third steers nothing";
    },
  };
}

/** Two spins with one direction, alone. @type {(a: number, b: number, gamma: number) => number} */
const pairAlone = (a, b, gamma) => -correlation(a, b, gamma);

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = dial();
  const plot = correlations();
  return mount(context, {
    question: "Does the third man steer the other two?",
    hint: "drag a hand, or along the plot",
    note:
      "Exact: three spins leave along one direction, any one, and E₁₂ is the correlation of Alice and Bob whatever the third finds. The band is as high " +
      "as the largest change that the third can make. Stylised: the hands differ in length only to keep them apart.",
    stage: [clock.drawing, plot.drawing],
    drawn: [["alone", "without a third "]],
    readouts: [
      ["E12", symbol("E"), "₁₂ "],
      ["swing", "largest change by the third "],
    ],
    controls: (ui) => [settingSlider(ui, "c", "the third’s setting")],
    more: {
      controls: (ui) => [
        settingSlider(ui, "a", "Alice’s setting"),
        settingSlider(ui, "b", "Bob’s setting"),
        gammaSlider(ui),
      ],
    },
    connect(ui) {
      turnHands(clock.hands, clock.drawing, CENTRE, ui);
      const { handle, value } = plot.track;
      draggable(ui, handle, plot.drawing, (x) => ({ c: wholeDegrees(value(x)) }), true);
    },
    draw(state) {
      const { a, b, c, gamma } = state;
      const E = steered(a, b, c, gamma);
      const alone = pairAlone(a, b, gamma);
      const [highest, lowest] = extremes((setting) => steered(a, b, setting, gamma));
      const swing = highest - lowest;
      clock.hands.draw(state);
      plot.draw(state, highest, lowest);
      return {
        outputs: {
          E12: [E, fixed(E, 4)],
          alone: [alone, fixed(alone, 4)],
          swing: [swing, fixed(swing, 4)],
        },
        summary:
          `Alice at ${degrees(a)}, Bob at ${degrees(b)}, the third at ${degrees(c)}, anomaly width ${fixed(gamma, 2)} rad: ` +
          `the correlation of Alice and Bob is ${fixed(E, 3)}, without a third it would be ${fixed(alone, 3)}. ` +
          `The third can change it by up to ${fixed(swing, 3)}.`,
      };
    },
  });
}
