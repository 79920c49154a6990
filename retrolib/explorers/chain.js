import { TSIRELSON_BOUND, CRITICAL_GAMMA, chainVisibility } from "./model.js";
import { put, fixed, chance, scale, line, path, text, circle, rect, panel, draggable } from "./drawing.js";
import { gridLines, ticks, makeTrack } from "./axes.js";
import { mount, symbol, buttons, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const MOST = 12;
const NUMBERS = Array.from({ length: MOST }, (_, i) => i + 1);
const PLOT = { left: 44, right: 426, top: 96, bottom: 270 };
const across = scale([0.5, MOST + 0.5], [PLOT.left, PLOT.right]);
const up = scale([0, 3], [PLOT.bottom, PLOT.top]);
const ROW = { left: 26, right: 414, y: 30 };

/** @type {(S: number) => boolean} */
const beatsLocal = (S) => S > 2 + 1e-12;
/** @type {(gamma: number, n: number) => number} */
const ofWerner = (gamma, n) => chainVisibility(gamma, 1) ** n;

// The row of pairs: a line from spin to spin of each, a dot for its source, a frame for each joint measurement.
/** @type {(n: number) => { lines: string, dots: string, frames: string }} */
function row(n) {
  const step = (ROW.right - ROW.left) / (2 * n - 1);
  const { left, y } = ROW;
  /** @type {(x: number, r: number) => string} */
  const disc = (x, r) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
  const starts = NUMBERS.slice(0, n).map((i) => left + 2 * (i - 1) * step);
  const half = 0.5 * step + 6;
  return {
    lines: starts.map((x) => `M${x} ${y}h${step}`).join(""),
    dots: starts.flatMap((x) => [disc(x, 4), disc(x + step, 4)]).join(""),
    frames: starts
      .slice(1)
      .map((x) => `M${x - step / 2 - half} ${y - 10}h${2 * half}v20h${-2 * half}z`)
      .join(""),
  };
}

function reach() {
  const drawing = panel("odds", 508, 340);
  const lines = path("trace slim unseen");
  const dots = path("pointer");
  const frames = path("other");
  const words = text(220, 66, "", "small middle");
  const marker = line(0, PLOT.top, 0, PLOT.bottom, "axis");
  const marks = NUMBERS.map((n) => ({
    n,
    werner: circle(across(n), 0, 6, "mark hollow quantum"),
    model: circle(across(n), 0, 3.5, "mark model"),
  }));
  const track = makeTrack(PLOT, [0.5, MOST + 0.5], { across: 6, above: 0, below: 20 });
  /** @type {(low: number, high: number, name: string) => SVGElement} */
  const zone = (low, high, name) =>
    rect(PLOT.left, up(high), PLOT.right - PLOT.left, up(low) - up(high), `zone ${name}`);
  drawing.append(
    lines,
    frames,
    dots,
    words,
    zone(0, 2, "local"),
    zone(2, TSIRELSON_BOUND, "quantum"),
    zone(TSIRELSON_BOUND, 3, "beyond"),
    ...gridLines(PLOT, up, [
      [0, "0"],
      [1, "1"],
      [2, "2", "axis"],
      [TSIRELSON_BOUND, "2√2", "axis"],
    ]),
    ...ticks(
      PLOT.bottom,
      across,
      NUMBERS.map((n) => [n, String(n)]),
    ),
    text(4, 86, "S at the ends, best settings", "small"),
    text(PLOT.right + 8, up(1) + 4, "local", "small"),
    text(PLOT.right + 8, up(2.4) + 4, "quantum", "small"),
    text((PLOT.left + PLOT.right) / 2, 309, "number of pairs n", "small middle"),
    circle(128, 330, 3.5, "mark model"),
    text(138, 335, "the model", "small"),
    circle(248, 330, 6, "mark hollow quantum"),
    text(260, 335, "Werner pairs", "small"),
    marker,
    ...marks.flatMap(({ werner, model }) => [werner, model]),
    track.handle,
  );
  return {
    drawing,
    track,
    /** @param {State} state */
    draw({ links, gamma }) {
      const { lines: d, dots: spins, frames: joints } = row(links);
      put(lines, { d });
      put(dots, { d: spins });
      put(frames, { d: joints });
      words.textContent =
        links > 1
          ? `${2 * links} spins, ${links - 1} joint measurement${links > 2 ? "s" : ""} (dashed)`
          : "one pair, nothing joined";
      put(marker, { x1: across(links), x2: across(links) });
      for (const { n, werner, model } of marks) {
        put(werner, { cy: up(TSIRELSON_BOUND * ofWerner(gamma, n)) });
        put(model, { cy: up(TSIRELSON_BOUND * chainVisibility(gamma, n)) });
      }
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const plot = reach();
  return mount(context, {
    question: "How far does a chain of pairs reach?",
    hint: "drag along the plot",
    note:
      "Exact: filled marks are the model, S = 2√2 sech 2nγ, every joint outcome given; hollow marks are what quantum theory makes of n Werner " +
      "pairs, each as visible as one pair of the model, 2√2 (sech 2γ)ⁿ. The zones say what local models and quantum states can reach.",
    stage: [plot.drawing],
    readouts: [
      ["S", symbol("S"), ": the model "],
      ["wernerS", "Werner pairs "],
    ],
    controls: (ui) => [ui.slider("links", [symbol("n"), ", pairs"], String), gammaSlider(ui)],
    more: {
      readouts: [
        ["visibility", "visibility 1/", symbol("T"), "ₙ(1/", symbol("V"), "₁) "],
        ["werner", "Werner pairs ", symbol("V"), "₁ⁿ "],
      ],
      controls: (ui) => [
        buttons(
          ui.button("critical", "S = 2 for this chain", ({ links }) => ({ gamma: CRITICAL_GAMMA / links })),
        ),
      ],
    },
    connect: (ui) =>
      draggable(
        ui,
        plot.track.handle,
        plot.drawing,
        (x) => ({ links: Math.round(plot.track.value(x)) }),
        true,
      ),
    draw(state) {
      const { links, gamma } = state;
      const visibility = chainVisibility(gamma, links);
      const werner = ofWerner(gamma, links);
      const S = TSIRELSON_BOUND * visibility;
      const wernerS = TSIRELSON_BOUND * werner;
      plot.draw(state);
      return {
        outputs: {
          S: [S, fixed(S, 3)],
          wernerS: [wernerS, fixed(wernerS, 3)],
          visibility: [visibility, chance(visibility, 4)],
          werner: [werner, chance(werner, 4)],
        },
        summary:
          `${links} pair${links > 1 ? "s" : ""}, anomaly width ${fixed(gamma, 2)} rad: S at the ends is ${fixed(S, 3)}, ` +
          `${beatsLocal(S) ? "above" : "not above"} the local bound 2; of Werner pairs it would be ${fixed(wernerS, 3)}.`,
      };
    },
  });
}
