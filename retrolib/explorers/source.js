import {
  TSIRELSON_BOUND,
  STANDARD_SETTINGS,
  admitted,
  bestSettings,
  chshMaximum,
  chshValue,
  sourceCorrelations,
  sourceDensity,
  sourceShares,
  sourceSignal,
  sourceWeight,
} from "./model.js";
import {
  put,
  fixed,
  degrees,
  polar,
  bearing,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  draggable,
  DEGREE,
} from "./drawing.js";
import { face, makeHands } from "./dial.js";
import { makeScale } from "./axes.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */
/** @typedef {import("./model.js").Source} Source */

const CENTRE = { x: 145, y: 134, r: 122 };
const REACH = CENTRE.r - 14; // Of a spoke that has all.
const AXES = [1, 2, 3, 4, 5, 6];
const WAVES = [2, 4, 6];
const INDICES = ["₁", "₂", "₃", "₄", "₅", "₆"];
// Each term of S: its name, its sign, its settings as they are numbered in STANDARD_SETTINGS.
const TERMS = ["11", "12", "21", "22"].map((term) => {
  const [i, k] = [...term].map(Number);
  return {
    name: `E${term}`,
    pair: `a${i}b${k}`,
    sign: term === "22" ? -1 : 1,
    of: [i - 1, k + 1],
    letters: [`a${INDICES[i - 1]}`, `b${INDICES[k - 1]}`],
  };
});
// Where S stands; what is smaller than the scale stands at its end.
const LOW = 1.8;
const HIGH = 3.6;
const inRange = scale([LOW, HIGH], [8, 392]);
const along = (/** @type {number} */ S) => inRange(Math.max(LOW, S));
const from = scale([-1, 1], [106, 246]);
const SCALE = { top: 158, bottom: 182 };

/** @type {(state: State) => Source} */
function sourceOf(state) {
  const [lean, ...waves] = admitted([state.lean, ...WAVES.map((k) => state[`c${k}`])]);
  /** @type {[number, number][]} */
  const axes = AXES.map((i) => [state[`m${i}`], state[`p${i}`]]);
  const { turn, kind } = state;
  const smooth = kind === "waves" || axes.every(([, share]) => share === 0);
  return smooth ? { axes: [], waves, turn, lean } : { axes, waves, turn, lean: state.lean };
}

/** The four correlations, as in TERMS. @type {(settings: number[], gamma: number, source: Source) => number[]} */
const four = (settings, gamma, source) =>
  sourceCorrelations(settings.slice(0, 2), settings.slice(2), gamma, source).flat();

function dial() {
  const drawing = panel("dial", 290, 310);
  const outline = path("other");
  const law = path("law unseen");
  const axes = AXES.map(() => ({
    whole: line(0, 0, 0, 0, "grid strong"),
    spoke: line(0, 0, 0, 0, "spoke unseen"),
    ends: [0, Math.PI].map(() => circle(0, 0, 6, "mark unseen")),
    shares: [0, Math.PI].map(() => circle(0, 0, 4, "mark hollow unseen")),
  }));
  const hands = makeHands(
    CENTRE,
    [
      { trait: "a", label: "", side: "alice", r: 92 },
      { trait: "b", label: "", side: "bob", r: 58, second: true },
    ],
    11.5,
    4,
  );
  const letters = hands.parts.filter((part) => part.localName === "text");
  const handle = circle(CENTRE.x, CENTRE.y, CENTRE.r + 12, "handle");
  const words = text(44, 303, "", "small");
  drawing.append(
    ...face(CENTRE, 4),
    outline,
    law,
    ...axes.map(({ whole }) => whole),
    ...axes.map(({ spoke }) => spoke),
    ...axes.flatMap(({ ends, shares }) => [...ends, ...shares]),
    ...hands.parts,
    handle,
    line(10, 277, 34, 277, "spoke unseen"),
    text(44, 281, "share of λ, given the two settings", "small"),
    words,
  );
  const keys = [circle(22, 299, 4, "mark hollow unseen"), line(10, 299, 34, 299, "other")];
  drawing.append(...keys);
  return {
    drawing,
    handle,
    /** @type {(source: Source, gamma: number, settings: number[], term: typeof TERMS[number]) => void} */
    draw(source, gamma, settings, { of: [i, k], letters: names }) {
      const [a, b] = [settings[i], settings[k]];
      hands.draw({ a, b });
      letters.forEach((letter, n) => (letter.textContent = names[n]));
      const smooth = !source.axes.length;
      const total = source.axes.reduce((sum, [, share]) => sum + share, 0);
      const shares = sourceShares(a, b, gamma, source);
      axes.forEach(({ whole, spoke, ends, shares: marks }, n) => {
        const [center, share] = source.axes[n] ?? [0, 0];
        const angle = center + source.turn;
        const visibility = share > 0 ? "visible" : "hidden";
        /** @type {(part: SVGElement, r: number) => void} */
        const across = (part, r) => {
          const [[x1, y1], [x2, y2]] = [0, Math.PI].map((end) => polar(CENTRE, angle + end, r));
          put(part, { x1, y1, x2, y2, visibility });
        };
        across(whole, CENTRE.r);
        across(spoke, share > 0 ? REACH * shares[n] : 0);
        [0, Math.PI].forEach((end, m) => {
          const mass = (1 + source.lean * Math.cos(center + end)) / 2;
          const [cx, cy] = polar(CENTRE, angle + end, CENTRE.r);
          put(ends[m], { cx, cy, r: 2 + 6 * mass, visibility });
          const [x, y] = polar(CENTRE, angle + end, (REACH * share) / (total || 1));
          put(marks[m], { cx: x, cy: y, visibility });
        });
      });
      put(outline, { d: smooth ? polygon((lam) => 0.5 * CENTRE.r * sourceWeight(lam, source)) : "" });
      // Heights compressed, so that the sharpest peak has room.
      const rho = (/** @type {number} */ lam) => Math.PI * sourceDensity(lam, a, b, gamma, source);
      const compressed = (/** @type {number} */ lam) => (CENTRE.r * rho(lam)) / (1 + rho(lam));
      put(law, { d: smooth ? polygon(compressed, [a, b], gamma) : "" });
      keys.forEach((key, n) => put(key, { visibility: smooth === n > 0 ? "visible" : "hidden" }));
      words.textContent = smooth ? "weight μ at the source" : "share at the source";
    },
  };
}

