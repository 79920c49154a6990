import {
  TAU,
  halfTurn,
  probabilities,
  correlation,
  hiddenDensity,
  hiddenPeak,
  nearAxes,
  sampleHidden,
  splitDensity,
  splitPeak,
  statesCorrelation,
  statesSplitDensity,
} from "./model.js";
import {
  svg,
  put,
  fixed,
  chance,
  degrees,
  scale,
  polar,
  bearing,
  line,
  path,
  text,
  circle,
  panel,
  clipped,
  draggable,
  circular,
  wholeDegrees,
  anyDirection,
  DEGREE,
} from "./drawing.js";
import { arrow, face, makeMagnet, makeTurn } from "./dial.js";
import { gridLines, makeTrack, points, samples, ticks } from "./axes.js";
import { mount, symbol, buttons, settingSlider, gammaSlider } from "./frame.js";
/** @typedef {import("./frame.js").State} State */
/** @typedef {import("./drawing.js").Centre} Centre */

const REACH = 10 * DEGREE;
const ALICE = { x: 76, y: 116, r: 55 };
const BOB = { x: 224, y: 116, r: 55 };
const SOURCE = { x: 150, y: 278, r: 48 };
const ARC = 25;
const PLOT = { left: 46, right: 418, top: 66, bottom: 172 };

/** @type {(outcome: number) => string} */
const sign = (outcome) => (outcome ? "−" : "+");

/**
 * The shortest history with this lambda and these outcomes: alpha - beta is the least net turn.
 * @param {State} state
 */
function history({ a, b, lam, outcomes }) {
  const net = 2 * halfTurn((a - b + (outcomes === "same" ? Math.PI : 0)) / 2);
  const alpha = net / 2 + halfTurn(a - lam - net / 2);
  const beta = alpha - net;
  const ends = [alpha - a + lam, beta - b + lam + Math.PI].map((turn) =>
    Math.abs(Math.round(turn / Math.PI) % 2),
  );
  return { net, alpha, beta, ends };
}

/**
 * One end of the V: a magnet, the spin as it came from the source, its turn, the spin on its way there.
 * @type {(centre: Centre, side: string, name: string) => { handle: SVGElement, parts: SVGElement[], draw:
 * (setting: number, from: number, turn: number, outcome: number, letters: string[]) => void, move: (from:
 * number, turn: number, time: number) => void }}
 */
function end(centre, side, name) {
  const magnet = makeMagnet(centre, side, side);
  const came = line(centre.x, centre.y, 0, 0, "stroke unseen faint");
  const spin = path("arrow unseen");
  const turned = makeTurn("M4 0L-6 -5V5Z", 0.2);
  const captions = [text(centre.x, 16, "", "label middle"), text(centre.x, 36, "", "small middle")];
  return {
    handle: magnet.handle,
    parts: [
      ...face(centre, 3),
      ...magnet.rays,
      came,
      ...turned.parts,
      spin,
      circle(centre.x, centre.y, 4, "hub"),
      ...magnet.ends,
      magnet.handle,
      ...captions,
    ],
    draw(setting, from, turn, outcome, letters) {
      magnet.draw(setting);
      const [x2, y2] = polar(centre, from, centre.r - 14);
      put(came, { x2, y2 });
      captions[0].textContent = `${name}, ${letters[0]} = ${degrees(setting)}`;
      captions[1].textContent = `${letters[1]} = ${degrees(turn)}, ends ${sign(outcome)}`;
    },
    move(from, turn, time) {
      const gone = turn * time;
      const [x, y] = [SOURCE.x + (centre.x - SOURCE.x) * time, SOURCE.y + (centre.y - SOURCE.y) * time];
      put(spin, { d: arrow({ x, y }, from + gone, centre.r - 13) });
      turned.draw(side, centre, from, gone, 2 + Math.ceil(Math.abs(gone) / 0.1), () => ARC);
    },
  };
}

