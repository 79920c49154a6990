// Makes a picture of an explorer as it stands: a free-standing SVG, and a PNG painted from that. A browser would
// paint an SVG as well, but as an image from a data: or blob: address, which a strict content policy forbids.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const GAP = 14;
  const HEAD = 40;
  const FINENESS = 2; // Pixels of a PNG for one of the page.
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

  /** @typedef {{ element: SVGSVGElement, width: number, height: number, area: string }} Panel */

  /** @type {(tag: string, attributes: Record<string, string | number>, ...children: (Node | string)[]) => Element} */
  function svg(tag, attributes, ...children) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
    element.append(...children);
    return element;
  }

  /** A copy that looks the same without any stylesheet. @type {(element: Element) => Element} */
  function freeze(element) {
    const copy = /** @type {Element} */ (element.cloneNode(false));
    for (const name of ["class", "aria-hidden", "data-area", "style", "translate"])
      copy.removeAttribute(name);
    const computed = getComputedStyle(element);
    const inherited = element.parentElement && getComputedStyle(element.parentElement);
    for (const property of STYLE) {
      const value = computed.getPropertyValue(property);
      if (!inherited || inherited.getPropertyValue(property) !== value || property.endsWith("opacity")) {
        if (!(property.endsWith("opacity") && value === "1")) copy.setAttribute(property, value);
      }
    }
    for (const child of element.childNodes) {
      if (!(child instanceof Element)) copy.append(child.cloneNode());
      else if (getComputedStyle(child).display !== "none") copy.append(freeze(child));
    }
    return copy;
  }

  /**
   * Where panels stand in rows and columns, the areas of the grid, with every panel at its own size; and how much
   * room they take.
   * @type {(drawings: Element, panels: Panel[]) => { places: [number, number][], size: [number, number] }}
   */
  function arrange(drawings, panels) {
    const areas = getComputedStyle(drawings).gridTemplateAreas;
    const named = [...areas.matchAll(/"([^"]*)"/g)].map(([, row]) => row.trim().split(/\s+/));
    const rows = named.length ? named : panels.map(({ area }) => [area]);
    const spans = panels.map(({ area }) => {
      const top = rows.findIndex((row) => row.includes(area));
      const bottom = rows.findLastIndex((row) => row.includes(area)) + 1;
      return { left: rows[top].indexOf(area), right: rows[top].lastIndexOf(area) + 1, top, bottom };
    });
    /** @type {(count: number, start: "left" | "top", end: "right" | "bottom", size: "width" | "height") => number[]} */
    const edges = (count, start, end, size) => {
      const found = [0];
      for (let i = 1; i <= count; i++) {
        const reached = panels
          .filter((_, p) => spans[p][end] === i)
          .map((panel) => found[spans[panels.indexOf(panel)][start]] + panel[size] + GAP);
        found.push(Math.max(found[i - 1], ...reached));
      }
      return found;
    };
    const across = edges(rows[0].length, "left", "right", "width");
    const down = edges(rows.length, "top", "bottom", "height");
    return {
      places: spans.map(({ left, top }) => [across[left], down[top]]),
      size: [across[across.length - 1], down[down.length - 1]],
    };
  }

  /** Its title is the question, its description the state. @param {HTMLElement} root */
  function draw(root) {
    const drawings = /** @type {Element} */ (root.querySelector(".drawings"));
    const panels = [.../** @type {NodeListOf<SVGSVGElement>} */ (root.querySelectorAll(".panel"))]
      .filter((element) => element.checkVisibility())
      .map((element) => {
        const { width, height } = element.viewBox.baseVal;
        return { element, width, height, area: element.style.gridRowStart };
      });
    const { places, size } = arrange(drawings, panels);
    const [width, height] = [GAP + size[0], HEAD + size[1]];
    const question = root.querySelector(".question")?.textContent ?? "";
    const style = getComputedStyle(root);
    return svg(
      "svg",
      { viewBox: `0 0 ${width} ${height}`, width, height, "font-family": style.fontFamily },
      svg("title", {}, question),
      svg("desc", {}, root.dataset.summary ?? ""),
      svg("rect", {
        x: 0.5,
        y: 0.5,
        width: width - 1,
        height: height - 1,
        rx: 8,
        fill: style.backgroundColor,
        stroke: style.borderTopColor,
      }),
      svg("text", { x: GAP + 4, y: 28, "font-size": 16, "font-weight": 700, fill: style.color }, question),
      ...panels.map((panel, i) => {
        const frozen = freeze(panel.element);
        const [x, y] = places[i];
        const place = { x: GAP + x, y: HEAD + y, width: panel.width, height: panel.height };
        for (const [name, value] of Object.entries(place)) frozen.setAttribute(name, String(value));
        return frozen;
      }),
    );
  }

  /** @type {(element: Element, name: string) => number} */
  const number = (element, name) => Number.parseFloat(element.getAttribute(name) ?? "0") || 0;

  /** What an element is drawn as. @type {(element: Element) => Path2D | null} */
  function outline(element) {
    const shape = new Path2D();
    const get = (/** @type {string} */ name) => number(element, name);
    switch (element.localName) {
      case "path":
        return new Path2D(element.getAttribute("d") ?? "");
      case "circle":
        shape.arc(get("cx"), get("cy"), get("r"), 0, 2 * Math.PI);
        return shape;
      case "rect":
        shape.roundRect(get("x"), get("y"), get("width"), get("height"), get("rx"));
        return shape;
      case "line":
        shape.moveTo(get("x1"), get("y1"));
        shape.lineTo(get("x2"), get("y2"));
        return shape;
    }
    return null;
  }

  /**
   * Paint a frozen element with what is in it; `style` is what it inherits.
   * @type {(canvas: CanvasRenderingContext2D, element: Element, style: Record<string, string>) => void}
   */
  function paint(canvas, element, style) {
    /** @type {Record<string, string>} */
    const own = { ...style, opacity: "1" };
    for (const property of STYLE) own[property] = element.getAttribute(property) ?? own[property];
    canvas.save();
    if (element instanceof SVGGraphicsElement) {
      const moved = element.transform.baseVal.consolidate()?.matrix;
      if (moved) canvas.transform(moved.a, moved.b, moved.c, moved.d, moved.e, moved.f);
    }
    if (element instanceof SVGSVGElement) {
      const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => number(element, name));
      const seen = element.viewBox.baseVal;
      canvas.translate(x, y);
      canvas.scale(width / seen.width, height / seen.height);
      canvas.translate(-seen.x, -seen.y);
      canvas.beginPath();
      canvas.rect(seen.x, seen.y, seen.width, seen.height);
      canvas.clip();
    }
    const shape = outline(element);
    const shown = own.visibility !== "hidden";
    const opacity = Number(own.opacity);
    if (shape && shown && own.fill !== "none") {
      canvas.globalAlpha = opacity * Number(own["fill-opacity"]);
      canvas.fillStyle = own.fill;
      canvas.fill(shape);
    }
    if (shape && shown && own.stroke !== "none") {
      canvas.globalAlpha = opacity * Number(own["stroke-opacity"]);
      canvas.strokeStyle = own.stroke;
      canvas.lineWidth = Number.parseFloat(own["stroke-width"]);
      canvas.lineCap = /** @type {CanvasLineCap} */ (own["stroke-linecap"]);
      canvas.lineJoin = /** @type {CanvasLineJoin} */ (own["stroke-linejoin"]);
      canvas.setLineDash((own["stroke-dasharray"].match(/[\d.]+/g) ?? []).map(Number));
      canvas.stroke(shape);
    }
    if (element.localName === "text" && shown) write(canvas, element, own);
    else if (element.localName !== "title" && element.localName !== "desc") {
      for (const child of element.children) paint(canvas, child, own);
    }
    canvas.restore();
  }

  /**
   * Paint a text and the pieces that it is made of, one after the other.
   * @type {(canvas: CanvasRenderingContext2D, text: Element, style: Record<string, string>) => void}
   */
  function write(canvas, text, style) {
    let down = number(text, "y");
    const pieces = [...text.childNodes].map((node) => {
      const own = { ...style };
      if (node instanceof Element) {
        for (const property of STYLE) own[property] = node.getAttribute(property) ?? own[property];
        down += number(node, "dy");
      }
      const size = Number.parseFloat(own["font-size"]);
      const font = `${own["font-style"]} ${own["font-weight"]} ${size}px ${own["font-family"]}`;
      canvas.font = font;
      const content = node.textContent ?? "";
      return { content, font, down, fill: own.fill, width: canvas.measureText(content).width };
    });
    const whole = pieces.reduce((sum, { width }) => sum + width, 0);
    const before = { start: 0, middle: 0.5, end: 1 }[style["text-anchor"]] ?? 0;
    let across = number(text, "x") - before * whole;
    canvas.globalAlpha = Number(style.opacity) * Number(style["fill-opacity"]);
    for (const piece of pieces) {
      canvas.font = piece.font;
      canvas.fillStyle = piece.fill;
      if (piece.fill !== "none") canvas.fillText(piece.content, across, piece.down);
      across += piece.width;
    }
  }

  globalThis.livePicture = {
    svg: (root) => `${new XMLSerializer().serializeToString(draw(/** @type {HTMLElement} */ (root)))}\n`,
    png(root) {
      const drawing = draw(/** @type {HTMLElement} */ (root));
      const paper = document.createElement("canvas");
      paper.width = Math.ceil(number(drawing, "width") * FINENESS);
      paper.height = Math.ceil(number(drawing, "height") * FINENESS);
      const canvas = /** @type {CanvasRenderingContext2D} */ (paper.getContext("2d"));
      canvas.scale(FINENESS, FINENESS);
      paint(canvas, drawing, {
        fill: "#000",
        "fill-opacity": "1",
        stroke: "none",
        "stroke-width": "1",
        "stroke-opacity": "1",
        "stroke-dasharray": "none",
        "stroke-linecap": "butt",
        "stroke-linejoin": "miter",
        "font-size": "16",
        "font-family": "sans-serif",
        "font-weight": "400",
        "font-style": "normal",
        "text-anchor": "start",
        visibility: "visible",
      });
      return paper.toDataURL("image/png");
    },
  };
})();
