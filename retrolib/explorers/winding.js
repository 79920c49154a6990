import { lorentzian, wrappedLorentzian, probabilities, halfTurnProbability } from "./model.js";
import {
  svg,
  put,
  fixed,
  chance,
  degrees,
  bearing,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  clipped,
  polar,
  draggable,
} from "./drawing.js";
import { arrow, face, makeMagnet, makeTurn } from "./dial.js";
import { gridLines, ticks, timesPi } from "./axes.js";
import { mount, symbol, thetaSlider, gammaSlider } from "./frame.js";

/** @typedef {import("./frame.js").State} State */

// Share of the total weight, upwards, in the plot and in the bars alike.
const HEIGHT = 270;
const PLOT = { left: 46, right: 366, top: 30, bottom: 222 };
const up = scale([0, 1], [PLOT.bottom, PLOT.top]);
const across = scale([-5.3 * Math.PI, 5.3 * Math.PI], [PLOT.left, PLOT.right]);
const CENTRE = { x: 100, y: 122, r: 70 };

/** @type {(k: number) => string} */
const side = (k) => (k % 2 === 0 ? "plus" : "minus");

/** @type {(k: number) => string} */
const turnName = (k) => (k === 0 ? "θ" : `θ ${k < 0 ? "−" : "+"} ${timesPi(Math.abs(k))}`);

function dial() {
  const drawing = panel("dial", 200, HEIGHT);
  const magnet = makeMagnet(CENTRE, "plus", "minus");
  const spin = path("arrow model");
  // A spiral, so that a full turn more is seen to be one.
  const turned = makeTurn("M3 0L-6 -4.5V4.5Z", 0.05);
  const name = text(100, 236, "", "label middle");
  const ending = svg("tspan");
  const share = svg("tspan", { class: "extra" });
  drawing.append(
    text(100, 26, "prepared", "label middle"),
    ...face(CENTRE, 4),
    ...magnet.rays,
    line(CENTRE.x, CENTRE.y, ...polar(CENTRE, 0, CENTRE.r - 10), "stroke model faint"),
    spin,
    ...turned.parts,
    circle(CENTRE.x, CENTRE.y, 4, "hub"),
    ...magnet.ends,
    magnet.handle,
    name,
    svg("text", { x: 100, y: 256, class: "small middle" }, ending, share),
  );
  return {
    drawing,
    handle: magnet.handle,
    /** @param {State} state */
    draw({ theta, gamma, turn: k }) {
      magnet.draw(theta);
      name.textContent = `α = ${turnName(k)} = ${degrees(theta + Math.PI * k)}`;
      ending.textContent = `ends ${k % 2 ? "−" : "+"}`;
      share.textContent = `, share ${chance(halfTurnProbability(theta, gamma, k), 3)}`;
    },
    /** @type {(state: State, time: number) => void} */
    move({ theta, turn: k }, time) {
      const alpha = (theta + Math.PI * k) * time;
      const steps = Math.max(2, Math.ceil(Math.abs(alpha) / 0.12));
      put(spin, { d: arrow(CENTRE, alpha, CENTRE.r - 13) });
      turned.draw(side(k), CENTRE, 0, alpha, steps, (angle) => 16 + (8 * Math.abs(angle)) / Math.PI);
    },
  };
}

function weights() {
  const drawing = panel("weights", 376, HEIGHT);
  const inside = clipped(46, 30, 320, 193);
  const curve = path("curve");
  const stems = svg("g");
  const peak = text(PLOT.right, 46, "", "small end");
  inside.append(curve);
  drawing.append(
    ...gridLines(
      PLOT,
      up,
      [0, 0.25, 0.5, 0.75, 1].map((P) => [P, P % 1 ? fixed(P, 2) : String(P)]),
      6,
    ),
    ...ticks(
      PLOT.bottom,
      across,
      [-4, -2, 0, 2, 4].map((n) => [n * Math.PI, timesPi(n)]),
    ),
    text(206, 262, "turn α (rad)", "small middle"),
    text(46, 18, "share of the weight W(α)", "small"),
    peak,
    inside,
    stems,
  );
  return {
    drawing,
    stems,
    /** @type {(state: State, total: number) => void} */
    draw({ theta, gamma, turn }, total) {
      const reach = Math.asinh((5.3 * Math.PI) / gamma);
      const points = [];
      for (let i = -70; i <= 70; i++) {
        const alpha = gamma * Math.sinh((reach * i) / 70);
        points.push(`${across(alpha)} ${up(Math.min(1.2, lorentzian(alpha, gamma) / total))}`);
      }
      put(curve, { d: `M${points.join("L")}` });
      const highest = lorentzian(0, gamma) / total;
      peak.textContent = highest > 1 ? `cut off: peak ${fixed(highest, 2)}` : "";
      const marks = [];
      for (let k = -7; k <= 5; k++) {
        const alpha = theta + Math.PI * k;
        if (Math.abs(alpha) > 5 * Math.PI + 1e-9) continue;
        const x = across(alpha);
        const y = up(halfTurnProbability(theta, gamma, k));
        const mark = svg(
          "g",
          { class: `stem ${side(k)}`, "data-turn": k },
          rect(x - 12, 30, 24, 200, "handle"),
          line(x, 222, x, y, "stroke"),
          circle(x, y, 5.5, `mark ${side(k)} ${k % 2 ? "hollow" : ""}`),
        );
        if (k === turn) mark.append(circle(x, y, 10, "ring"));
        marks.push(mark);
      }
      stems.replaceChildren(...marks);
    },
  };
}

