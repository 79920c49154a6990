import { TAU, halfTurn, probabilities, correlation, hiddenDensity, hiddenPeak, nearAxes, sampleHidden, splitDensity, splitPeak, legwiseCorrelation, legwiseSplitDensity } from "./model.js";
import { svg, html, put, fixed, chance, degrees, at, scale, polar, bearing, line, text, circle, rect, panel, window_, draggable, mount } from "./drawing.js";

const DEGREE = Math.PI / 180;
const REACH = 10 * DEGREE;
const ALICE = { x: 76, y: 116, r: 55 };
const BOB = { x: 224, y: 116, r: 55 };
const SOURCE = { x: 150, y: 338, r: 52 };
const ARC = 25;
const PLOT = { left: 46, right: 418, top: 66, bottom: 172 };

const circular = (angle) => ((angle % TAU) + TAU) % TAU;
const whole = (angle) => Math.round(angle / DEGREE) * DEGREE;
const sign = (outcome) => (outcome ? "−" : "+");

// The shortest history with this lambda and these outcomes: alpha - beta is the least net turn.
function history({ a, b, lam, outcomes }) {
  const net = 2 * halfTurn((a - b + (outcomes === "same" ? Math.PI : 0)) / 2);
  const alpha = net / 2 + halfTurn(a - lam - net / 2);
  const beta = alpha - net;
  const ends = [alpha - a + lam, beta - b + lam + Math.PI].map((turn) => Math.abs(Math.round(turn / Math.PI) % 2));
  return { net, alpha, beta, ends };
}

function ticks({ x, y, r }) {
  return Array.from({ length: 24 }, (_, i) => line(...polar({ x, y }, (i * TAU) / 24, r),
    ...polar({ x, y }, (i * TAU) / 24, r - (i % 6 ? 3 : 6)), "tick"));
}

// One end of the V: a magnet, the spin as it came from the source, its turn, the spin as it ended.
function end(centre, side, name) {
  const ray = line(centre.x, centre.y, 0, 0, `stroke ${side}`);
  const back = line(centre.x, centre.y, 0, 0, `stroke dashed ${side}`);
  const came = line(centre.x, centre.y, 0, 0, "stroke unseen faint");
  const ended = svg("path", { class: "arrow unseen" });
  const arc = svg("path", { class: `turn ${side}` });
  const head = svg("path", { d: "M4 0L-6 -5V5Z", class: `turn-head ${side}` });
  const plus = circle(0, 0, 10, `mark ${side}`);
  const minus = circle(0, 0, 10, `mark hollow ${side}`);
  const signs = [text(0, 0, "+", "badge"), text(0, 0, "−", `badge hollow ${side}`)];
  const handle = circle(0, 0, 22, "handle");
  const lines = [text(centre.x, 16, "", "label middle"), text(centre.x, 36, "", "small middle")];
  return {
    handle,
    parts: [circle(centre.x, centre.y, centre.r, "face"), ...ticks(centre), back, ray, came, arc, head, ended,
      circle(centre.x, centre.y, 4, "hub"), minus, signs[1], plus, signs[0], handle, ...lines],
    draw(setting, from, turn, outcome, letters) {
      for (const [stroke, mark, badge, angle] of [[ray, plus, signs[0], setting], [back, minus, signs[1], setting + Math.PI]]) {
        const [x, y] = polar(centre, angle, centre.r);
        const [x2, y2] = polar(centre, angle, centre.r - 10);
        put(stroke, { x2, y2 });
        put(mark, { cx: x, cy: y });
        put(badge, { x, y: y + 5 });
      }
      const [cx, cy] = polar(centre, setting, centre.r);
      put(handle, { cx, cy });
      const [x2, y2] = polar(centre, from, centre.r - 14);
      put(came, { x2, y2 });
      put(ended, { d: arrow(centre, setting + outcome * Math.PI, centre.r - 13) });
      const points = [];
      const steps = 2 + Math.ceil(Math.abs(turn) / 0.1);
      for (let i = 0; i <= steps; i++) points.push(polar(centre, from + (turn * i) / steps, ARC).join(" "));
      put(arc, { d: `M${points.join("L")}` });
      const [hx, hy] = polar(centre, from + turn, ARC);
      const way = (from + turn) / DEGREE + (turn < 0 ? 180 : 0);
      put(head, {
        transform: `translate(${hx} ${hy}) rotate(${at(way)})`, visibility: Math.abs(turn) < 0.2 ? "hidden" : "visible",
      });
      lines[0].textContent = `${name}, ${letters[0]} = ${degrees(setting)}`;
      lines[1].textContent = `${letters[1]} = ${degrees(turn)}, ends ${sign(outcome)}`;
    },
  };
}