/**
 * A curve round the dial, with more points near its peaks.
 * @type {(r: (angle: number) => number, peaks?: number[], width?: number) => string}
 */
function polygon(r, peaks = [], width = 1) {
  const near = [0, 0.5, 1, 2, 4, 8].flatMap((n) => [n * width, -n * width]);
  const close = peaks.flatMap((peak) => near.flatMap((x) => [peak + x, peak + x + Math.PI]));
  const angles = [...Array.from({ length: 120 }, (_, i) => 3 * i * DEGREE), ...close];
  return `M${angles
    .map((angle) => (angle + 20 * Math.PI) % (2 * Math.PI))
    .sort((x, y) => x - y)
    .map((angle) => polar(CENTRE, angle, r(angle)).join(" "))
    .join("L")}Z`;
}

function sums() {
  const drawing = panel("sums", 400, 290);
  const title = text(4, 17, "", "small");
  const rows = TERMS.map(({ sign, letters }, i) => {
    const y = 36 + 25 * i;
    const row = {
      bar: rect(0, y - 6, 0, 12, "bar quantum"),
      value: text(262, y + 4.5, "", "label"),
    };
    drawing.append(
      text(20, y + 4.5, sign > 0 ? "+" : "−", "label middle"),
      text(30, y + 4.5, `E(${letters.join(", ")})`, "label symbol"),
      rect(106, y - 8, 140, 16, "well"),
      row.bar,
      line(from(0), y - 11, from(0), y + 11, "axis"),
      row.value,
    );
    return row;
  });
  const { zone, bound } = makeScale(along, SCALE);
  const standard = path("pointer", "M-7 -12H7L0 0Z");
  const most = path("pointer hollow", "M-7 -12H7L0 0Z");
  const paper = line(0, SCALE.top - 3, 0, SCALE.bottom + 3, "born");
  const verdicts = [226, 246, 266, 286].map((y) => text(26, y, "", "label"));
  const keys = [
    path("pointer", "M5 216H19L12 228Z"),
    path("pointer hollow", "M5 236H19L12 248Z"),
    line(12, 253, 12, 269, "born"),
  ];
  drawing.append(
    title,
    ...zone(LOW, 2, "local"),
    ...zone(2, TSIRELSON_BOUND, "quantum", "quantum"),
    ...zone(TSIRELSON_BOUND, HIGH, "beyond", "no-signaling"),
    ...bound(2, "2"),
    ...bound(TSIRELSON_BOUND, "2√2"),
    ...bound(2 + Math.SQRT2, "2 + √2", SCALE.bottom),
    paper,
    most,
    standard,
    ...keys,
    ...verdicts,
  );
  return {
    drawing,
    /** @type {(state: State, E: number[], S: number, best: number, uniform: number, signal: string) => void} */
    draw({ at }, E, S, best, uniform, signal) {
      title.textContent = `correlations at the ${at} settings`;
      TERMS.forEach((_, i) => {
        const { bar, value } = rows[i];
        const x = Math.min(from(E[i]), from(0));
        put(bar, { x, width: Math.abs(from(E[i]) - from(0)) });
        value.textContent = (E[i] < 0 ? "" : "+") + fixed(E[i], 3);
      });
      put(standard, { transform: `translate(${along(S)} ${SCALE.top - 5})` });
      put(most, { transform: `translate(${along(best)} ${SCALE.top - 5})` });
      put(paper, { x1: along(uniform), x2: along(uniform) });
      [
        `${fixed(S, 4)} at the standard settings`,
        `${fixed(best, 4)} at the best settings`,
        `${fixed(uniform, 4)} at most, if no direction is preferred`,
        signal,
      ].forEach((words, i) => {
        verdicts[i].textContent = words;
      });
    },
  };
}