function bars() {
  const drawing = panel("bars", 150, HEIGHT);
  const filled = svg("g");
  const born = [line(0, 0, 0, 0, "born"), line(0, 0, 0, 0, "born")];
  const values = [text(42, 18, "", "label middle"), text(106, 18, "", "label middle")];
  drawing.append(
    rect(22, 30, 40, 192, "well"),
    rect(86, 30, 40, 192, "well"),
    filled,
    line(12, 222, 136, 222, "axis"),
    text(42, 242, "ends +", "small middle"),
    text(106, 242, "ends −", "small middle"),
    ...values,
    svg(
      "g",
      { class: "extra" },
      ...born,
      line(30, 258, 52, 258, "born"),
      text(58, 262, "Born rule", "small"),
    ),
  );
  return {
    drawing,
    /** @type {(state: State, sums: number[], quantum: number[]) => void} */
    draw({ theta, gamma }, sums, quantum) {
      /** @type {SVGElement[]} */
      const pieces = [];
      [0, 1].forEach((outcome) => {
        const left = outcome ? 86 : 22;
        const shares = [];
        for (let k = outcome - 8; k <= 8; k += 2) shares.push(halfTurnProbability(theta, gamma, k));
        shares.sort((a, b) => b - a);
        pieces.push(rect(left, up(sums[outcome]), 40, 222 - up(sums[outcome]), `bar ${side(outcome)}`));
        let stacked = 0;
        for (const share of shares.slice(0, 4)) {
          stacked += share;
          if (sums[outcome] - stacked > 0.004)
            pieces.push(line(left, up(stacked), left + 40, up(stacked), "seam"));
        }
        const y = up(quantum[outcome]);
        put(born[outcome], { x1: left - 7, y1: y, x2: left + 47, y2: y });
        values[outcome].textContent = chance(sums[outcome], 4);
      });
      filled.replaceChildren(...pieces);
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const clock = dial();
  const plot = weights();
  const sums = bars();
  return mount(context, {
    question: "Which turns are allowed?",
    hint: "drag the magnet",
    note:
      "Exact: the bars, which sum all turns that end right. " +
      "Stylised: the spiral shows how far the spin turns, not how or when.",
    stage: [clock.drawing, sums.drawing],
    drawn: [
      ["plus", "P(+) "],
      ["minus", "P(−) "],
    ],
    controls: (ui) => [thetaSlider(ui)],
    more: {
      note: " Every stem is one way for the history to end, its height its share of the total weight.",
      stage: [plot.drawing],
      readouts: [
        ["born_plus", "Born rule: P(+) "],
        ["born_minus", "P(−) "],
        ["weight", symbol("W"), "(", symbol("θ"), ") "],
      ],
      controls: (ui) => [gammaSlider(ui), ui.slider("turn", ["turn on the dial"], turnName)],
    },
    connect(ui) {
      draggable(ui, clock.handle, clock.drawing, (x, y) => ({ theta: bearing(x, y, CENTRE) }));
      plot.stems.addEventListener("click", ({ target }) => {
        const stem = target instanceof Element && target.closest("[data-turn]");
        if (stem) ui.set({ turn: Number(stem.getAttribute("data-turn")) });
      });
    },
    move: clock.move,
    draw(state) {
      const { theta, gamma } = state;
      const total = wrappedLorentzian(theta, gamma) + wrappedLorentzian(theta + Math.PI, gamma);
      const model = probabilities(theta, gamma);
      const quantum = probabilities(theta, 0);
      clock.draw(state);
      plot.draw(state, total);
      sums.draw(state, model, quantum);
      return {
        outputs: {
          plus: [model[0], chance(model[0], 4)],
          minus: [model[1], chance(model[1], 4)],
          born_plus: [quantum[0], chance(quantum[0], 4)],
          born_minus: [quantum[1], chance(quantum[1], 4)],
          weight: [lorentzian(theta, gamma), lorentzian(theta, gamma).toPrecision(4)],
        },
        summary:
          `Second magnet at ${degrees(theta)}, anomaly width ${fixed(gamma, 2)} rad: ` +
          `P(+) is ${chance(model[0], 3)} and P(−) is ${chance(model[1], 3)}; ` +
          `the Born rule gives ${chance(quantum[0], 3)} and ${chance(quantum[1], 3)}.`,
      };
    },
  });
}