function arrow(centre, angle, length) {
  const [x, y] = polar(centre, angle, length - 9);
  const [tipX, tipY] = polar(centre, angle, length);
  const [leftX, leftY] = polar({ x, y }, angle - Math.PI / 2, 5.5);
  const [rightX, rightY] = polar({ x, y }, angle + Math.PI / 2, 5.5);
  return `M${centre.x} ${centre.y}L${x} ${y}L${leftX} ${leftY}L${tipX} ${tipY}L${rightX} ${rightY}L${x} ${y}`;
}

function vee() {
  const drawing = panel("vee", 300, 440);
  const alice = end(ALICE, "alice", "Alice");
  const bob = end(BOB, "bob", "Bob");
  const spins = [svg("path", { class: "arrow unseen" }), svg("path", { class: "arrow unseen" })];
  const marks = [circle(0, 0, 10, "mark unseen"), circle(0, 0, 10, "mark hollow unseen")];
  const names = [text(0, 0, "1", "badge"), text(0, 0, "2", "badge hollow unseen")];
  const handles = [circle(0, 0, 22, "handle"), circle(0, 0, 22, "handle")];
  const where = text(150, 424, "", "label middle");
  drawing.append(
    line(SOURCE.x, SOURCE.y, ALICE.x, ALICE.y, "worldline alice"),
    line(SOURCE.x, SOURCE.y, BOB.x, BOB.y, "worldline bob"),
    text(98, 232, "particle 1", "small end"), text(202, 232, "particle 2", "small"),
    ...alice.parts, ...bob.parts,
    circle(SOURCE.x, SOURCE.y, SOURCE.r, "face"), ...ticks(SOURCE), ...spins, circle(SOURCE.x, SOURCE.y, 4, "hub"),
    marks[1], names[1], marks[0], names[0], ...handles.reverse(), where,
    text(26, 424, "time", "small middle"), line(26, 406, 26, 344, "axis"), svg("path", { d: "M26 336l4 10h-8Z", class: "axis-head" }));
  handles.reverse();
  return {
    drawing, alice, bob, handles,
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
  };
}

