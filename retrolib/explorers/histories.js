import { probabilities, halfTurnProbability, generator, sample, bridge } from "./model.js";
import {
  svg,
  put,
  fixed,
  chance,
  degrees,
  DEGREE,
  at,
  scale,
  line,
  path,
  text,
  circle,
  rect,
  panel,
  clipped,
} from "./drawing.js";
import { gridLines, timesPi } from "./axes.js";
import { mount, buttons, thetaSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */

const HEIGHT = 300;
const LIMIT = 3.4 * Math.PI;
const TIMES = Array.from({ length: 49 }, (_, i) => i / 48);
const DRAWN = 40;
/** @type {[number, number]} */
const TIME = [46, 300];
const across = scale([0, 1], TIME);
const up = scale([-LIMIT, LIMIT], [254, 30]);
const share = scale([0, 1], [0, 68]);
const tall = scale([0, 1], [254, 56]);

/**
 * Each history has its own stream, so that moving a slider bends it and does not replace it.
 * @param {State} state
 */
function drawAll({ theta, gamma, count, seed, kind }) {
  const counts = [0, 0];
  const ends = new Map();
  const paths = [];
  for (let i = 0; i < count; i++) {
    const random = generator(seed * 1000 + i);
    const { outcome, alpha, k } = sample(theta, gamma, random);
    counts[outcome] += 1;
    ends.set(k, (ends.get(k) ?? 0) + 1);
    if (i < DRAWN) paths.push({ outcome, points: bridge(alpha, gamma, TIMES, random, kind) });
  }
  return { counts, ends, paths };
}

function histories() {
  const drawing = panel("histories", 404, HEIGHT);
  const inside = clipped(TIME[0], 28, TIME[1] - TIME[0], 228);
  const lines = svg("g");
  const heads = svg("g");
  const front = line(0, 26, 0, 256, "marker both");
  const ends = svg("g");
  const empty = text((TIME[0] + TIME[1]) / 2, 96, "nothing drawn yet", "label middle");
  const beyond = text(390, 296, "", "small end");
  inside.append(lines);
  drawing.append(
    ...gridLines(
      { left: TIME[0], right: TIME[1] },
      up,
      [-3, -2, -1, 0, 1, 2, 3].map((n) => [n * Math.PI, timesPi(n), n ? "grid" : "grid strong"]),
      6,
    ),
    line(TIME[0], 26, TIME[0], 256, "axis"),
    line(TIME[1], 26, TIME[1], 256, "axis"),
    text(14, 16, "angle turned (rad)", "small"),
    text(394, 16, "share ending here", "small end"),
    text(TIME[0], 274, "prepared", "small"),
    text(TIME[1], 274, "measured", "small middle"),
    text(173, 274, "time →", "small middle"),
    inside,
    front,
    heads,
    ends,
    empty,
    beyond,
  );
  /** @type {ReturnType<typeof drawAll>["paths"]} */
  let shown = [];
  return {
    drawing,
    /** @type {(state: State, drawn: ReturnType<typeof drawAll>) => void} */
    draw({ theta, gamma, count }, drawn) {
      const width = drawn.paths.length > 12 ? "thin" : "";
      shown = drawn.paths;
      empty.textContent = count ? "" : "nothing drawn yet";
      lines.replaceChildren(
        ...drawn.paths.map(({ outcome, points }) => {
          const d = points.map((angle, i) => `${across(TIMES[i])} ${up(Math.max(-99, Math.min(99, angle)))}`);
          return path(`history ${outcome ? "minus" : "plus"} ${width}`, `M${d.join("L")}`);
        }),
      );
      const marks = [];
      let outside = count;
      for (let k = -6; k <= 4; k++) {
        const alpha = theta + Math.PI * k;
        if (Math.abs(alpha) > LIMIT) continue;
        const number = drawn.ends.get(k) ?? 0;
        const y = up(alpha);
        const side = k % 2 ? "minus" : "plus";
        const expected = 316 + share(halfTurnProbability(theta, gamma, k));
        outside -= number;
        marks.push(circle(TIME[1], y, 5, `mark ${side} ${k % 2 ? "hollow" : ""}`));
        if (count)
          marks.push(
            rect(316, y - 5, share(number / count), 10, `bar ${side}`),
            line(expected, y - 8, expected, y + 8, "expected"),
          );
      }
      ends.replaceChildren(...marks);
      beyond.textContent = outside ? `${outside} of ${count} end beyond the frame` : "";
    },
    /** @param {number} time */
    move(time) {
      const x = across(time);
      const step = Math.min(47, Math.floor(48 * time));
      put(inside, { width: x - TIME[0] + 0.1, viewBox: `${TIME[0]} 28 ${x - TIME[0] + 0.1} 228` });
      put(front, { x1: x, x2: x, visibility: time < 1 ? "visible" : "hidden" });
      heads.replaceChildren(
        ...(time < 1 ? shown : []).flatMap(({ outcome, points }) => {
          const angle = points[step] + (48 * time - step) * (points[step + 1] - points[step]);
          if (Math.abs(angle) > LIMIT) return [];
          const head = path(`turn-head ${outcome ? "minus" : "plus"}`, "M0 -10L4.5 6H-4.5Z");
          return put(head, { transform: `translate(${x} ${up(angle)}) rotate(${at(angle / DEGREE)})` });
        }),
      );
    },
  };
}

function tally() {
  const drawing = panel("tally", 170, HEIGHT);
  const filled = svg("g");
  const title = text(14, 16, "", "small");
  const numbers = [text(48, 44, "", "label middle"), text(122, 44, "", "label middle")];
  drawing.append(
    title,
    rect(26, 56, 44, 198, "well"),
    rect(100, 56, 44, 198, "well"),
    filled,
    line(14, 254, 156, 254, "axis"),
    text(48, 274, "ends +", "small middle"),
    text(122, 274, "ends −", "small middle"),
    ...numbers,
    line(8, 292, 26, 292, "expected dashed"),
    text(32, 296, "predicted ± 1 s.e.", "small"),
  );
  return {
    drawing,
    /** @type {(state: State, counts: number[], predicted: number[], error: number) => void} */
    draw({ count }, counts, predicted, error) {
      filled.replaceChildren(
        ...(count ? [0, 1] : []).flatMap((outcome) => {
          const left = outcome ? 100 : 26;
          const top = tall(counts[outcome] / count);
          const high = tall(Math.min(1, predicted[outcome] + error));
          const low = tall(Math.max(0, predicted[outcome] - error));
          const middle = tall(predicted[outcome]);
          return [
            rect(left, top, 44, 254 - top, `bar ${outcome ? "minus" : "plus"}`),
            rect(left - 8, high, 60, low - high, "error"),
            line(left - 8, middle, left + 52, middle, "expected dashed"),
          ];
        }),
      );
      numbers.forEach((number, outcome) => {
        number.textContent = count ? String(counts[outcome]) : "";
      });
      title.textContent = count ? `outcomes of ${count}` : "outcomes";
    },
  };
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const plot = histories();
  const bars = tally();
  return mount(context, {
    question: "What did the spin do on the way?",
    hint: "drawn from the model’s own law",
    note:
      `Exact: turns, outcomes and paths follow their laws; every history is counted, the first ${DRAWN} are drawn. ` +
      "Our choice, not the model’s: the path between the measurements.",
    stage: [plot.drawing, bars.drawing],
    drawn: [
      ["count_plus", "ended + "],
      ["count_minus", "ended − "],
    ],
    controls: (ui) => [
      buttons(
        ...[1, 10, 1000].map((count) =>
          ui.button("count", `Draw ${count}`, ({ seed }) => ({ count, seed: (seed % 9999) + 1 }), count),
        ),
      ),
    ],
    more: {
      readouts: [
        ["predicted_plus", "predicted P(+) "],
        ["standard_error", "standard error "],
      ],
      controls: (ui) => [
        thetaSlider(ui),
        gammaSlider(ui),
        buttons(
          ui.choice("kind", "path", [
            ["cauchy", "jumps (Cauchy)"],
            ["brownian", "wanders (Brownian)"],
          ]),
          ui.number("seed", "seed"),
        ),
      ],
    },
    move: (_, time) => plot.move(time),
    draw(state) {
      const { theta, gamma, count } = state;
      const predicted = probabilities(theta, gamma);
      const error = Math.sqrt((predicted[0] * predicted[1]) / Math.max(1, count));
      const drawn = drawAll(state);
      plot.draw(state, drawn);
      bars.draw(state, drawn.counts, predicted, error);
      return {
        outputs: {
          count_plus: [drawn.counts[0], String(drawn.counts[0])],
          count_minus: [drawn.counts[1], String(drawn.counts[1])],
          predicted_plus: [predicted[0], count ? chance(predicted[0], 4) : "…"],
          standard_error: [error, count ? chance(error, 4) : "…"],
        },
        summary:
          `${count || "No"} ${count === 1 ? "history" : "histories"} with the second magnet at ${degrees(theta)}, ` +
          `anomaly width ${fixed(gamma, 2)} rad` +
          (count
            ? `: ${drawn.counts[0]} ended aligned, ${drawn.counts[1]} anti-aligned; ` +
              `predicted P(+) is ${chance(predicted[0], 3)} with standard error ${chance(error, 3)}.`
            : ", nothing drawn yet."),
      };
    },
  });
}
