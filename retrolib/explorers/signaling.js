import { TAU, skewedLorentzian, skewedPair, vonMisesWeight, extremes } from "./model.js";
import {
  put,
  fixed,
  chance,
  degrees,
  polar,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  clipped,
  legend,
  draggable,
  wholeDegrees,
} from "./drawing.js";
import { face, makeHands, turnHands } from "./dial.js";
import { gridLines, degreeTicks, makeTrack } from "./axes.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const SILENT = 1e-9; // Less is rounding.
const HEIGHT = 322;
const SOURCE_HEIGHT = 254;
const CENTRE = { x: 100, y: 118, r: 62 };
const RING = 28;
const PLOT = { left: 50, right: 354, top: 30, bottom: 222 };
const across = scale([0, TAU], [PLOT.left, PLOT.right]);
const up = scale([0, 1], [PLOT.bottom, PLOT.top]);
const LAW = { left: 10, right: 140, reach: 4 };
const turn = scale([-LAW.reach, LAW.reach], [LAW.left, LAW.right]);
const high = scale([0, 1.25], [PLOT.bottom, PLOT.top]);

function source() {
  const drawing = panel("dial", 200, SOURCE_HEIGHT);
  const weight = path("law unseen");
  const hands = makeHands(
    CENTRE,
    [
      { trait: "a", label: "a", side: "alice", r: 51 },
      { trait: "b", label: "b", side: "bob", r: 25, second: true },
    ],
    10.5,
    3.5,
  );
  const words = text(100, 248, "", "small middle");
  drawing.append(
    text(100, 16, "the source", "label middle"),
    weight,
    ...face(CENTRE, 3),
    ...hands.parts,
    hands.handles,
    rect(32, 217, 22, 13, "law unseen"),
    text(60, 228, "preparation μ(λ)", "small"),
    words,
  );
  return {
    drawing,
    hands,
    /** @param {State} state */
    draw(state) {
      const outline = Array.from({ length: 120 }, (_, i) =>
        polar(CENTRE, (i * TAU) / 120, CENTRE.r + RING * vonMisesWeight((i * TAU) / 120, state.kappa)).join(
          " ",
        ),
      );
      put(weight, { d: `M${outline.join("L")}Z` });
      words.textContent = state.kappa ? "prefers 0°, up" : "no direction preferred";
      hands.draw(state);
    },
  };
}

function odds() {
  const drawing = panel("odds", 376, HEIGHT);
  const band = rect(PLOT.left, 0, PLOT.right - PLOT.left, 0, "band alice");
  const traces = ["trace thin both", "trace alice", "trace dashed bob"].map((name) => path(name));
  const marker = line(0, PLOT.top, 0, PLOT.bottom, "axis");
  const marks = [
    circle(0, 0, 3.5, "mark both"),
    circle(0, 0, 5, "mark alice"),
    circle(0, 0, 8, "mark open bob"),
  ];
  const verdict = text(372, 16, "", "label strong end");
  const track = makeTrack(PLOT, [0, TAU], { across: 10, above: 0, below: 20 });
  drawing.append(
    ...gridLines(
      PLOT,
      up,
      [0, 0.25, 0.5, 0.75, 1].map((P) => [P, P % 1 ? fixed(P, 2) : String(P)]),
    ),
    ...degreeTicks(PLOT.bottom, across, [0, 90, 180, 270, 360], 22),
    text(4, 16, "probability of +", "small"),
    verdict,
    text((PLOT.left + PLOT.right) / 2, 265, "Bob’s setting b", "small middle"),
    band,
    ...traces,
    marker,
    ...marks,
    track.handle,
    ...legend(42, 290, "trace alice", "Alice"),
    ...legend(150, 290, "trace dashed bob", "Bob"),
    ...legend(42, 314, "trace thin both", "Alice, given that Bob’s outcome is +"),
  );
  return {
    drawing,
    track,
    /**
     * @type {(state: State, pair: ReturnType<typeof skewedPair>, highest: number, lowest: number) => void}
     */
    draw({ b }, pair, highest, lowest) {
      const curves = ["", "", ""];
      for (let i = 0; i <= 240; i++) {
        const angle = (i * TAU) / 240;
        const { alice, bob, given } = pair(angle);
        [given, alice, bob].forEach((P, n) => {
          curves[n] += `${i ? "L" : "M"}${across(angle)} ${up(P)}`;
        });
      }
      traces.forEach((trace, n) => put(trace, { d: curves[n] }));
      put(band, { y: up(highest), height: up(lowest) - up(highest) });
      verdict.textContent = highest - lowest > SILENT ? "Alice’s P(+) moves" : "Alice’s P(+) stays put";
      const here = pair(b);
      const x = across(b);
      put(marker, { x1: x, x2: x });
      [here.given, here.alice, here.bob].forEach((P, n) => put(marks[n], { cx: x, cy: up(P) }));
    },
  };
}

