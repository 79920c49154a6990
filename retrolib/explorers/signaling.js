import { TAU, skewedLorentzian, skewedPair, vonMises, extremes } from "./model.js";
import { svg, html, put, fixed, chance, degrees, bearing, polar, scale, line, text, circle, rect, panel, window_, legend, draggable, mount, nearestHand, pointHand } from "./drawing.js";

const DEGREE = Math.PI / 180;
const SILENT = 1e-9; // Less is rounding.
const HEIGHT = 322;
const CENTRE = { x: 100, y: 130, r: 64 };
const RING = 30;
const PLOT = { left: 50, right: 354, top: 30, bottom: 222 };
const across = scale([0, TAU], [PLOT.left, PLOT.right]);
const up = scale([0, 1], [PLOT.bottom, PLOT.top]);
const LAW = { left: 10, right: 140, reach: 4 };
const turn = scale([-LAW.reach, LAW.reach], [LAW.left, LAW.right]);
const high = scale([0, 1.25], [PLOT.bottom, PLOT.top]);

function source() {
  const drawing = panel("dial", 200, HEIGHT);
  const weight = svg("path", { class: "law unseen" });
  const hands = [["a", "alice", "", 51], ["b", "bob", "dashed", 25]].map(([trait, side, dashed, r]) => ({
    trait, r,
    ray: line(CENTRE.x, CENTRE.y, 0, 0, `stroke ${side} ${dashed}`),
    knob: circle(0, 0, 10.5, `mark ${side} ${dashed && "hollow"}`),
    letter: text(0, 0, trait, `badge letter ${side} ${dashed && "hollow"}`),
    handle: circle(0, 0, 22, "handle"),
  }));
  const handles = svg("g", {}, ...hands.map((hand) => hand.handle));
  const words = text(100, 286, "", "small middle");
  drawing.append(
    text(100, 16, "the source", "label middle"), weight,
    circle(CENTRE.x, CENTRE.y, CENTRE.r, "face"),
    ...Array.from({ length: 24 }, (_, i) => line(...polar(CENTRE, (i * TAU) / 24, CENTRE.r),
      ...polar(CENTRE, (i * TAU) / 24, CENTRE.r - (i % 6 ? 3 : 6)), "tick")),
    ...hands.map((hand) => hand.ray), circle(CENTRE.x, CENTRE.y, 3.5, "hub"),
    ...hands.flatMap((hand) => [hand.knob, hand.letter]), handles,
    rect(32, 251, 22, 13, "law unseen"), text(60, 262, "preparation μ(λ)", "small"), words);
  return {
    drawing, handles,
    nearest: (x, y) => nearestHand(hands, x, y).trait,
    draw(state) {
      const outline = Array.from({ length: 120 }, (_, i) =>
        polar(CENTRE, (i * TAU) / 120, CENTRE.r + RING * vonMises((i * TAU) / 120, state.kappa)).join(" "));
      put(weight, { d: `M${outline.join("L")}Z` });
      words.textContent = state.kappa ? "prefers 0°, up" : "no direction preferred";
      for (const hand of hands) pointHand(hand, CENTRE, state[hand.trait]);
    },
  };
}

function odds() {
  const drawing = panel("odds", 376, HEIGHT);
  const band = rect(PLOT.left, 0, PLOT.right - PLOT.left, 0, "band alice");
  const traces = ["trace thin both", "trace alice", "trace dashed bob"].map((name) => svg("path", { class: name }));
  const marker = line(0, PLOT.top, 0, PLOT.bottom, "axis");
  const marks = [circle(0, 0, 3.5, "mark both"), circle(0, 0, 5, "mark alice"), circle(0, 0, 8, "mark open bob")];
  const verdict = text(372, 16, "", "label strong end");
  const track = rect(PLOT.left - 10, PLOT.top, PLOT.right - PLOT.left + 20, PLOT.bottom - PLOT.top + 20, "handle track");
  drawing.append(
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((P) => [
      line(PLOT.left, up(P), PLOT.right, up(P), P ? "grid" : "axis"),
      text(PLOT.left - 9, up(P) + 4, P % 1 ? fixed(P, 2) : String(P), "small end")]),
    ...[0, 90, 180, 270, 360].flatMap((angle) => [
      line(across(angle * DEGREE), PLOT.bottom, across(angle * DEGREE), PLOT.bottom + 5, "axis"),
      text(across(angle * DEGREE), PLOT.bottom + 22, `${angle}°`, "small middle")]),
    text(4, 16, "probability of +", "small"), verdict,
    text((PLOT.left + PLOT.right) / 2, 265, "Bob’s setting b", "small middle"),
    band, ...traces, marker, ...marks, track,
    ...legend(42, 290, "trace alice", "Alice"), ...legend(150, 290, "trace dashed bob", "Bob"),
    ...legend(42, 314, "trace thin both", "Alice, given that Bob’s outcome is +"));
  return {
    drawing, track,
    draw({ b }, pair, highest, lowest) {
      const curves = ["", "", ""];
      for (let i = 0; i <= 240; i++) {
        const angle = (i * TAU) / 240;
        const { alice, bob, given } = pair(angle);
        [given, alice, bob].forEach((P, n) => { curves[n] += `${i ? "L" : "M"}${across(angle)} ${up(P)}`; });
      }
      traces.forEach((trace, n) => put(trace, { d: curves[n] }));
      put(band, { y: up(highest), height: up(lowest) - up(highest) });
      verdict.textContent = highest - lowest > SILENT ? "Alice’s odds move" : "Alice’s odds stay put";
      const here = pair(b);
      const x = across(b);
      put(marker, { x1: x, x2: x });
      [here.given, here.alice, here.bob].forEach((P, n) => put(marks[n], { cx: x, cy: up(P) }));
    },
  };
}