const hundredths = (/** @type {number} */ value) => fixed(value, 2);

/** @type {(term: typeof TERMS[number]) => [string, ...(string | Node)[]]} */
const readout = ({ name, letters }) => [name, symbol("E"), `(${letters.join(", ")}) `];

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = dial();
  const results = sums();
  let held = 0;
  return mount(context, {
    question: "How far does S go with this source?",
    hint: "drag an axis",
    note:
      "Exact: the correlations, with the weight of eq. 1. A search finds the best settings, the largest signal is on " +
      "a grid of 3° and the axes. Stylised: the heights of a smooth ρ.",
    stage: [clock.drawing, results.drawing],
    drawn: [
      ...TERMS.map(readout),
      ["standard", symbol("S"), " at the standard settings "],
      ["best", symbol("S"), " at the best settings "],
      ["uniform", "at most, if no direction is preferred "],
      ["signal", "largest signal "],
    ],
    controls: (ui) => [settingSlider(ui, "turn", "the whole source turned", "τ"), gammaSlider(ui)],
    more: {
      readouts: [
        ["a1", "best settings ", symbol("a"), "₁ "],
        ["a2", symbol("a"), "₂ "],
        ["b1", symbol("b"), "₁ "],
        ["b2", symbol("b"), "₂ "],
      ],
      controls: (ui) => [
        buttons(
          ui.choice("kind", "source", [
            ["axes", "axes"],
            ["waves", "smooth"],
          ]),
          ui.choice("at", "settings shown", [
            ["standard", "standard"],
            ["best", "best"],
          ]),
          ui.choice(
            "pair",
            "on the dial",
            TERMS.map(({ pair, letters }) => [pair, letters.join(", ")]),
          ),
        ),
        ...AXES.flatMap((i) => [
          settingSlider(ui, `m${i}`, "axis", "m", INDICES[i - 1]),
          ui.slider(`p${i}`, [symbol("p"), `${INDICES[i - 1]}, its share`], hundredths),
        ]),
        ...WAVES.map((k) => ui.slider(`c${k}`, [symbol("c"), `${INDICES[k - 1]}, of cos ${k}λ`], hundredths)),
        ui.slider("lean", [symbol("ε"), ", lean to one end"], hundredths),
        buttons(
          ui.button("no", "No direction preferred", () => ({ kind: "waves", c2: 0, c4: 0, c6: 0, lean: 0 })),
        ),
      ],
    },
    connect(ui) {
      draggable(
        ui,
        clock.handle,
        clock.drawing,
        (x, y, kind) => {
          const state = ui.read();
          const angle = bearing(x, y, CENTRE);
          const source = sourceOf(state);
          if (!source.axes.length) return { turn: angle % Math.PI };
          if (kind === "pointerdown") {
            const far = source.axes.map(([center, share]) =>
              share > 0 ? Math.abs(Math.sin(angle - center - source.turn)) : 2,
            );
            held = far.indexOf(Math.min(...far)) + 1;
          }
          return { [`m${held}`]: (Math.round((angle - state.turn) / DEGREE + 360) % 180) * DEGREE };
        },
        true,
      );
    },
    draw(state) {
      const { gamma, at, pair } = state;
      const source = sourceOf(state);
      const [best, ...settings] = bestSettings(gamma, source);
      const standard = four(STANDARD_SETTINGS, gamma, source);
      const S = chshValue(standard[0], standard[1], standard[2], standard[3]);
      const shown = at === "best" ? settings : STANDARD_SETTINGS;
      const E = four(shown, gamma, source);
      const uniform = chshMaximum(gamma);
      const signal = sourceSignal(gamma, source);
      const term = TERMS.find((one) => one.pair === pair) ?? TERMS[0];
      clock.draw(source, gamma, shown, term);
      const signals = signal > 1e-9;
      const words = signals ? `the largest signal is ${fixed(signal, 3)}` : "nobody can signal";
      results.draw(state, E, S, best, uniform, words);
      return {
        outputs: {
          ...Object.fromEntries(TERMS.map(({ name }, i) => [name, [E[i], fixed(E[i], 4)]])),
          standard: [S, fixed(S, 4)],
          best: [best, fixed(best, 4)],
          uniform: [uniform, fixed(uniform, 4)],
          signal: [signal, signals ? fixed(signal, 3) : "0"],
          ...Object.fromEntries(
            ["a1", "a2", "b1", "b2"].map((name, i) => [name, [settings[i], degrees(settings[i])]]),
          ),
        },
        summary:
          `Turned by ${degrees(state.turn)}: S is ${fixed(S, 3)} at the standard settings, ` +
          `${fixed(best, 3)} at the best; ${words}.`,
      };
    },
  });
}
