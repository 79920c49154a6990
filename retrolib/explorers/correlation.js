import { TAU, TSIRELSON_BOUND, CRITICAL_GAMMA, correlation, sawtooth, chshMaximum } from "./model.js";
import {
  svg,
  put,
  fixed,
  chance,
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
import { gridLines, ticks, degreeTicks, makeTrack } from "./axes.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const PLOT = { left: 50, right: 382, top: 28, bottom: 228 };
const REACH = { left: 48, right: 276, top: 28, bottom: 228 };
const across = scale([0, TAU], [PLOT.left, PLOT.right]);
const up = scale([-1, 1], [PLOT.bottom, PLOT.top]);
const wide = scale([0, 2], [REACH.left, REACH.right]);
const tall = scale([0, 3], [REACH.bottom, REACH.top]);

/** @type {(S: number) => boolean} */
const beatsLocal = (S) => S > 2 + 1e-12;
/** @type {(E: (theta: number) => number) => string} */
const curve = (E) =>
  `M${Array.from({ length: 91 }, (_, i) => `${across(i * 4 * DEGREE)} ${up(E(i * 4 * DEGREE))}`).join("L")}`;

function correlations() {
  const drawing = panel("angle", 404, 328);
  const model = path("trace model");
  const marker = line(0, PLOT.top, 0, PLOT.bottom, "axis");
  const marks = [
    rect(0, 0, 9, 9, "mark hollow both"),
    circle(0, 0, 7, "mark hollow quantum"),
    circle(0, 0, 4.5, "mark model"),
  ];
  const track = makeTrack(PLOT, [0, TAU], { across: 10, above: 0, below: 20 });
  drawing.append(
    ...gridLines(PLOT, up, [
      [-1, "−1"],
      [-0.5, "−0.5"],
      [0, "0", "grid strong"],
      [0.5, "0.5"],
      [1, "1"],
    ]),
    ...degreeTicks(PLOT.bottom, across, [0, 90, 180, 270, 360], 23),
    text(4, 16, "correlation E", "small"),
    text((PLOT.left + PLOT.right) / 2, 274, "angle between the settings, θ = a − b", "small middle"),
    path("trace slim both", curve(sawtooth)),
    model,
    path(
      "trace dashed quantum",
      curve((theta) => correlation(theta, 0, 0)),
    ),
    marker,
    ...marks,
    track.handle,
    ...legend(8, 300, "trace model", "the model"),
    ...legend(150, 300, "trace dashed quantum", "the singlet"),
    ...legend(8, 322, "trace slim both", "a local model: sawtooth"),
  );
  return {
    drawing,
    track,
    /** @type {(state: State, E: number, singlet: number, local: number) => void} */
    draw({ theta, gamma }, E, singlet, local) {
      const x = across(theta);
      put(model, { d: curve((angle) => correlation(angle, 0, gamma)) });
      put(marker, { x1: x, x2: x });
      put(marks[0], { x: x - 4.5, y: up(local) - 4.5 });
      put(marks[1], { cx: x, cy: up(singlet) });
      put(marks[2], { cx: x, cy: up(E) });
    },
  };
}

function reach() {
  const drawing = panel("reach", 290, 328);
  const drops = [line(REACH.left, 0, 0, 0, "drop model"), line(0, 0, 0, REACH.bottom, "drop model")];
  const mark = circle(0, 0, 5.5, "mark model");
  const value = text(286, 16, "", "label strong end");
  const verdict = text(162, 311, "", "label middle");
  const track = makeTrack(REACH, [0, 2], { across: 10, above: 0, below: 20 });
  /** @type {(low: number, high: number, name: string) => SVGElement} */
  const zone = (low, high, name) =>
    rect(REACH.left, tall(high), REACH.right - REACH.left, tall(low) - tall(high), `zone ${name}`);
  const points = Array.from({ length: 81 }, (_, i) => `${wide(i / 40)} ${tall(chshMaximum(i / 40))}`);
  drawing.append(
    zone(0, 2, "local"),
    zone(2, TSIRELSON_BOUND, "quantum"),
    zone(TSIRELSON_BOUND, 3, "beyond"),
    text(REACH.right - 8, tall(1.3), "local", "small end"),
    text(REACH.right - 8, tall(2.35), "quantum", "small end"),
    ...gridLines(REACH, tall, [
      [0, "0"],
      [1, "1"],
      [2, "2", "axis"],
      [TSIRELSON_BOUND, "2√2", "axis"],
    ]),
    ...ticks(REACH.bottom, wide, [
      [0, "0"],
      [1, "1"],
      [2, "2"],
    ]),
    line(wide(CRITICAL_GAMMA), tall(2), wide(CRITICAL_GAMMA), REACH.bottom + 5, "expected dashed"),
    svg(
      "text",
      { x: wide(CRITICAL_GAMMA), y: REACH.bottom + 20, class: "small middle" },
      "γ",
      svg("tspan", { dy: 3, "font-size": "10" }, "c"),
    ),
    text(4, 16, "S, standard settings", "small"),
    value,
    text((REACH.left + REACH.right) / 2, 272, "anomaly width γ (rad)", "small middle"),
    path("trace model", `M${points.join("L")}`),
    ...drops,
    mark,
    track.handle,
    verdict,
  );
  return {
    drawing,
    track,
    /** @type {(state: State, S: number) => void} */
    draw({ gamma }, S) {
      const [cx, cy] = [wide(gamma), tall(S)];
      put(drops[0], { x2: cx, y1: cy, y2: cy });
      put(drops[1], { x1: cx, x2: cx, y1: cy });
      put(mark, { cx, cy });
      value.textContent = `S = ${fixed(S, 3)}`;
      verdict.textContent = beatsLocal(S) ? "more than any local model" : "a local model can do this";
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const plot = correlations();
  const scaleOfS = reach();
  return mount(context, {
    question: "How close to quantum?",
    hint: "drag along the plot",
    note:
      "Exact: all three curves and S. The sawtooth is one local model among many: a hidden direction, uniform on the circle, and for each setting the sign of its " +
      "component; it reaches the local bound, S = 2. From γ = ½ ln(1 + √2) ≈ " +
      `${fixed(CRITICAL_GAMMA, 3)} on, some local model gives the model’s whole curve.`,
    stage: [plot.drawing],
    readouts: [
      ["correlation", symbol("E"), ": the model "],
      ["singlet", "singlet "],
      ["sawtooth", "sawtooth "],
    ],
    drawn: [["S", symbol("S"), " "]],
    controls: (ui) => [settingSlider(ui, "theta", "angle between the settings", "θ"), gammaSlider(ui)],
    more: {
      stage: [scaleOfS.drawing],
      readouts: [["visibility", "visibility sech 2", symbol("γ"), " "]],
      controls: (ui) => [
        buttons(
          ui.button("born", "Born limit, γ = 0", () => ({ gamma: 0 })),
          ui.button("critical", `S = 2, γ = ${fixed(CRITICAL_GAMMA, 3)}`, () => ({ gamma: CRITICAL_GAMMA })),
        ),
      ],
    },
    connect(ui) {
      /** @type {(part: typeof plot | typeof scaleOfS, change: (value: number) => State) => void} */
      const along = ({ track, drawing }, change) =>
        draggable(ui, track.handle, drawing, (x) => change(track.value(x)), true);
      along(plot, (theta) => ({ theta: wholeDegrees(theta) }));
      along(scaleOfS, (gamma) => ({ gamma: Math.round(100 * gamma) / 100 }));
    },
    draw(state) {
      const { theta, gamma } = state;
      const E = correlation(theta, 0, gamma);
      const singlet = correlation(theta, 0, 0);
      const local = sawtooth(theta);
      const S = chshMaximum(gamma);
      const visibility = -correlation(0, 0, gamma);
      plot.draw(state, E, singlet, local);
      scaleOfS.draw(state, S);
      return {
        outputs: {
          correlation: [E, fixed(E, 4)],
          singlet: [singlet, fixed(singlet, 4)],
          sawtooth: [local, fixed(local, 4)],
          S: [S, fixed(S, 4)],
          visibility: [visibility, chance(visibility, 4)],
        },
        summary:
          `Settings ${degrees(theta)} apart, anomaly width ${fixed(gamma, 2)} rad: the correlation is ${fixed(E, 3)}, ` +
          `the singlet’s ${fixed(singlet, 3)}, the sawtooth’s ${fixed(local, 3)}. At the standard settings S is ${fixed(S, 3)}, ` +
          `${beatsLocal(S) ? "more than any local model reaches" : "which a local model can reach"}.`,
      };
    },
  });
}
