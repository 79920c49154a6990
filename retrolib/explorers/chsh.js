import { TSIRELSON_BOUND, STANDARD_SETTINGS, correlation, chshValue, chshMaximum } from "./model.js";
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
  signed,
  anyDirection,
} from "./drawing.js";
import { face, makeHands, turnHands } from "./dial.js";
import { makeScale } from "./axes.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const CENTRE = { x: 145, y: 134, r: 128 };
const SETTINGS = ["a1", "a2", "b1", "b2"];
// Each hand ends on a track of its own, so that no knob can hide another.
const HANDS = [
  { trait: "a1", label: "a₁", side: "alice", r: 113 },
  { trait: "b1", label: "b₁", side: "bob", r: 88 },
  { trait: "a2", label: "a₂", side: "alice", r: 63, second: true },
  { trait: "b2", label: "b₂", side: "bob", r: 38, second: true },
];
// Each term of S: its name, its sign, its settings.
const TERMS = [
  { name: "E11", sign: 1, a: "a1", b: "b1", arguments: "(a₁, b₁)" },
  { name: "E12", sign: 1, a: "a1", b: "b2", arguments: "(a₁, b₂)" },
  { name: "E21", sign: 1, a: "a2", b: "b1", arguments: "(a₂, b₁)" },
  { name: "E22", sign: -1, a: "a2", b: "b2", arguments: "(a₂, b₂)" },
];
const along = scale([0, 4], [8, 392]);
const from = scale([-1, 1], [106, 226]);
const SCALE = { top: 222, bottom: 246 };

// In hundredths of a percent, so that parts add up as they are shown.
/** @type {(share: number) => number} */
const hundredths = (share) => Math.round(1e4 * Math.max(0, share));
/** @type {(count: number) => string} */
const percent = (count) => `${fixed(count / 100, 2)} %`;

/** @type {(first: number, turns?: number[]) => State} */
function settings(first, turns = STANDARD_SETTINGS) {
  return Object.fromEntries(SETTINGS.map((name, i) => [name, signed(first + turns[i])]));
}

function dial() {
  const drawing = panel("dial", 290, 310);
  const hands = makeHands(CENTRE, HANDS, 11.5, 4);
  drawing.append(
    ...face(CENTRE, 4, ...HANDS.map(({ r }) => circle(CENTRE.x, CENTRE.y, r, "orbit"))),
    ...hands.parts,
    hands.handles,
    circle(16, 290, 5, "mark alice"),
    text(27, 295, "Alice", "name alice"),
    circle(84, 290, 5, "mark bob"),
    text(95, 295, "Bob", "name bob"),
    ...legend(140, 295, "stroke dashed both", "second setting"),
  );
  return { drawing, hands };
}

function sums() {
  const drawing = panel("sums", 400, 310);
  const rows = TERMS.map(({ sign, arguments: of }, i) => {
    const y = 42 + 31 * i;
    const row = {
      y,
      bar: rect(0, y - 6, 0, 12, "bar quantum"),
      value: text(238, y + 4.5, "", "label"),
      word: text(306, y + 4.5, "", "small"),
    };
    drawing.append(
      text(10, y + 4.5, sign > 0 ? "+" : "−", "label middle"),
      text(20, y + 4.5, `E${of}`, "label symbol"),
      rect(106, y - 8, 120, 16, "well"),
      row.bar,
      line(from(0), y - 11, from(0), y + 11, "axis"),
      row.value,
      row.word,
    );
    return row;
  });
  const { zone, bound } = makeScale(along, SCALE);
  const score = text(0, 198, "", "score middle");
  const pointer = path("pointer", "M-7 -12H7L0 0Z");
  const most = path("pointer hollow", "M-7 -12H7L0 0Z");
  const verdicts = [text(8, 284, "", "label"), text(8, 303, "", "small")];
  drawing.append(
    text(4, 17, "the four correlations", "small"),
    ...zone(0, 2, "local", "local"),
    ...zone(2, TSIRELSON_BOUND, "quantum", "quantum"),
    ...zone(TSIRELSON_BOUND, 4, "beyond", "no-signaling"),
    ...bound(0, "0"),
    ...bound(2, "2"),
    ...bound(TSIRELSON_BOUND, "2√2"),
    ...bound(4, "4"),
    most,
    pointer,
    score,
    ...verdicts,
  );
  return {
    drawing,
    /** @type {(E: number[], S: number, maximum: number) => void} */
    draw(E, S, maximum) {
      const total = E[0] + E[1] + E[2] - E[3];
      TERMS.forEach(({ sign }, i) => {
        const { y, bar, value, word } = rows[i];
        const effect = Math.abs(E[i]) < 5e-4 ? 0 : Math.sign(E[i] * sign * total);
        const x = Math.min(from(E[i]), from(0));
        put(bar, {
          x,
          width: Math.abs(from(E[i]) - from(0)),
          y: y - 6,
          class: `bar quantum ${effect < 0 ? "open" : ""}`,
        });
        value.textContent = (E[i] < 0 ? "" : "+") + fixed(E[i], 3);
        word.textContent = ["lowers S", "no effect", "raises S"][effect + 1];
      });
      score.textContent = `S = ${fixed(S, 3)}`;
      put(score, { x: Math.min(Math.max(along(S), 70), 330) });
      put(pointer, { transform: `translate(${along(S)} ${SCALE.top - 5})` });
      put(most, { transform: `translate(${along(maximum)} ${SCALE.top - 5})` });
      const short = hundredths(1 - S / TSIRELSON_BOUND);
      const width = hundredths(1 - maximum / TSIRELSON_BOUND);
      const turned = short - width;
      verdicts[0].textContent = short
        ? `${percent(short)} short of Tsirelson’s bound`
        : "at Tsirelson’s bound";
      verdicts[1].textContent =
        width && turned > 0
          ? `${percent(width)} the cost of γ, ${percent(turned)} of the settings`
          : short
            ? `all of it the cost of ${width ? "γ" : "the settings"}`
            : "";
    },
  };
}