function law() {
  const drawing = panel("law", 150, HEIGHT);
  const mirror = path("other");
  const curve = path("curve");
  const limits = [-LAW.reach, LAW.reach].map((n) =>
    text(turn(n), PLOT.bottom + 20, "", `small ${n < 0 ? "" : "end"}`),
  );
  const words = text(75, 266, "", "small middle");
  const inside = clipped(LAW.left, PLOT.top, LAW.right - LAW.left, PLOT.bottom - PLOT.top + 1);
  inside.append(curve, mirror);
  drawing.append(
    text(75, 16, "weight of a turn, W", "label middle"),
    line(LAW.left, PLOT.bottom, LAW.right, PLOT.bottom, "axis"),
    line(turn(0), PLOT.bottom, turn(0), PLOT.bottom + 5, "axis"),
    text(turn(0), PLOT.bottom + 20, "0", "small middle"),
    ...limits,
    inside,
    words,
    ...legend(28, 290, "other", "mirrored"),
  );
  return {
    drawing,
    /** @param {State} state */
    draw({ gamma, skew }) {
      // W / W(0), against the turn in units of gamma: a shape that depends on the skew alone.
      /** @type {(c: number) => string} */
      const shape = (c) =>
        Array.from({ length: 81 }, (_, i) => (LAW.reach * (i - 40)) / 40)
          .map((x) => `${turn(x)} ${high(skewedLorentzian(x, 1, c))}`)
          .join("L");
      put(curve, {
        d: `M${LAW.left - 3} ${PLOT.bottom + 2}L${shape(skew)}L${LAW.right + 3} ${PLOT.bottom + 2}`,
      });
      put(mirror, { d: `M${shape(-skew)}` });
      limits.forEach((limit, i) => {
        limit.textContent = degrees((i ? 1 : -1) * LAW.reach * gamma);
      });
      words.textContent = skew ? `leans to ${skew > 0 ? "+" : "−"}` : "even";
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = source();
  const plot = odds();
  const weight = law();
  return mount(context, {
    question: "Can Bob move Alice’s probability?",
    hint: "drag a hand, or along the plot",
    note:
      "Exact: the probabilities, summed over all directions and windings, and μ and W in shape. The band is as high as the largest change of Alice’s P(+) that Bob can make " +
      "at this a. Stylised: μ and W are drawn with their heights scaled.",
    stage: [clock.drawing, plot.drawing],
    drawn: [["signals", "Bob’s setting "]],
    readouts: [["largest", "largest change of Alice’s P(+) "]],
    controls: (ui) => [
      settingSlider(ui, "b", "Bob’s setting"),
      ui.slider("kappa", [symbol("κ"), ", bias of the preparation"], (value) => fixed(value, 2)),
    ],
    more: {
      stage: [weight.drawing],
      readouts: [
        ["plus", "Alice’s P(+) "],
        ["bob", "Bob’s P(+) "],
        ["given", "Alice’s, given Bob’s + "],
      ],
      controls: (ui) => [
        settingSlider(ui, "a", "Alice’s setting"),
        gammaSlider(ui),
        ui.slider("skew", ["skew of the weight"], (value) => fixed(value, 2)),
        buttons(
          ui.button("skewed", "Skewed weight", () => ({ skew: 0.8, kappa: 0 })),
          ui.button("pulled", "Preferred direction", () => ({ skew: 0, kappa: 4 })),
          ui.button("both", "Both", () => ({ skew: 0.8, kappa: 4 })),
        ),
      ],
    },
    connect(ui) {
      turnHands(clock.hands, clock.drawing, CENTRE, ui);
      const { handle, value } = plot.track;
      draggable(ui, handle, plot.drawing, (x) => ({ b: wholeDegrees(value(x)) }), true);
    },
    draw(state) {
      const { a, b, gamma, skew, kappa } = state;
      const pair = skewedPair(a, gamma, skew, kappa);
      const [highest, lowest] = extremes((setting) => pair(setting).alice);
      const largest = highest - lowest;
      const signals = largest > SILENT;
      const { alice, bob, given } = pair(b);
      clock.draw(state);
      plot.draw(state, pair, highest, lowest);
      weight.draw(state);
      return {
        outputs: {
          signals: [Number(signals), signals ? "signals" : "is silent"],
          largest: [largest, signals ? chance(largest, 4) : "0"],
          plus: [alice, chance(alice, 4)],
          bob: [bob, chance(bob, 4)],
          given: [given, chance(given, 4)],
        },
        summary:
          `Alice at ${degrees(a)}, Bob at ${degrees(b)}, anomaly width ${fixed(gamma, 2)} rad, skew ${fixed(skew, 2)}, ` +
          `preparation ${kappa ? `preferring 0° with concentration ${fixed(kappa, 2)}` : "uniform"}: Alice’s P(+) is ${chance(alice, 3)}, Bob’s ${chance(bob, 3)}. ` +
          (signals
            ? `Bob’s setting moves Alice’s P(+) by up to ${chance(largest, 3)}.`
            : "Bob’s setting does not move Alice’s P(+)."),
      };
    },
  });
}
