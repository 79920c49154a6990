import { TAU, lorentzian, wrappedLorentzian, probabilities, turnProbability } from "./model.js";
import { svg, html, fixed, chance, degrees, at, scale, line, text, circle, rect, panel, window_, draggable, mount } from "./drawing.js";

// Share of the total weight, upwards, in the plot and in the bars alike.
const HEIGHT = 270;
const up = scale([0, 1], [222, 30]);
const across = scale([-5.3 * Math.PI, 5.3 * Math.PI], [46, 366]);
const CENTRE = { x: 100, y: 122, r: 70 };

const around = (angle, r) => [at(CENTRE.x + r * Math.sin(angle)), at(CENTRE.y - r * Math.cos(angle))];
const side = (k) => (k % 2 === 0 ? "plus" : "minus");
const sign = (k) => (k % 2 === 0 ? "+" : "−");

function turnName(k) {
  if (k === 0) return "θ";
  const size = Math.abs(k) === 1 ? "π" : `${Math.abs(k)}π`;
  return `θ ${k < 0 ? "−" : "+"} ${size}`;
}

// The turn as a spiral, so that a full turn more is seen to be one.
function spiral(alpha) {
  const radius = (angle) => 16 + (8 * Math.abs(angle)) / Math.PI;
  const steps = Math.max(2, Math.ceil(Math.abs(alpha) / 0.12));
  const points = [];
  for (let i = 0; i <= steps; i++) {
    const angle = (alpha * i) / steps;
    points.push(around(angle, radius(angle)).join(" "));
  }
  return `M${points.join("L")}`;
}

function arrowHead(alpha) {
  const r = 16 + (8 * Math.abs(alpha)) / Math.PI;
  const [x, y] = around(alpha, r);
  const way = (alpha * 180) / Math.PI + (alpha < 0 ? 180 : 0);
  return { d: "M3 0L-6 -4.5V4.5Z", transform: `translate(${x} ${y}) rotate(${at(way)})` };
}

function dial() {
  const drawing = panel("dial", 200, HEIGHT);
  const minus = line(CENTRE.x, CENTRE.y, 0, 0, "stroke minus dashed");
  const plus = line(CENTRE.x, CENTRE.y, 0, 0, "stroke plus");
  const turn = svg("path");
  const head = svg("path");
  const minusEnd = circle(0, 0, 10, "mark minus hollow");
  const plusEnd = circle(0, 0, 10, "mark plus");
  const minusSign = text(0, 0, "−", "badge minus");
  const plusSign = text(0, 0, "+", "badge plus");
  const handle = circle(0, 0, 22, "handle");
  const name = text(100, 236, "", "label middle");
  const where = text(100, 256, "", "small middle");
  const [tipX, tipY] = around(0, CENTRE.r - 8);
  drawing.append(
    text(100, 26, "prepared", "label middle"),
    circle(CENTRE.x, CENTRE.y, CENTRE.r, "face"),
    ...Array.from({ length: 24 }, (_, i) => line(...around((i * TAU) / 24, CENTRE.r),
      ...around((i * TAU) / 24, CENTRE.r - (i % 6 ? 4 : 8)), "tick")),
    minus, plus,
    line(CENTRE.x, CENTRE.y, tipX, tipY + 6, "spin"),
    svg("path", { d: `M${tipX} ${tipY - 5}l6 12h-12Z`, class: "spin-head" }),
    turn, head, circle(CENTRE.x, CENTRE.y, 4, "hub"),
    minusEnd, minusSign, plusEnd, plusSign, handle, name, where);
  return {
    drawing, handle,
    draw({ theta, turn: k }, share) {
      const alpha = theta + Math.PI * k;
      for (const [angle, ray, end, label] of [
        [theta, plus, plusEnd, plusSign], [theta + Math.PI, minus, minusEnd, minusSign]]) {
        const [x, y] = around(angle, CENTRE.r);
        const [rx, ry] = around(angle, CENTRE.r - 10);
        ray.setAttribute("x2", rx);
        ray.setAttribute("y2", ry);
        end.setAttribute("cx", x);
        end.setAttribute("cy", y);
        label.setAttribute("x", x);
        label.setAttribute("y", y + 5);
      }
      const [x, y] = around(theta, CENTRE.r);
      handle.setAttribute("cx", x);
      handle.setAttribute("cy", y);
      turn.setAttribute("d", spiral(alpha));
      turn.setAttribute("class", `turn ${side(k)}`);
      for (const [key, value] of Object.entries(arrowHead(alpha))) head.setAttribute(key, value);
      head.setAttribute("class", `turn-head ${side(k)}`);
      head.setAttribute("visibility", Math.abs(alpha) < 0.05 ? "hidden" : "visible");
      name.textContent = `α = ${turnName(k)} = ${degrees(alpha)}`;
      where.textContent = `ends ${sign(k)}, share ${chance(share, 3)}`;
    },
  };
}

