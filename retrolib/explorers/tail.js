import { TSIRELSON_BOUND, tailCorrelation, tailLimit } from "./model.js";
import {
  put,
  fixed,
  tenToMinus,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  legend,
  draggable,
  DEGREE,
} from "./drawing.js";
import { gridLines, ticks, degreeTicks, makeScale, makeTrack, points } from "./axes.js";
import { mount, symbol, buttons } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const SIXTY = Math.PI / 3;
const PLOT = { left: 50, right: 382, top: 28, bottom: 228 };
const across = scale([0, Math.PI], [PLOT.left, PLOT.right]);
const up = scale([-1, 1], [PLOT.bottom, PLOT.top]);
// Closer together near 0, where a narrow weight has a steep curve; beyond 90° E changes its sign.
const ANGLES = Array.from({ length: 37 }, (_, i) => (Math.PI / 2) * (i / 36) ** 2);
const DECADES = { left: 48, right: 336, top: 28, bottom: 168 };
const wide = scale([-24, 0], [DECADES.left, DECADES.right]);
const tall = scale([0, 1], [DECADES.bottom, DECADES.top]);
const along = scale([0, 4], [12, 338]);
const SCALE = { top: 258, bottom: 282 };
/** @type {Record<string, string>} */
const FACTORS = { power: "none", logarithm: "1 + ln r", periodic: "1 + 0.3 sin(2 ln r)" };

/** @type {(log: number) => string} */
function width(log) {
  const decade = Math.floor(log + 1e-9);
  const mantissa = fixed(10 ** (log - decade), 1);
  return decade ? `${mantissa}·${tenToMinus(String(-decade))}` : mantissa;
}

function correlations() {
  const drawing = panel("angle", 404, 328);
  const model = path("trace model");
  const marks = [
    rect(0, 0, 10, 10, "mark hollow both"),
    circle(across(SIXTY), up(0.5), 7, "mark hollow quantum"),
    circle(across(SIXTY), 0, 4.5, "mark model"),
  ];
  const cosine = Array.from({ length: 61 }, (_, i) => 3 * i * DEGREE);
  drawing.append(
    ...gridLines(PLOT, up, [
      [-1, "−1"],
      [-0.5, "−0.5"],
      [0, "0", "grid strong"],
      [0.5, "0.5"],
      [1, "1"],
    ]),
    ...degreeTicks(PLOT.bottom, across, [0, 60, 120, 180], 23),
    text(4, 16, "mean outcome E = P(+) − P(−)", "small"),
    text((PLOT.left + PLOT.right) / 2, 274, "angle of the second magnet, θ", "small middle"),
    line(across(SIXTY), PLOT.top, across(SIXTY), PLOT.bottom, "axis"),
    model,
    path("trace dashed quantum", `M${points(cosine, across, up, Math.cos)}`),
    ...marks,
    ...legend(8, 300, "trace model", "one particle"),
    ...legend(160, 300, "trace dashed quantum", "Born’s rule, cos θ"),
    rect(15, 313, 10, 10, "mark hollow both"),
    text(38, 322, "limit at 60° of the power alone", "small"),
  );
  return {
    drawing,
    /** @type {(state: State, sixty: number, limit: number) => void} */
    draw({ p, log_gamma, tail }, sixty, limit) {
      const half = ANGLES.map((angle) => [angle, tailCorrelation(angle, 10 ** log_gamma, p, tail)]);
      const whole = [...half, ...half.map(([angle, E]) => [Math.PI - angle, -E]).reverse()];
      put(model, { d: `M${whole.map(([angle, E]) => `${across(angle)} ${up(E)}`).join("L")}` });
      put(marks[0], { x: across(SIXTY) - 5, y: up(limit) - 5 });
      put(marks[2], { cy: up(sixty) });
    },
  };
}

