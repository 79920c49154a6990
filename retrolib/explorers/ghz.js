import { TAU, probabilities, generator, sampleSpins } from "./model.js";
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
  bearing,
  draggable,
  anyDirection,
  DEGREE,
} from "./drawing.js";
import { arrow, face, makeMagnet, makeTurn } from "./dial.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const WIDTH = 440;
const DIAL = { x: 0, y: 66, r: 32 };
const ARC = 18;
const MOST = 2 * TAU; // Of a longer turn no more is drawn.
const share = scale([0, 1], [0, 150]);
const NAMES = ["phi1", "phi2", "phi3"];
const INDEX = ["₁", "₂", "₃", "₄", "₅"];
const ROWS = [
  ["x x x", 0, 0, 0],
  ["x y y", 0, 90, 90],
  ["y x y", 90, 0, 90],
  ["y y x", 90, 90, 0],
];

/** The settings of all spins; the fourth and the fifth are along x. @type {(state: State) => number[]} */
const settings = (state) => [state.phi1, state.phi2, state.phi3, 0, 0].slice(0, state.n);

/** @type {(turn: number) => string} */
const words = (turn) => (Math.abs(turn) < 1000 * DEGREE ? degrees(turn) : "very far");

function spins() {
  const drawing = panel("spins", WIDTH, 172);
  const dials = INDEX.map((index, i) => {
    const magnet = makeMagnet(DIAL, "plus", "minus");
    const start = path("arrow unseen");
    const turned = makeTurn("M4 0L-6 -5V5Z", 0.2);
    const says = [126, 146, 166].map((y) => text(0, y, "", "small middle fixed"));
    const group = svg(
      "g",
      {},
      ...face(DIAL, 3),
      ...magnet.rays,
      ...turned.parts,
      start,
      circle(DIAL.x, DIAL.y, 3.5, "hub"),
      ...magnet.ends,
      ...(i < NAMES.length ? [magnet.handle] : []),
      ...says,
    );
    return { index, magnet, start, turned, says, group, x: 0 };
  });
  const shown = svg("g");
  drawing.append(text(4, 14, "one history: starts (green) and turns", "small"), shown);
  return {
    drawing,
    dials,
    /** @type {(phi: number[], drawn: ReturnType<typeof sampleSpins>) => void} */
    draw(phi, { outcomes, turns, lam }) {
      const present = dials.slice(0, phi.length);
      if (shown.childElementCount !== phi.length) shown.replaceChildren(...present.map(({ group }) => group));
      present.forEach((dial, i) => {
        dial.x = (WIDTH * (i + 0.5)) / phi.length;
        put(dial.group, { transform: `translate(${dial.x})` });
        const turn = Math.min(MOST, Math.max(-MOST, turns[i]));
        dial.magnet.draw(phi[i]);
        put(dial.start, { d: arrow(DIAL, lam[i], DIAL.r - 8) });
        dial.turned.draw(
          outcomes[i] ? "minus" : "plus",
          DIAL,
          phi[i] + Math.PI * outcomes[i] - turn,
          turn,
          2 + Math.ceil(Math.abs(turn) / 0.1),
          (gone) => ARC + (Math.abs(gone) * 8) / MOST,
        );
        dial.says[0].textContent = `φ${dial.index} = ${degrees(phi[i])}`;
        dial.says[1].textContent = `α${dial.index} = ${words(turns[i])}`;
        dial.says[2].textContent = `ends ${outcomes[i] ? "−" : "+"}`;
      });
    },
  };
}