/** @type {(term: typeof TERMS[number]) => [string, ...(string | Node)[]]} */
const readout = ({ name, arguments: of }) => [name, symbol("E"), `${of} `];

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = dial();
  const results = sums();
  return mount(context, {
    question: "How far can four settings go?",
    hint: "drag a hand",
    note:
      "Exact: every correlation is −cos(a − b) sech 2γ, and S = |E(a₁, b₁) + E(a₁, b₂) + E(a₂, b₁) − E(a₂, b₂)|. The hollow pointer is at the " +
      "largest S for this γ. Stylised: the hands differ in length only to keep them apart.",
    stage: [clock.drawing, results.drawing],
    drawn: [...TERMS.map(readout), ["S", symbol("S"), " "], ["shortfall", "short of 2√2 by "]],
    controls: (ui) => [settingSlider(ui, "b2", "Bob", "b", "₂")],
    more: {
      readouts: [["maximum", "largest ", symbol("S"), " for this ", symbol("γ"), " "]],
      controls: (ui) => [
        settingSlider(ui, "a1", "Alice", "a", "₁"),
        settingSlider(ui, "a2", "Alice", "a", "₂"),
        settingSlider(ui, "b1", "Bob", "b", "₁"),
        gammaSlider(ui),
        buttons(
          ui.button("surprise", "Surprise me", () => settings(0, SETTINGS.map(anyDirection))),
          ui.button("best", "Best settings from a₁", ({ a1 }) => settings(a1)),
          ui.button("standard", "Standard settings", () => settings(0)),
        ),
      ],
    },
    connect: (ui) => turnHands(clock.hands, clock.drawing, CENTRE, ui, signed),
    draw(state) {
      const { gamma } = state;
      const E = TERMS.map(({ a, b }) => correlation(state[a], state[b], gamma));
      const S = chshValue(E[0], E[1], E[2], E[3]);
      const maximum = chshMaximum(gamma);
      const short = 1 - S / TSIRELSON_BOUND;
      clock.hands.draw(state);
      results.draw(E, S, maximum);
      return {
        outputs: {
          ...Object.fromEntries(TERMS.map(({ name }, i) => [name, [E[i], fixed(E[i], 4)]])),
          S: [S, fixed(S, 4)],
          maximum: [maximum, fixed(maximum, 4)],
          shortfall: [short, percent(hundredths(short))],
        },
        summary:
          `Alice’s settings ${degrees(state.a1)} and ${degrees(state.a2)}, Bob’s ${degrees(state.b1)} and ${degrees(state.b2)}, ` +
          `anomaly width ${fixed(gamma, 2)} rad: S is ${fixed(S, 3)}, ${S > 2 + 1e-12 ? "above" : "not above"} the local bound 2 and ` +
          `${percent(hundredths(short))} short of Tsirelson’s bound; the largest S for this width is ${fixed(maximum, 3)}.`,
      };
    },
  });
}