function decades() {
  const drawing = panel("decades", 350, 328);
  const curve = path("trace model");
  const aim = line(DECADES.left, 0, DECADES.right, 0, "expected dashed");
  const marker = line(0, DECADES.top, 0, DECADES.bottom, "axis");
  const mark = circle(0, 0, 5.5, "mark model");
  const track = makeTrack(DECADES, [-24, 0], { across: 10, above: 0, below: 20 });
  const score = text(0, 243, "", "label strong middle");
  const pointer = path("pointer", "M-7 -10H7L0 0Z");
  const verdict = text(175, 322, "", "label middle");
  const { zone, bound } = makeScale(along, SCALE);
  drawing.append(
    ...gridLines(DECADES, tall, [
      [0, "0"],
      [0.5, "0.5", "born"],
      [1, "1"],
    ]),
    ...ticks(
      DECADES.bottom,
      wide,
      [24, 18, 12, 6, 0].map((digits) => [-digits, digits ? tenToMinus(String(digits)) : "1"]),
    ),
    text(4, 16, "E at 60°, dashed: limit of the power alone", "small"),
    text((DECADES.left + DECADES.right) / 2, 206, "width γ (rad)", "small middle"),
    aim,
    curve,
    marker,
    mark,
    track.handle,
    text(4, 225, "S of a pair of which one leg turns", "small"),
    ...zone(0, 2, "local"),
    ...zone(2, TSIRELSON_BOUND, "quantum"),
    ...zone(TSIRELSON_BOUND, 4, "beyond"),
    ...bound(0, "0"),
    ...bound(2, "2"),
    ...bound(TSIRELSON_BOUND, "2√2"),
    ...bound(4, "4"),
    pointer,
    score,
    verdict,
  );
  let drawn = "";
  return {
    drawing,
    track,
    /** @type {(state: State, sixty: number, limit: number, S: number) => void} */
    draw({ p, log_gamma, tail }, sixty, limit, S) {
      if (drawn !== `${p} ${tail}`) {
        drawn = `${p} ${tail}`;
        const steps = tail === "periodic" ? 200 : 60;
        const logs = Array.from({ length: steps + 1 }, (_, i) => (-24 * i) / steps);
        put(curve, {
          d: `M${points(logs, wide, tall, (log) => tailCorrelation(SIXTY, 10 ** log, p, tail))}`,
        });
      }
      put(aim, { y1: tall(limit), y2: tall(limit) });
      put(marker, { x1: wide(log_gamma), x2: wide(log_gamma) });
      put(mark, { cx: wide(log_gamma), cy: tall(sixty) });
      put(pointer, { transform: `translate(${along(S)} ${SCALE.top})` });
      score.textContent = `S = ${fixed(S, 3)}`;
      put(score, { x: Math.min(Math.max(along(S), 50), 300) });
      verdict.textContent = zoneOf(S);
    },
  };
}

/** Where an S lies, up to rounding. @type {(S: number) => string} */
const zoneOf = (S) =>
  S <= 2 ? "at most 2" : S <= TSIRELSON_BOUND + 1e-12 ? "above 2, within 2√2" : "beyond 2√2";

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const plot = correlations();
  const shrinking = decades();
  return mount(context, {
    question: "Which tail makes a cosine?",
    hint: "move a slider",
    note:
      "Exact: one particle’s E for the weight r⁻ᵖ with r² = 1 + α²/γ², times the factor chosen, summed over all turns. At p = 2 without a factor it is the paper’s. " +
      "S = 4 E(45°) is exact, at the standard settings and with a uniform source, for a pair of which only one leg turns; two equal legs have it in the limit γ → 0, where there is one.",
    stage: [plot.drawing],
    readouts: [
      ["sixty", symbol("E"), " at 60° "],
      ["limit", "limit of the power alone, 1 − 2¹⁻ᵖ = "],
    ],
    drawn: [["S", symbol("S"), " "]],
    controls: (ui) => [
      ui.slider("p", [symbol("p"), ", exponent"], (value) => fixed(value, 2)),
      ui.slider("log_gamma", [symbol("γ"), ", anomaly width"], (value) => `${width(value)} rad`),
    ],
    more: {
      stage: [shrinking.drawing],
      controls: (ui) => [
        buttons(
          ui.choice("tail", "factor beside the power", Object.entries(FACTORS)),
          ui.button("paper", "The paper’s weight", () => ({ p: 2, tail: "power" })),
          ui.button("narrow", "Narrowest", () => ({ log_gamma: -24 })),
        ),
      ],
    },
    connect(ui) {
      const { track, drawing } = shrinking;
      /** @type {(x: number) => State} */
      const place = (x) => ({ log_gamma: Math.round(10 * track.value(x)) / 10 });
      draggable(ui, track.handle, drawing, place, true);
    },
    draw(state) {
      const { p, log_gamma, tail } = state;
      const sixty = tailCorrelation(SIXTY, 10 ** log_gamma, p, tail);
      const limit = tailLimit(p);
      const S = 4 * tailCorrelation(Math.PI / 4, 10 ** log_gamma, p, tail);
      plot.draw(state, sixty, limit);
      shrinking.draw(state, sixty, limit, S);
      return {
        outputs: {
          sixty: [sixty, fixed(sixty, 4)],
          limit: [limit, fixed(limit, 4)],
          S: [S, fixed(S, 4)],
        },
        summary:
          `Exponent ${fixed(p, 2)}, anomaly width ${width(log_gamma)} rad, factor ${FACTORS[tail]}: at 60° E is ${fixed(sixty, 3)}, ` +
          `where Born’s rule has 0.500; the limit of the power alone is ${fixed(limit, 3)}. S is ${fixed(S, 3)}, ${zoneOf(S)}.`,
      };
    },
  });
}