function law() {
  const drawing = panel("law", 150, HEIGHT);
  const mirror = svg("path", { class: "other" });
  const curve = svg("path", { class: "curve" });
  const ticks = [-LAW.reach, LAW.reach].map((n) => text(turn(n), PLOT.bottom + 20, "", `small ${n < 0 ? "" : "end"}`));
  const words = text(75, 266, "", "small middle");
  const inside = window_(LAW.left, PLOT.top, LAW.right - LAW.left, PLOT.bottom - PLOT.top + 1);
  inside.append(curve, mirror);
  drawing.append(text(75, 16, "weight of a turn, W", "label middle"),
    line(LAW.left, PLOT.bottom, LAW.right, PLOT.bottom, "axis"), line(turn(0), PLOT.bottom, turn(0), PLOT.bottom + 5, "axis"),
    text(turn(0), PLOT.bottom + 20, "0", "small middle"), ...ticks, inside, words,
    ...legend(28, 290, "other", "mirrored"));
  return {
    drawing,
    draw({ gamma, skew }) {
      // W / W(0), against the turn in units of gamma: a shape that depends on the skew alone.
      const path = (c) => Array.from({ length: 81 }, (_, i) => (LAW.reach * (i - 40)) / 40)
        .map((x) => `${turn(x)} ${high(skewedLorentzian(x, 1, c))}`).join("L");
      put(curve, { d: `M${LAW.left - 3} ${PLOT.bottom + 2}L${path(skew)}L${LAW.right + 3} ${PLOT.bottom + 2}` });
      put(mirror, { d: `M${path(-skew)}` });
      ticks.forEach((tick, i) => { tick.textContent = degrees((i ? 1 : -1) * LAW.reach * gamma); });
      words.textContent = skew ? `leans to ${skew > 0 ? "+" : "−"}` : "even";
    },
  };
}

function render(context) {
  const clock = source();
  const plot = odds();
  const weight = law();
  let held;
  return mount(context, {
    name: "signaling",
    traits: ["a", "b", "gamma", "skew", "kappa"],
    question: "Can Bob make Alice’s odds move?",
    hint: "drag a hand, or along the plot",
    note: "Exact: the probabilities, summed over all directions and windings, and μ and W in shape. The band is as high as the largest change of Alice’s odds that Bob can make "
      + "at this a. Stylised: μ and W are drawn with their heights scaled.",
    stage: [clock.drawing, plot.drawing, weight.drawing],
    readouts: [
      ["signals", "Bob’s setting "], ["largest", "largest change "], ["plus", "Alice’s P(+) "], ["bob", "Bob’s P(+) "], ["given", "Alice’s, given Bob’s + "]],
    controls: (ui) => [
      html("div", { class: "pairs" },
        ui.slider("a", [html("i", {}, "a"), ", Alice’s setting"], degrees),
        ui.slider("b", [html("i", {}, "b"), ", Bob’s setting"], degrees)),
      ui.slider("gamma", [html("i", {}, "γ"), ", anomaly width"], (value) => `${fixed(value, 2)} rad`),
      ui.slider("skew", ["skew of the weight"], (value) => fixed(value, 2)),
      ui.slider("kappa", [html("i", {}, "κ"), ", bias of the preparation"], (value) => fixed(value, 2)),
      html("div", { class: "buttons" },
        ui.button("skewed", "Skewed weight", () => ({ skew: 0.8, kappa: 0 })),
        ui.button("pulled", "Preferred direction", () => ({ skew: 0, kappa: 4 })),
        ui.button("both", "Both", () => ({ skew: 0.8, kappa: 4 })),
        ui.reset())],
    connect(ui) {
      draggable(clock.handles, clock.drawing, (x, y, kind) => {
        if (kind === "pointerdown") held = clock.nearest(x, y);
        ui.set({ [held]: bearing(x, y, CENTRE) });
      }, true);
      draggable(plot.track, plot.drawing, (x) => {
        const share = Math.min(1, Math.max(0, (x - PLOT.left) / (PLOT.right - PLOT.left)));
        ui.set({ b: Math.round(360 * share) * DEGREE });
      }, true);
    },
    draw(state) {
      const { a, b, gamma, skew, kappa } = state;
      const pair = skewedPair(a, gamma, skew, kappa);
      const [highest, lowest] = extremes((setting) => pair(setting).alice);
      const largest = highest - lowest;
      const signals = largest > SILENT;
      const { alice, bob, given } = pair(b);
      clock.draw(state);
      plot.draw(state, pair, highest, lowest);
      weight.draw(state);
      return {
        outputs: {
          signals: [Number(signals), signals ? "signals" : "is silent"],
          largest: [largest, signals ? chance(largest, 4) : "0"],
          plus: [alice, chance(alice, 4)],
          bob: [bob, chance(bob, 4)],
          given: [given, chance(given, 4)],
        },
        summary: `Alice at ${degrees(a)}, Bob at ${degrees(b)}, anomaly width ${fixed(gamma, 2)} rad, skew ${fixed(skew, 2)}, `
          + `preparation ${kappa ? `preferring 0° with concentration ${fixed(kappa, 2)}` : "uniform"}: Alice’s P(+) is ${chance(alice, 3)}, Bob’s ${chance(bob, 3)}. `
          + (signals ? `Bob’s setting moves Alice’s odds by up to ${chance(largest, 3)}.` : "Bob’s setting does not move Alice’s odds."),
      };
    },
  });
}

export default { render };