function parity() {
  const drawing = panel("parity", 300, 172);
  const rows = ["even", "odd"].map((name, i) => {
    const y = 44 + 34 * i;
    const row = {
      y,
      bar: rect(58, y - 9, 0, 18, `bar ${i ? "minus" : "plus"}`),
      expected: line(0, y - 13, 0, y + 13, "born"),
      value: text(292, y + 5, "", "label end"),
    };
    drawing.append(
      text(50, y + 5, name, "small end"),
      rect(58, y - 12, share(1), 24, "well"),
      row.bar,
      row.expected,
      row.value,
    );
    return row;
  });
  const total = text(8, 116, "", "label");
  const verdict = text(8, 138, "", "small");
  drawing.append(
    text(8, 16, "number of − among the outcomes", "small"),
    total,
    verdict,
    line(8, 158, 32, 158, "born"),
    text(38, 162, "quantum theory, GHZ state", "small"),
  );
  return {
    drawing,
    /** @type {(phi: number, P: number[]) => void} */
    draw(phi, P) {
      const quantum = probabilities(phi, 0);
      rows.forEach(({ bar, expected, value }, i) => {
        put(bar, { width: share(P[i]) });
        const x = 58 + share(quantum[i]);
        put(expected, { x1: x, x2: x });
        value.textContent = chance(P[i], 4);
      });
      total.textContent = `Φ = ${degrees(phi)}`;
      verdict.textContent =
        Math.abs(Math.sin(phi)) > 1e-9
          ? "no row: nothing is certain"
          : `a row: the number should be ${Math.cos(phi) > 0 ? "even" : "odd"}`;
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const picture = spins();
  const bars = parity();
  return mount(context, {
    question: "Who makes the turn?",
    hint: "drag a magnet",
    note:
      "Exact: the probabilities, and the law that the history is drawn from. A fourth and a fifth magnet stand at 0°. " +
      "Stylised: the arcs show how far a spin turns, not how or when; beyond two rounds they go no further.",
    stage: [picture.drawing, bars.drawing],
    drawn: [
      ["spins", "spins "],
      ["even", "P(even) "],
      ["odd", "P(odd) "],
    ],
    readouts: [["kept", "at a row, it is kept with probability "]],
    controls: (ui) => [
      gammaSlider(ui),
      buttons(ui.button("draw", "Draw a history", ({ seed }) => ({ seed: (seed % 9999) + 1 }))),
    ],
    more: {
      readouts: [["correlation", symbol("E"), " "]],
      controls: (ui) => [
        buttons(...[2, 3, 4, 5].map((n) => ui.button("n", `${n} spins`, () => ({ n }), n))),
        ...NAMES.map((name, i) => settingSlider(ui, name, `magnet ${i + 1}`, "φ", INDEX[i])),
        buttons(
          ...ROWS.map(([label, ...angles]) =>
            ui.button("row", String(label), () =>
              Object.fromEntries(NAMES.map((name, i) => [name, Number(angles[i]) * DEGREE])),
            ),
          ),
          ui.button("surprise", "Surprise me", () =>
            Object.fromEntries(NAMES.map((name) => [name, anyDirection()])),
          ),
        ),
      ],
    },
    connect(ui) {
      NAMES.forEach((name, i) => {
        const dial = picture.dials[i];
        draggable(ui, dial.magnet.handle, picture.drawing, (x, y) => ({
          [name]: bearing(x - dial.x, y, DIAL),
        }));
      });
    },
    draw(state) {
      const { n, gamma, seed } = state;
      const phi = settings(state);
      const total = phi.reduce((sum, angle) => sum + angle);
      const P = probabilities(total, n * gamma);
      const kept = probabilities(0, n * gamma)[0];
      const E = P[0] - P[1];
      const drawn = sampleSpins(phi, gamma, generator(seed));
      picture.draw(phi, drawn);
      bars.draw(total, P);
      return {
        outputs: {
          spins: [n, String(n)],
          even: [P[0], chance(P[0], 4)],
          odd: [P[1], chance(P[1], 4)],
          kept: [kept, chance(kept, 4)],
          correlation: [E, fixed(E, 4)],
        },
        summary:
          `${n} spins with magnets at ${phi.map(degrees).join(", ")}, anomaly width ${fixed(gamma, 2)} rad: the number of minuses is even ` +
          `with probability ${chance(P[0], 3)}. In the history drawn the turns are ${drawn.turns.map(words).join(", ")}.`,
      };
    },
  });
}
