// What every explorer shares: its frame, its native controls, its drawing primitives.

const SVG = "http://www.w3.org/2000/svg";
let views = 0;

function build(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export const svg = (tag, attributes = {}, ...children) =>
  build(document.createElementNS(SVG, tag), attributes, children);

export const html = (tag, attributes = {}, ...children) =>
  build(document.createElement(tag), attributes, children);

// Set attributes of an element that is already drawn.
export const put = (element, attributes) => build(element, attributes, []);

// A number as text, with a true minus sign.
export const fixed = (value, digits) => value.toFixed(digits).replace("-", "−");

// A probability as text: never "0.000" for one that is small and not zero (or a rounding error).
export function chance(value, digits) {
  if (value < 1e-15 || value >= 0.5 * 10 ** -digits) return fixed(value, digits);
  const [mantissa, exponent] = value.toExponential(1).split("e-");
  return `${mantissa}·10${[..."−" + exponent].map((sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["−0123456789".indexOf(sign)]).join("")}`;
}

export const degrees = (radians) => `${fixed((radians * 180) / Math.PI, 0)}°`.replace("−0°", "0°");

// A coordinate, short enough for an attribute.
export const at = (value) => Math.round(value * 10) / 10;

export function scale([a, b], [from, to]) {
  const slope = (to - from) / (b - a);
  return (value) => at(from + slope * (value - a));
}

// The point at `r` from a centre in the direction `angle`, clockwise from the top.
export const polar = ({ x, y }, angle, r) => [at(x + r * Math.sin(angle)), at(y - r * Math.cos(angle))];

// The direction of a point seen from a centre, clockwise from the top, in whole degrees up to a full turn.
export const bearing = (x, y, centre) =>
  (((Math.round((Math.atan2(x - centre.x, centre.y - y) * 180) / Math.PI) + 360) % 360) * Math.PI) / 180;

export function line(x1, y1, x2, y2, name) {
  return svg("line", { x1, y1, x2, y2, class: name });
}

export function text(x, y, content, name) {
  return svg("text", { x, y, class: name }, content);
}

export function circle(cx, cy, r, name) {
  return svg("circle", { cx, cy, r, class: name });
}

export function rect(x, y, width, height, name) {
  return svg("rect", { x, y, width: Math.max(0, at(width)), height: Math.max(0, at(height)), class: name });
}

// What a line of this class stands for.
export const legend = (x, y, name, label) => [line(x, y - 4, x + 24, y - 4, name), text(x + 30, y, label, "small")];

// Tell translators of pages what they may change: words, not symbols and numbers.
function settle(element, fixed) {
  element.setAttribute("translate", fixed ? "no" : "yes");
  element.classList.toggle("notranslate", fixed);
  return element;
}

const hasWords = (content) => /\p{L}{4}/u.test(content);

// A drawing of its own size; `area` is its place in the stage. What a translator puts into SVG is not shown.
export function panel(area, width, height) {
  return settle(svg("svg", {
    class: "panel", style: `grid-area:${area}`, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true",
  }), true);
}

// A part of a panel that cuts off what leaves it.
export function window_(x, y, width, height) {
  return svg("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}` });
}

function clamp(value, range) {
  const number = Number(value ?? NaN);
  if (Number.isNaN(number)) return range.start;
  return Math.min(Math.max(number, range.low), range.high);
}

// Jupyter's notebooks take the arrow keys from a focused element, before it hears of them, unless it has this.
const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

// Build an explorer into `el` and keep it in step with the model. The specification gives
//   name, question, hint, note : texts of the frame
//   controls(ui)               : make controls with ui.slider, ui.number, ui.choice, ui.button
//   stage                      : the panels
//   readouts                   : [name, label] of each displayed quantity
//   draw(state)                : redraw; returns {outputs: {name: [value, text]}, summary}
// Returns a function that lets go of the model.
export function mount({ model, el }, spec) {
  const ranges = model.get("ranges");
  const id = `explorer-${spec.name}-${++views}`;
  const shown = {};
  const inputs = {};

  const read = () => {
    const state = {};
    for (const name of spec.traits) {
      state[name] = name in ranges ? clamp(model.get(name), ranges[name]) : model.get(name);
    }
    return state;
  };
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) {
      model.set(name, name in ranges ? clamp(value, ranges[name]) : value);
    }
    model.save_changes();
  };
  const keep = (input, name) => {
    inputs[name] = input;
    input.addEventListener("input", () => {
      if (input.value !== "") set({ [name]: input.type === "select-one" ? input.value : Number(input.value) });
    });
    return put(input, OWN_KEYS);
  };
  const output = (name, attributes) =>
    (shown[name] = html("output", { name, "aria-live": "off", ...attributes }));

  const ui = {
    set,
    slider(name, label, format) {
      const { low, high, step } = ranges[name];
      const input = keep(html("input", {
        // A little more than `high`, which rounding could else put out of reach of the last step.
        type: "range", id: `${id}-${name}`, name, min: low, max: high + step / 1e6, step,
      }), name);
      input.format = format;
      return html("div", { class: "slider" },
        html("label", { for: input.id }, ...label), input, output(name, { for: input.id }));
    },
    number(name, label) {
      const { low, high, step } = ranges[name];
      const input = keep(html("input", {
        type: "number", id: `${id}-${name}`, name, min: low, max: high, step,
      }), name);
      return html("span", { class: "field" }, html("label", { for: input.id }, label), input);
    },
    choice(name, label, options) {
      const input = keep(html("select", { id: `${id}-${name}`, name },
        ...options.map(([value, content]) => html("option", { value }, content))), name);
      return html("span", { class: "field" }, html("label", { for: input.id }, label), input);
    },
    button(name, label, changes, value) {
      const button = html("button", { type: "button", name, value, ...OWN_KEYS }, label);
      button.addEventListener("click", () => set(changes(read())));
      return button;
    },
    reset() {
      return ui.button("reset", "Reset", () => opening);
    },
  };

  const opening = read();
  const say = (output, value, formatted) => {
    output.value = formatted;
    output.dataset.value = value;
    settle(output, !hasWords(formatted));
  };
  const live = html("p", { class: "announcement", role: "status" });
  const root = html("div", {
    class: "explorer", "data-explorer": spec.name, role: "group", "aria-labelledby": id,
  },
  html("div", { class: "head" },
    html("p", { class: "question", id }, spec.question), html("p", { class: "hint" }, spec.hint)),
  html("div", { class: "stage" }, ...spec.stage),
  html("div", { class: "readouts" }, ...spec.readouts.map(([name, ...label]) =>
    html("span", {}, ...label, output(name)))),
  html("div", { class: "controls" }, ...spec.controls(ui)),
  html("p", { class: "note" }, spec.note), live);
  root.querySelectorAll("i").forEach((symbol) => settle(symbol, true));
  root.querySelectorAll(".readouts > span, button").forEach((part) => settle(part, !hasWords(part.textContent)));

  let announcing;
  const update = () => {
    const state = read();
    for (const [name, input] of Object.entries(inputs)) {
      if (document.activeElement !== input || input.type !== "number") input.value = state[name];
      if (input.format) {
        const formatted = input.format(state[name], state);
        say(shown[name], state[name], formatted);
        input.setAttribute("aria-valuetext", formatted);
      }
    }
    const { outputs, summary } = spec.draw(state);
    for (const [name, [value, formatted]] of Object.entries(outputs)) say(shown[name], value, formatted);
    root.summary = summary;
    clearTimeout(announcing);
    announcing = setTimeout(() => { live.textContent = summary; }, 500);
  };
  spec.connect?.(ui, read);
  update();
  clearTimeout(announcing); // The opening state is not news.
  model.on("change", update);
  el.append(root);
  return () => {
    clearTimeout(announcing);
    model.off("change", update);
  };
}