function vee() {
  const drawing = panel("vee", 300, 360);
  const alice = end(ALICE, "alice", "Alice");
  const bob = end(BOB, "bob", "Bob");
  const spins = [path("arrow unseen"), path("arrow unseen")];
  const marks = [circle(0, 0, 10, "mark unseen"), circle(0, 0, 10, "mark hollow unseen")];
  const names = [text(0, 0, "1", "badge"), text(0, 0, "2", "badge hollow unseen")];
  const handles = [circle(0, 0, 22, "handle"), circle(0, 0, 22, "handle")];
  const where = text(150, 352, "", "label middle");
  drawing.append(
    line(SOURCE.x, SOURCE.y, ALICE.x, ALICE.y, "worldline alice"),
    line(SOURCE.x, SOURCE.y, BOB.x, BOB.y, "worldline bob"),
    text(98, 212, "particle 1", "small end"),
    text(202, 212, "particle 2", "small"),
    ...face(SOURCE, 3),
    ...spins,
    circle(SOURCE.x, SOURCE.y, 4, "hub"),
    marks[1],
    names[1],
    marks[0],
    names[0],
    ...alice.parts,
    ...bob.parts,
    ...handles.reverse(),
    where,
    text(26, 352, "time", "small middle"),
    line(26, 334, 26, 282, "axis"),
    path("axis-head", "M26 274l4 10h-8Z"),
  );
  handles.reverse();
  return {
    drawing,
    alice,
    bob,
    handles,
    /** @type {(state: State, shown: ReturnType<typeof history>) => void} */
    draw({ a, b, lam }, { alpha, beta, ends }) {
      alice.draw(a, lam, alpha, ends[0], ["a", "α"]);
      bob.draw(b, lam + Math.PI, beta, ends[1], ["b", "β"]);
      [lam, lam + Math.PI].forEach((angle, i) => {
        const [x, y] = polar(SOURCE, angle, SOURCE.r);
        put(spins[i], { d: arrow(SOURCE, angle, SOURCE.r - 11) });
        put(marks[i], { cx: x, cy: y });
        put(handles[i], { cx: x, cy: y });
        put(names[i], { x, y: y + 5 });
      });
      where.textContent = `source, λ = ${degrees(lam)}`;
    },
    /** @type {(state: State, time: number) => void} */
    move(state, time) {
      const { alpha, beta } = history(state);
      alice.move(state.lam, alpha, time);
      bob.move(state.lam + Math.PI, beta, time);
    },
  };
}

/**
 * @typedef {object} Densities What is shown of two densities: the main one, and the other way to weigh.
 * @property {(angle: number) => number} main
 * @property {(angle: number) => number} ghost
 * @property {number} highest
 * @property {number[]} peaks
 * @property {number} width
 * @property {number} now
 * @property {{ side: string, marks: [number, boolean][], label: string, x?: number, anchor: string }[]} rows
 * @property {{ title: string, below: string, legend: string }} texts
 */
/**
 * A density over an angle, two lanes of marks above it, and a marker to drag along it.
 * @param {string} area
 * @param {[number, number]} domain
 * @param {number} top
 */
function density(area, [low, high], top) {
  const drawing = panel(area, 440, 220);
  const { left, right, bottom } = PLOT;
  const across = scale([low, high], [left, right]);
  const up = scale([0, top], [bottom, PLOT.top]);
  const inside = clipped(left, PLOT.top, right - left, bottom - PLOT.top + 1);
  const law = path("law unseen");
  const other = path("other extra");
  const lanes = svg("g");
  const marker = line(0, PLOT.top, 0, bottom, "marker unseen");
  const mark = circle(0, 0, 6.5, "mark unseen");
  const track = makeTrack(PLOT, [low, high], { across: 8, above: 8, below: 8 });
  const title = text(left, 14, "", "small");
  const peak = text(right, 14, "", "small end");
  const below = text(left, 214, "", "small");
  const legend = text(right, 214, "", "small end extra");
  inside.append(law, other);
  drawing.append(
    ...gridLines(
      PLOT,
      up,
      [0, 0.5, 1].map((share) => [share * top, `${share * top}`]),
      12,
    ),
    ...ticks(
      bottom,
      across,
      [0, 1, 2, 3, 4].map((i) => low + (i * (high - low)) / 4).map((angle) => [angle, degrees(angle)]),
    ),
    title,
    peak,
    lanes,
    inside,
    marker,
    mark,
    track.handle,
    below,
    legend,
  );
  return {
    drawing,
    track,
    /** @param {Densities} shown */
    draw({ main, ghost, highest, peaks, width, now, rows, texts }) {
      const xs = samples([low, high], peaks, width);
      /** @param {(angle: number) => number} f */
      const curve = (f) => points(xs, across, up, (angle) => Math.min(1.2 * top, f(angle)));
      put(law, { d: `M${across(low)} ${bottom + 2}L${curve(main)}L${across(high)} ${bottom + 2}` });
      put(other, { d: `M${curve(ghost)}` });
      lanes.replaceChildren(
        ...rows.flatMap(({ side, marks, label, x, anchor }, i) => [
          text(x ?? left - 28, 36 + 20 * i, label, `${x === undefined ? "name" : "small"} ${anchor} ${side}`),
          ...marks.flatMap(([angle, hollow]) => [
            line(across(angle), 32 + 20 * i, across(angle), bottom, `drop ${side}`),
            circle(across(angle), 32 + 20 * i, 6, `mark ${side} ${hollow ? "hollow" : ""}`),
          ]),
        ]),
      );
      const place = across(now);
      put(marker, { x1: place, x2: place });
      put(mark, { cx: place, cy: up(Math.min(top, main(now))) });
      title.textContent = texts.title;
      below.textContent = texts.below;
      legend.textContent = texts.legend;
      peak.textContent = highest > top ? `cut off: peak ${fixed(highest, 2)}` : "";
    },
    across,
  };
}