// A density over an angle, two lanes of marks above it, and a marker to drag along it.
function density(area, [low, high], top) {
  const drawing = panel(area, 440, 220);
  const { left, right, bottom } = PLOT;
  const across = scale([low, high], [left, right]);
  const up = scale([0, top], [bottom, PLOT.top]);
  const inside = window_(left, PLOT.top, right - left, bottom - PLOT.top + 1);
  const law = svg("path", { class: "law unseen" });
  const other = svg("path", { class: "other" });
  const lanes = svg("g");
  const marker = line(0, PLOT.top, 0, bottom, "marker unseen");
  const mark = circle(0, 0, 6.5, "mark unseen");
  const track = rect(left - 8, PLOT.top - 8, right - left + 16, bottom - PLOT.top + 16, "handle track");
  const title = text(left, 14, "", "small");
  const peak = text(right, 14, "", "small end");
  const below = text(left, 214, "", "small");
  const legend = text(right, 214, "", "small end");
  inside.append(law, other);
  drawing.append(
    ...[0, 0.5, 1].flatMap((share) => [
      line(left, up(share * top), right, up(share * top), share ? "grid" : "axis"),
      text(left - 12, up(share * top) + 4, `${share * top}`, "small end")]),
    ...[0, 1, 2, 3, 4].map((i) => low + (i * (high - low)) / 4).flatMap((angle) => [
      line(across(angle), bottom, across(angle), bottom + 5, "axis"),
      text(across(angle), bottom + 20, degrees(angle), "small middle")]),
    title, peak, lanes, inside, marker, mark, track, below, legend);
  return {
    drawing, track,
    angle: (x) => low + ((Math.min(right, Math.max(left, x)) - left) / (right - left)) * (high - low),
    draw({ main, ghost, highest, peaks, width, now, rows, texts }) {
      const angles = [];
      for (let i = 0; i <= 120; i++) angles.push(low + ((high - low) * i) / 120);
      for (const centre of peaks) {
        for (const n of [0, 0.3, 0.6, 1, 1.5, 2, 3, 4, 6, 9]) angles.push(centre + n * width, centre - n * width);
      }
      const kept = angles.filter((angle) => angle >= low && angle <= high).sort((x, y) => x - y);
      const curve = (f) => kept.map((angle) => `${across(angle)} ${up(Math.min(1.2 * top, f(angle)))}`).join("L");
      put(law, { d: `M${across(low)} ${bottom + 2}L${curve(main)}L${across(high)} ${bottom + 2}` });
      put(other, { d: `M${curve(ghost)}` });
      lanes.replaceChildren(...rows.flatMap(({ side, marks, label, x, anchor }, i) => [
        text(x ?? left - 28, 36 + 20 * i, label, `${x === undefined ? "name" : "small"} ${anchor} ${side}`),
        ...marks.flatMap(([angle, hollow]) => [
          line(across(angle), 32 + 20 * i, across(angle), bottom, `drop ${side}`),
          circle(across(angle), 32 + 20 * i, 6, `mark ${side} ${hollow ? "hollow" : ""}`)])]));
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

// The directions of a magnet's ends on the circle from 0 to 360 degrees, both ends of it included.
function axis(setting) {
  return [0, 1].flatMap((hollow) => {
    const angle = circular(setting + hollow * Math.PI);
    return angle < 1e-9 || TAU - angle < 1e-9 ? [[0, hollow], [TAU, hollow]] : [[angle, hollow]];
  });
}

function render(context) {
  const picture = vee();
  const rho = density("rho", [0, TAU], 1);
  const split = density("split", [-Math.PI, Math.PI], 2);
  return mount(context, {
    name: "anomaly",
    traits: ["a", "b", "gamma", "lam", "outcomes", "rule"],
    question: "Where does the turn happen?",
    hint: "drag a magnet, a spin, or a green mark",
    note: "Exact: both laws, for all windings; a law that leaves its frame is cut off and its peak written. Dashed: the other way to weigh. Near: within 10°. "
      + "The history shown is the shortest with this λ and these outcomes. Stylised: the arcs show how far a spin turns, not how or when.",
    stage: [picture.drawing, rho.drawing, split.drawing],
    readouts: [
      ["density", html("i", {}, "ρ"), "(", html("i", {}, "λ"), ") "],
      ["near", "P(", html("i", {}, "λ"), " near an axis) "],
      ["same", "P(A = B) "], ["correlation", html("i", {}, "E"), " "], ["singlet", "singlet "]],
    controls: (ui) => [
      ui.slider("a", [html("i", {}, "a"), ", Alice’s magnet"], degrees),
      ui.slider("b", [html("i", {}, "b"), ", Bob’s magnet"], degrees),
      ui.slider("lam", [html("i", {}, "λ"), ", hidden direction"], degrees),
      ui.slider("gamma", [html("i", {}, "γ"), ", anomaly width"], (value) => `${fixed(value, 2)} rad`),
      html("div", { class: "buttons" },
        ui.choice("rule", "weigh", [["histories", "whole histories"], ["states", "leg by leg"]]),
        ui.choice("outcomes", "outcomes", [["different", "different"], ["same", "the same"]])),
      html("div", { class: "buttons" },
        ui.button("draw", "Draw λ", ({ a, b, gamma, rule }) => ({
          lam: rule === "states" ? TAU * Math.random() : sampleHidden(a, b, gamma, Math.random),
        })),
        ui.button("surprise", "Surprise me", () => ({
          a: Math.floor(360 * Math.random()) * DEGREE,
          b: Math.floor(360 * Math.random()) * DEGREE,
          lam: Math.floor(360 * Math.random()) * DEGREE,
        })),
        ui.reset())],
    connect(ui, read) {
      const turned = (handle, trait, centre, angle = 0) => draggable(handle, picture.drawing,
        (x, y) => ui.set({ [trait]: whole(circular(bearing(x, y, centre) - angle)) }));
      turned(picture.alice.handle, "a", ALICE);
      turned(picture.bob.handle, "b", BOB);
      picture.handles.forEach((handle, i) => turned(handle, "lam", SOURCE, i * Math.PI));
      draggable(rho.track, rho.drawing, (x) => ui.set({ lam: whole(rho.angle(x)) }), true);
      draggable(split.track, split.drawing, (x) => {
        const state = read();
        const { net } = history(state);
        const reach = Math.PI / 2 - 1e-9;
        const alpha = Math.min(net / 2 + reach, Math.max(net / 2 - reach, split.angle(x)));
        ui.set({ lam: circular(whole(state.a - alpha)) });
      }, true);
    },
    draw(state) {
      const { a, b, gamma, lam, rule, outcomes } = state;
      const shown = history(state);
      const { net, alpha, beta, ends } = shown;
      const legwise = rule === "states";
      const pick = (whole, leg) => (legwise ? [leg, whole] : [whole, leg]);
      const E = legwise ? legwiseCorrelation(a, b, gamma) : correlation(a, b, gamma);
      const same = legwise ? (1 + E) / 2 : probabilities(a - b, 2 * gamma)[1];
      const apart = Math.abs(halfTurn(a - b));
      const near = legwise ? (2 * REACH + Math.min(2 * REACH, apart)) / Math.PI : nearAxes(a, b, REACH, gamma);
      const [here, elsewhere] = pick((angle) => hiddenDensity(angle, a, b, gamma), () => 1 / TAU);
      const [parted, otherwise] = pick(
        (turn) => splitDensity(turn, net, gamma), (turn) => legwiseSplitDensity(turn, net, gamma));
      picture.draw(state, shown);
      rho.draw({
        main: here, ghost: elsewhere, highest: hiddenPeak(a, b, gamma), width: gamma, now: lam,
        peaks: [...axis(a), ...axis(b)].map(([angle]) => angle),
        rows: [{ side: "alice", marks: axis(a), label: "a", anchor: "end" }, { side: "bob", marks: axis(b), label: "b", anchor: "end" }],
        texts: {
          title: "density of λ, per rad", below: "hidden direction λ",
          legend: legwise ? "dashed: whole histories" : "dashed: leg by leg",
        },
      });
      const far = split.across(net);
      split.draw({
        main: parted, ghost: otherwise, highest: splitPeak(net, gamma), width: gamma, now: alpha,
        peaks: [0, net],
        rows: [
          { side: "alice", marks: [[net]], label: "all by particle 1", x: far + (net > 0 ? -12 : 12), anchor: net > 0 ? "end" : "" },
          { side: "bob", marks: [[0]], label: "all by particle 2", x: split.across(0) + (net > 0 ? -12 : 12), anchor: net > 0 ? "end" : "" }],
        texts: { title: "density of α, per rad", below: `turn α of particle 1, if the net turn is ${degrees(net)}`, legend: "" },
      });
      return {
        outputs: {
          density: [here(lam), chance(here(lam), 4)],
          near: [near, chance(near, 4)],
          same: [same, chance(same, 4)],
          correlation: [E, fixed(E, 4)],
          singlet: [-Math.cos(a - b), fixed(-Math.cos(a - b), 4)],
        },
        summary: `Alice’s magnet at ${degrees(a)}, Bob’s at ${degrees(b)}, anomaly width ${fixed(gamma, 2)} rad, `
          + `${legwise ? "each leg normalised by itself" : "whole histories weighed"}: with λ at ${degrees(lam)} and ${outcomes} outcomes `
          + `particle 1 turns by ${degrees(alpha)} and ends ${ends[0] ? "anti-aligned" : "aligned"}, `
          + `particle 2 turns by ${degrees(beta)} and ends ${ends[1] ? "anti-aligned" : "aligned"}. `
          + `λ is within 10 degrees of a magnet’s axis with probability ${chance(near, 3)}; the correlation is ${fixed(E, 3)}, the singlet’s ${fixed(-Math.cos(a - b), 3)}.`,
      };
    },
  });
}

export default { render };
