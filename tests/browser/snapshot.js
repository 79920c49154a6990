// Makes a still figure of an explorer: `make snapshots` runs it in a page; readers do not get it.

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function svg(tag, attributes, ...children) {
  const element = set(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes);
  element.append(...children);
  return element;
}

const STYLE = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-opacity",
  "stroke-linecap",
  "stroke-linejoin",
  "font-size",
  "font-family",
  "font-weight",
  "font-style",
  "text-anchor",
  "opacity",
  "visibility",
];

function freeze(element) {
  const copy = element.cloneNode(false);
  for (const name of ["class", "aria-hidden", "data-area", "style", "translate"]) copy.removeAttribute(name);
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
  const rows = getComputedStyle(stage)
    .gridTemplateAreas.match(/[^"]+(?="( |$))/g)
    .map((row) => row.split(" "));
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
      ends[axis][i] = Math.max(
        ends[axis][i - 1],
        ...panels.filter((p) => p[end] === i).map((p) => ends[axis][p[start]] + p[size] + gap),
      );
    }
  };
  fill("x", "width", "left", "right", rows[0].length);
  fill("y", "height", "top", "bottom", rows.length);
  for (const p of panels) [p.x, p.y] = [ends.x[p.left], ends.y[p.top]];
  return [ends.x.at(-1), ends.y.at(-1)];
}

// The drawing as one free-standing SVG, its title the question, its description the state.
globalThis.snapshot = (root) => {
  const gap = 14;
  const head = 40;
  const panels = [...root.querySelectorAll(".panel")].map((element) => {
    const { width, height } = element.viewBox.baseVal;
    return { element, width, height };
  });
  const [across, down] = arrange(root.querySelector(".drawings"), panels, gap);
  const [width, height] = [gap + across, head + down];
  const question = root.querySelector(".question");
  const heading = freeze(svg("text", { x: gap + 4, y: 28 }, question.textContent));
  const style = getComputedStyle(root);
  const picture = svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      "font-family": style.fontFamily,
    },
    svg("title", {}, question.textContent),
    svg("desc", {}, root.dataset.summary),
    svg("rect", {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: height - 1,
      rx: 8,
      fill: style.backgroundColor,
      stroke: style.borderTopColor,
    }),
    heading,
  );
  for (const [name, value] of [
    ["font-size", "16"],
    ["font-weight", "700"],
    ["fill", style.color],
  ]) {
    heading.setAttribute(name, value);
  }
  for (const p of panels) {
    const { width: w, height: h } = p;
    picture.append(set(freeze(p.element), { x: gap + p.x, y: head + p.y, width: w, height: h }));
  }
  return `${new XMLSerializer().serializeToString(picture)}\n`;
};