// Point a hand {r, ray, knob, letter, handle} from the middle of its dial at an angle.
export function pointHand({ r, ray, knob, letter, handle }, centre, angle) {
  const [cx, cy] = polar(centre, angle, r);
  put(ray, { x2: cx, y2: cy });
  put(knob, { cx, cy });
  put(letter, { x: cx, y: cy + 4.5 });
  put(handle, { cx, cy });
}

// The hand whose knob is nearest to a point.
export function nearestHand(hands, x, y) {
  const distance = ({ knob }) => Math.hypot(x - knob.getAttribute("cx"), y - knob.getAttribute("cy"));
  return hands.reduce((best, hand) => (distance(hand) < distance(best) ? hand : best));
}

// Call `move(x, y, kind)` with panel coordinates while the pointer is pressed on `handle`; at once, where
// the handle is a whole track. The kind is "pointerdown" at the start, then "pointermove".
export function draggable(handle, drawing, move, track = false) {
  const place = (event) => {
    const box = drawing.getBoundingClientRect();
    const unit = drawing.viewBox.baseVal.width / box.width;
    move((event.clientX - box.left) * unit, (event.clientY - box.top) * unit, event.type);
  };
  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    if (track) place(event);
  });
  // Chromium heeds touch-action on a whole drawing, not on its shapes: without this a page scrolls instead.
  handle.addEventListener("touchstart", (event) => {
    if (getComputedStyle(event.target).touchAction === "none") event.preventDefault();
  }, { passive: false });
  handle.addEventListener("pointermove", (event) => {
    if (handle.hasPointerCapture(event.pointerId)) place(event);
  });
}