function weights() {
  const drawing = panel("weights", 376, HEIGHT);
  const inside = window_(46, 30, 320, 193);
  const curve = svg("path", { class: "curve" });
  const stems = svg("g");
  inside.append(curve);
  const ticks = [-4, -2, 0, 2, 4].map((n) => [across(n * Math.PI), n ? `${n < 0 ? "−" : ""}${Math.abs(n)}π` : "0"]);
  drawing.append(
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((y) => [
      line(46, up(y), 366, up(y), y ? "grid" : "axis"), text(40, up(y) + 4, y === 0 || y === 1 ? String(y) : fixed(y, 2), "small end")]),
    ...ticks.flatMap(([x, label]) => [line(x, 222, x, 227, "axis"), text(x, 242, label, "small middle")]),
    text(206, 262, "turn α (rad)", "small middle"),
    text(46, 18, "share of the weight W(α)", "small"),
    inside, stems);
  return {
    drawing, stems,
    draw({ theta, gamma, turn }, total) {
      const reach = Math.asinh((5.3 * Math.PI) / gamma);
      const points = [];
      for (let i = -70; i <= 70; i++) {
        const alpha = gamma * Math.sinh((reach * i) / 70);
        points.push(`${across(alpha)} ${up(Math.min(1.2, lorentzian(alpha, gamma) / total))}`);
      }
      curve.setAttribute("d", `M${points.join("L")}`);
      const marks = [];
      for (let k = -7; k <= 5; k++) {
        const alpha = theta + Math.PI * k;
        if (Math.abs(alpha) > 5 * Math.PI + 1e-9) continue;
        const x = across(alpha);
        const y = up(turnProbability(theta, gamma, k));
        const mark = svg("g", { class: `stem ${side(k)}`, "data-turn": k },
          rect(x - 12, 30, 24, 200, "handle"), line(x, 222, x, y, "stroke"),
          circle(x, y, 5.5, `mark ${side(k)} ${k % 2 ? "hollow" : ""}`));
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
    rect(22, 30, 40, 192, "well"), rect(86, 30, 40, 192, "well"), filled,
    line(12, 222, 136, 222, "axis"),
    text(42, 242, "ends +", "small middle"), text(106, 242, "ends −", "small middle"),
    ...values, ...born, line(30, 258, 52, 258, "born"), text(58, 262, "Born rule", "small"));
  return {
    drawing,
    draw({ theta, gamma }, sums, quantum) {
      const pieces = [];
      [0, 1].forEach((outcome) => {
        const left = outcome ? 86 : 22;
        const shares = [];
        for (let k = outcome - 8; k <= 8; k += 2) shares.push(turnProbability(theta, gamma, k));
        shares.sort((a, b) => b - a);
        pieces.push(rect(left, up(sums[outcome]), 40, 222 - up(sums[outcome]), `bar ${outcome ? "minus" : "plus"}`));
        let stacked = 0;
        for (const share of shares.slice(0, 4)) {
          stacked += share;
          if (sums[outcome] - stacked > 0.004) pieces.push(line(left, up(stacked), left + 40, up(stacked), "seam"));
        }
        const y = up(quantum[outcome]);
        for (const [key, value] of Object.entries({ x1: left - 7, y1: y, x2: left + 47, y2: y })) {
          born[outcome].setAttribute(key, value);
        }
        values[outcome].textContent = chance(sums[outcome], 3);
      });
      filled.replaceChildren(...pieces);
    },
  };
}

function render(context) {
  const clock = dial();
  const plot = weights();
  const sums = bars();
  return mount(context, {
    name: "winding",
    traits: ["theta", "gamma", "turn"],
    question: "Which turns are allowed?",
    hint: "drag the magnet, or tap a stem",
    note: "Every stem is one way for the history to end. Exact: a stem’s height is its share of the total weight; the bars sum all windings, not only those drawn. "
      + "Stylised: the spiral shows how far the spin turns, not how or when.",
    stage: [clock.drawing, plot.drawing, sums.drawing],
    readouts: [
      ["plus", "P(+) "], ["born_plus", "Born rule "], ["minus", "P(−) "], ["born_minus", "Born rule "],
      ["weight", html("i", {}, "W"), "(", html("i", {}, "θ"), ") "]],
    controls: (ui) => [
      ui.slider("theta", [html("i", {}, "θ"), ", angle of the second magnet"], degrees),
      ui.slider("gamma", [html("i", {}, "γ"), ", anomaly width"], (value) => `${fixed(value, 2)} rad`),
      ui.slider("turn", ["turn on the dial"], (k) => turnName(k)),
      html("div", { class: "buttons" }, ui.reset())],
    connect(ui, read) {
      draggable(clock.handle, clock.drawing, (x, y) => {
        const angle = Math.atan2(x - CENTRE.x, CENTRE.y - y);
        ui.set({ theta: (Math.round((((angle + TAU) % TAU) * 180) / Math.PI) * Math.PI) / 180 });
      });
      plot.stems.addEventListener("click", (event) => {
        const stem = event.target.closest("[data-turn]");
        if (stem) ui.set({ turn: Number(stem.dataset.turn) });
      });
    },
    draw(state) {
      const { theta, gamma, turn } = state;
      const total = wrappedLorentzian(theta, gamma) + wrappedLorentzian(theta + Math.PI, gamma);
      const model = probabilities(theta, gamma);
      const quantum = probabilities(theta, 0);
      clock.draw(state, turnProbability(theta, gamma, turn));
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
        summary: `Second magnet at ${degrees(theta)}, anomaly width ${fixed(gamma, 2)} rad: `
          + `P(+) is ${chance(model[0], 3)} and P(−) is ${chance(model[1], 3)}; `
          + `the Born rule gives ${chance(quantum[0], 3)} and ${chance(quantum[1], 3)}.`,
      };
    },
  });
}

export default { render };
