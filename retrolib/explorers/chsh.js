import { TAU, TSIRELSON_BOUND, STANDARD_SETTINGS, correlation, chshValue, chshMaximum } from "./model.js";
import { svg, html, put, fixed, degrees, bearing, polar, scale, line, text, circle, rect, panel, legend, draggable, mount, nearestHand, pointHand } from "./drawing.js";

const DEGREE = Math.PI / 180;
const CENTRE = { x: 145, y: 134, r: 128 };
const SETTINGS = ["a1", "a2", "b1", "b2"];
// Each hand ends on a track of its own, so that no knob can hide another.
const HANDS = [
  ["a1", "a₁", "alice", "", 113], ["b1", "b₁", "bob", "", 88],
  ["a2", "a₂", "alice", "dashed", 63], ["b2", "b₂", "bob", "dashed", 38]];
// Each term of S: its name, its sign, its settings.
const TERMS = [
  ["E11", 1, "a1", "b1", "E(a₁, b₁)"], ["E12", 1, "a1", "b2", "E(a₁, b₂)"],
  ["E21", 1, "a2", "b1", "E(a₂, b₁)"], ["E22", -1, "a2", "b2", "E(a₂, b₂)"]];
const along = scale([0, 4], [8, 392]);
const from = scale([-1, 1], [106, 226]);
const SCALE = { top: 222, bottom: 246 };

// In hundredths of a percent, so that parts add up as they are shown.
const hundredths = (share) => Math.round(1e4 * Math.max(0, share));
const percent = (count) => `${fixed(count / 100, 2)} %`;
const wrapped = (angle) => ((angle % TAU) + TAU) % TAU;

function settings(first, turns = STANDARD_SETTINGS) {
  return Object.fromEntries(SETTINGS.map((name, i) => [name, wrapped(first + turns[i])]));
}

function dial() {
  const drawing = panel("dial", 290, 310);
  const hands = HANDS.map(([trait, label, side, dashed, r]) => ({
    trait, r,
    ray: line(CENTRE.x, CENTRE.y, 0, 0, `stroke ${side} ${dashed}`),
    knob: circle(0, 0, 11.5, `mark ${side} ${dashed && "hollow"}`),
    letter: text(0, 0, label, `badge letter ${side} ${dashed && "hollow"}`),
    handle: circle(0, 0, 22, "handle"),
  }));
  const handles = svg("g", {}, ...hands.map((hand) => hand.handle));
  drawing.append(
    circle(CENTRE.x, CENTRE.y, CENTRE.r, "face"),
    ...hands.map((hand) => circle(CENTRE.x, CENTRE.y, hand.r, "orbit")),
    ...Array.from({ length: 24 }, (_, i) => line(...polar(CENTRE, (i * TAU) / 24, CENTRE.r),
      ...polar(CENTRE, (i * TAU) / 24, CENTRE.r - (i % 6 ? 4 : 8)), "tick")),
    ...hands.map((hand) => hand.ray), circle(CENTRE.x, CENTRE.y, 4, "hub"),
    ...hands.flatMap((hand) => [hand.knob, hand.letter]), handles,
    ...[["alice", 16, "Alice"], ["bob", 84, "Bob"]].flatMap(([side, x, who]) =>
      [circle(x, 290, 5, `mark ${side}`), text(x + 11, 295, who, `name ${side}`)]),
    ...legend(140, 295, "stroke dashed both", "second setting"));
  return {
    drawing, handles,
    nearest: (x, y) => nearestHand(hands, x, y).trait,
    draw(state) {
      for (const hand of hands) pointHand(hand, CENTRE, state[hand.trait]);
    },
  };
}