const STYLE = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity",
  "stroke-linecap", "stroke-linejoin", "font-size", "font-family", "font-weight", "font-style", "text-anchor",
  "opacity", "visibility"];

function freeze(element) {
  const copy = element.cloneNode(false);
  for (const name of ["class", "aria-hidden", "style", "translate"]) copy.removeAttribute(name);
  const computed = getComputedStyle(element);
  const inherited = element.parentElement && getComputedStyle(element.parentElement);
  for (const property of STYLE) {
    const value = computed.getPropertyValue(property);
    if (!inherited || inherited.getPropertyValue(property) !== value || property.endsWith("opacity")) {
      if (!(property.endsWith("opacity") && value === "1")) copy.setAttribute(property, value);
    }
  }
  for (const child of element.childNodes) {
    copy.append(child.nodeType === Node.TEXT_NODE ? child.cloneNode() : freeze(child));
  }
  return copy;
}

// Where panels stand in rows and columns: the stage's areas with every panel at its own size.
function arrange(stage, panels, gap) {
  const rows = getComputedStyle(stage).gridTemplateAreas.match(/[^"]+(?="( |$))/g).map((row) => row.split(" "));
  const ends = { x: [0], y: [0] };
  for (const p of panels) {
    const name = p.element.style.gridRowStart;
    p.top = rows.findIndex((row) => row.includes(name));
    p.left = rows[p.top].indexOf(name);
    p.bottom = rows.findLastIndex((row) => row.includes(name)) + 1;
    p.right = rows[p.top].lastIndexOf(name) + 1;
  }
  const fill = (axis, size, start, end, count) => {
    for (let i = 1; i <= count; i++) {
      ends[axis][i] = Math.max(ends[axis][i - 1], ...panels.filter((p) => p[end] === i)
        .map((p) => ends[axis][p[start]] + p[size] + gap));
    }
  };
  fill("x", "width", "left", "right", rows[0].length);
  fill("y", "height", "top", "bottom", rows.length);
  for (const p of panels) [p.x, p.y] = [ends.x[p.left], ends.y[p.top]];
  return [ends.x.at(-1), ends.y.at(-1)];
}

// The drawing as one free-standing SVG, its title the question, its description the state.
export function snapshot(root) {
  const gap = 14;
  const head = 40;
  const panels = [...root.querySelectorAll(".panel")].map((element) => {
    const { width, height } = element.viewBox.baseVal;
    return { element, width, height };
  });
  const [across, down] = arrange(root.querySelector(".stage"), panels, gap);
  const [width, height] = [gap + across, head + down];
  const question = root.querySelector(".question");
  const heading = freeze(svg("text", { x: gap + 4, y: 28 }, question.textContent));
  const style = getComputedStyle(root);
  const picture = svg("svg", {
    viewBox: `0 0 ${width} ${height}`, width, height, "font-family": style.fontFamily,
  },
  svg("title", {}, question.textContent), svg("desc", {}, root.summary),
  svg("rect", {
    x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8,
    fill: style.backgroundColor, stroke: style.borderTopColor,
  }), heading);
  for (const [name, value] of [["font-size", "16"], ["font-weight", "700"], ["fill", style.color]]) {
    heading.setAttribute(name, value);
  }
  for (const p of panels) {
    const { width: w, height: h } = p;
    picture.append(put(freeze(p.element), { x: gap + p.x, y: head + p.y, width: w, height: h }));
  }
  return `${new XMLSerializer().serializeToString(picture)}\n`;
}