/**
 * The directions of a magnet's ends on the circle from 0 to 360 degrees, both ends of it included.
 * @type {(setting: number) => [number, boolean][]}
 */
function axis(setting) {
  return [false, true].flatMap((hollow) => {
    const angle = circular(setting + (hollow ? Math.PI : 0));
    const places = angle < 1e-9 || TAU - angle < 1e-9 ? [0, TAU] : [angle];
    return places.map((place) => [place, hollow]);
  });
}

/** @param {import("./frame.js").Context} context */
export function render(context) {
  const picture = vee();
  const rho = density("rho", [0, TAU], 1);
  const split = density("split", [-Math.PI, Math.PI], 2);
  return mount(context, {
    question: "Where does the turn happen?",
    hint: "drag a magnet or a spin",
    note:
      "Exact: the law, for all windings; where it leaves its frame it is cut off and its peak written. Near: within 10°. " +
      "The history shown is the shortest with this λ and these outcomes. Stylised: the arcs show how far a spin turns, not how or when.",
    stage: [picture.drawing, rho.drawing],
    readouts: [["near", "P(", symbol("λ"), " near an axis) "]],
    controls: (ui) => [settingSlider(ui, "b", "Bob’s magnet")],
    more: {
      note: " Dashed: the other way to weigh.",
      stage: [split.drawing],
      readouts: [
        ["density", symbol("ρ"), "(", symbol("λ"), ") "],
        ["same", "P(A = B) "],
        ["correlation", symbol("E"), " "],
        ["singlet", "singlet "],
      ],
      controls: (ui) => [
        settingSlider(ui, "a", "Alice’s magnet"),
        settingSlider(ui, "lam", "hidden direction", "λ"),
        gammaSlider(ui),
        buttons(
          ui.choice("rule", "weigh", [
            ["histories", "whole histories"],
            ["states", "leg by leg"],
          ]),
          ui.choice("outcomes", "outcomes", [
            ["different", "different"],
            ["same", "the same"],
          ]),
          ui.button("draw", "Draw λ", ({ a, b, gamma, rule }) => ({
            lam: rule === "states" ? TAU * Math.random() : sampleHidden(a, b, gamma, Math.random),
          })),
          ui.button("surprise", "Surprise me", () => ({
            a: anyDirection(),
            b: anyDirection(),
            lam: anyDirection(),
          })),
        ),
      ],
    },
    connect(ui) {
      /** @type {(handle: SVGElement, trait: string, centre: Centre, angle?: number) => void} */
      const turned = (handle, trait, centre, angle = 0) =>
        draggable(ui, handle, picture.drawing, (x, y) => ({
          [trait]: wholeDegrees(circular(bearing(x, y, centre) - angle)),
        }));
      turned(picture.alice.handle, "a", ALICE);
      turned(picture.bob.handle, "b", BOB);
      picture.handles.forEach((handle, i) => turned(handle, "lam", SOURCE, i * Math.PI));
      /** @type {(plot: ReturnType<typeof density>, lam: (value: number) => number) => void} */
      const along = ({ track, drawing }, lam) =>
        draggable(ui, track.handle, drawing, (x) => ({ lam: wholeDegrees(lam(track.value(x))) }), true);
      along(rho, (lam) => lam);
      along(split, (turn) => {
        const state = ui.read();
        const { net } = history(state);
        const reach = Math.PI / 2 - 1e-9;
        return circular(state.a - Math.min(net / 2 + reach, Math.max(net / 2 - reach, turn)));
      });
    },
    move: picture.move,
    draw(state) {
      const { a, b, gamma, lam, rule, outcomes } = state;
      const shown = history(state);
      const { net, alpha, beta, ends } = shown;
      const legwise = rule === "states";
      /** @type {<T>(all: T, leg: T) => [T, T]} */
      const pick = (all, leg) => (legwise ? [leg, all] : [all, leg]);
      const E = legwise ? statesCorrelation(a, b, gamma) : correlation(a, b, gamma);
      const same = legwise ? (1 + E) / 2 : probabilities(a - b, 2 * gamma)[1];
      const apart = Math.abs(halfTurn(a - b));
      const near = legwise
        ? (2 * REACH + Math.min(2 * REACH, apart)) / Math.PI
        : nearAxes(a, b, REACH, gamma);
      const [here, elsewhere] = pick(
        (/** @type {number} */ angle) => hiddenDensity(angle, a, b, gamma),
        () => 1 / TAU,
      );
      const [parted, otherwise] = pick(
        (/** @type {number} */ turn) => splitDensity(turn, net, gamma),
        (/** @type {number} */ turn) => statesSplitDensity(turn, net, gamma),
      );
      picture.draw(state, shown);
      rho.draw({
        main: here,
        ghost: elsewhere,
        highest: hiddenPeak(a, b, gamma),
        width: gamma,
        now: lam,
        peaks: [...axis(a), ...axis(b)].map(([angle]) => angle),
        rows: [
          { side: "alice", marks: axis(a), label: "a", anchor: "end" },
          { side: "bob", marks: axis(b), label: "b", anchor: "end" },
        ],
        texts: {
          title: "density of λ, per rad",
          below: "hidden direction λ",
          legend: legwise ? "dashed: whole histories" : "dashed: leg by leg",
        },
      });
      const far = split.across(net);
      split.draw({
        main: parted,
        ghost: otherwise,
        highest: splitPeak(net, gamma),
        width: gamma,
        now: alpha,
        peaks: [0, net],
        rows: [
          {
            side: "alice",
            marks: [[net, false]],
            label: "all by particle 1",
            x: far + (net > 0 ? -12 : 12),
            anchor: net > 0 ? "end" : "",
          },
          {
            side: "bob",
            marks: [[0, false]],
            label: "all by particle 2",
            x: split.across(0) + (net > 0 ? -12 : 12),
            anchor: net > 0 ? "end" : "",
          },
        ],
        texts: {
          title: "density of α, per rad",
          below: `turn α of particle 1, if the net turn is ${degrees(net)}`,
          legend: "",
        },
      });
      return {
        outputs: {
          density: [here(lam), chance(here(lam), 4)],
          near: [near, chance(near, 4)],
          same: [same, chance(same, 4)],
          correlation: [E, fixed(E, 4)],
          singlet: [-Math.cos(a - b), fixed(-Math.cos(a - b), 4)],
        },
        summary:
          `Alice’s magnet at ${degrees(a)}, Bob’s at ${degrees(b)}, anomaly width ${fixed(gamma, 2)} rad, ` +
          `${legwise ? "each leg normalised by itself" : "whole histories weighed"}: with λ at ${degrees(lam)} and ${outcomes} outcomes ` +
          `particle 1 turns by ${degrees(alpha)} and ends ${ends[0] ? "anti-aligned" : "aligned"}, ` +
          `particle 2 turns by ${degrees(beta)} and ends ${ends[1] ? "anti-aligned" : "aligned"}. ` +
          `λ is within 10 degrees of a magnet’s axis with probability ${chance(near, 3)}; the correlation is ${fixed(E, 3)}, the singlet’s ${fixed(-Math.cos(a - b), 3)}.`,
      };
    },
  });
}