function sums() {
  const drawing = panel("sums", 400, 310);
  const rows = TERMS.map(([, sign, , , name], i) => {
    const y = 42 + 31 * i;
    const row = { y, bar: rect(0, y - 6, 0, 12, "bar quantum"), value: text(238, y + 4.5, "", "label"), word: text(306, y + 4.5, "", "small") };
    drawing.append(
      text(10, y + 4.5, sign > 0 ? "+" : "−", "label middle"), text(20, y + 4.5, name, "label symbol"),
      rect(106, y - 8, 120, 16, "well"), row.bar, line(from(0), y - 11, from(0), y + 11, "axis"), row.value, row.word);
    return row;
  });
  const score = text(0, 198, "", "score middle");
  const pointer = svg("path", { d: "M-7 -12H7L0 0Z", class: "pointer" });
  const most = svg("path", { d: "M-7 -12H7L0 0Z", class: "pointer hollow" });
  const verdicts = [text(8, 284, "", "label"), text(8, 303, "", "small")];
  drawing.append(
    text(4, 17, "the four correlations", "small"),
    ...[[0, 2, "local"], [2, TSIRELSON_BOUND, "quantum"], [TSIRELSON_BOUND, 4, "beyond"]].flatMap(([low, high, zone]) => [
      rect(along(low), SCALE.top, along(high) - along(low), SCALE.bottom - SCALE.top, `zone ${zone}`),
      text((along(low) + along(high)) / 2, SCALE.bottom - 8, zone === "beyond" ? "no-signaling" : zone, "small middle fixed")]),
    ...[[0, "0"], [2, "2"], [TSIRELSON_BOUND, "2√2"], [4, "4"]].flatMap(([S, label]) => [
      line(along(S), SCALE.top - 3, along(S), SCALE.bottom + 3, "axis"), text(along(S), SCALE.bottom + 18, label, "small middle")]),
    most, pointer, score, ...verdicts);
  return {
    drawing,
    draw(E, S, maximum) {
      const total = E[0] + E[1] + E[2] - E[3];
      TERMS.forEach(([, sign], i) => {
        const { y, bar, value, word } = rows[i];
        const effect = Math.abs(E[i]) < 5e-4 ? 0 : Math.sign(E[i] * sign * total);
        const x = Math.min(from(E[i]), from(0));
        put(bar, { x, width: Math.abs(from(E[i]) - from(0)), y: y - 6, class: `bar quantum ${effect < 0 ? "open" : ""}` });
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
      verdicts[0].textContent = short ? `${percent(short)} short of Tsirelson’s bound` : "at Tsirelson’s bound";
      verdicts[1].textContent = width && turned > 0 ? `${percent(width)} the cost of γ, ${percent(turned)} of the settings`
        : short ? `all of it the cost of ${width ? "γ" : "the settings"}` : "";
    },
  };
}

function render(context) {
  const clock = dial();
  const results = sums();
  let held;
  return mount(context, {
    name: "chsh",
    traits: [...SETTINGS, "gamma"],
    question: "How far can four settings go?",
    hint: "drag a hand, or use the sliders",
    note: "Exact: every correlation is −cos(a − b) sech 2γ, and S = |E(a₁, b₁) + E(a₁, b₂) + E(a₂, b₁) − E(a₂, b₂)|. The hollow pointer is at the "
      + "largest S for this γ. Stylised: the hands differ in length only to keep them apart.",
    stage: [clock.drawing, results.drawing],
    readouts: [
      ...TERMS.map(([name, , , , label]) => [name, html("i", {}, "E"), `${label.slice(1)} `]),
      ["S", html("i", {}, "S"), " "], ["maximum", "largest for this ", html("i", {}, "γ"), " "],
      ["shortfall", "short of 2√2 by "]],
    controls: (ui) => [
      html("div", { class: "pairs" }, ...[["a1", "a", "₁", "Alice"], ["b1", "b", "₁", "Bob"], ["a2", "a", "₂", "Alice"], ["b2", "b", "₂", "Bob"]]
        .map(([trait, letter, index, who]) => ui.slider(trait, [html("i", {}, letter), `${index}, ${who}`], degrees))),
      ui.slider("gamma", [html("i", {}, "γ"), ", anomaly width"], (value) => `${fixed(value, 2)} rad`),
      html("div", { class: "buttons" },
        ui.button("surprise", "Surprise me", () => settings(0, SETTINGS.map(() => DEGREE * Math.floor(360 * Math.random())))),
        ui.button("best", "Best settings from a₁", ({ a1 }) => settings(a1)),
        ui.button("standard", "Standard settings", () => settings(0)),
        ui.reset())],
    connect(ui) {
      draggable(clock.handles, clock.drawing, (x, y, kind) => {
        if (kind === "pointerdown") held = clock.nearest(x, y);
        ui.set({ [held]: bearing(x, y, CENTRE) });
      }, true);
    },
    draw(state) {
      const { gamma } = state;
      const E = TERMS.map(([, , a, b]) => correlation(state[a], state[b], gamma));
      const S = chshValue(...E);
      const maximum = chshMaximum(gamma);
      const short = 1 - S / TSIRELSON_BOUND;
      clock.draw(state);
      results.draw(E, S, maximum);
      return {
        outputs: {
          ...Object.fromEntries(TERMS.map(([name], i) => [name, [E[i], fixed(E[i], 4)]])),
          S: [S, fixed(S, 4)],
          maximum: [maximum, fixed(maximum, 4)],
          shortfall: [short, percent(hundredths(short))],
        },
        summary: `Alice’s settings ${degrees(state.a1)} and ${degrees(state.a2)}, Bob’s ${degrees(state.b1)} and ${degrees(state.b2)}, `
          + `anomaly width ${fixed(gamma, 2)} rad: S is ${fixed(S, 3)}, ${S > 2 + 1e-12 ? "above" : "not above"} the local bound 2 and `
          + `${percent(hundredths(short))} short of Tsirelson’s bound; the largest S for this width is ${fixed(maximum, 3)}.`,
      };
    },
  });
}

export default { render };
