// Typesets the formulas that arrive on standard input, one JSON request and one JSON answer a line.
// Temml's MathML is tidied on the way: rows in rows, spaces between functions and what stands beside
// them by TeX's rules, accents, styles as classes, and long inline formulas in parts that may break.
const temml = require(process.argv[2]);

const THIN = "0.1667em"; // As Temml writes it around functions; an author's thin space differs:
const AUTHORS = { "\\,": "\\kern{0.167em}" };
const ROWS = new Set(["math", "mrow", "mtd", "mstyle", "mpadded", "msqrt", "mphantom"]);
const SCRIPTED = new Set(["msub", "msup", "msubsup", "munder", "mover", "munderover"]);
const BRACKETS = /^[()[\]{}⟨⟩⌊⌋⌈⌉|‖]$/;
// Accents of Temml, and the characters that fonts draw at the height of an accent.
const ACCENTS = { "→": "\u20D7", "‾": "\u0304", "~": "\u0303", "^": "\u0302", "˙": "\u0307", "¨": "\u0308" };
// Temml's styles, as classes of maths.css; those that attributes say as well are not needed.
const STYLES = {
  "display:block math;": "",
  "math-depth:0;": "",
  "math-depth:2;": "smallest",
  "padding-left:0em;padding-right:0em;": "tight",
  "padding-left:0pt;padding-right:0pt;": "middle",
  "padding-left:1em;padding-right:0em;": "apart",
  "padding-left:0em;padding-right:5.9776pt;": "first",
  "padding-left:5.9776pt;padding-right:0em;": "last",
  "padding-left:5.9776pt;padding-right:5.9776pt;": "middle",
  "margin-left:-0.1667em;": "back",
};
const CLASSES = new Set(["tml-left", "tml-right", "tml-jot", "tml-small"]);
const LONG = 9; // From about this many em an inline formula may break.

const Node = temml.__renderToMathMLTree("x", {}).constructor;
const space = (size) => Object.assign(new Node("mspace"), { attributes: { width: size } });

const text = (node) => node.text ?? node.children.map(text).join("");
const is = (node, type) => node?.type === type;
const isFence = (node) =>
  is(node, "mo") &&
  (node.attributes.symmetric || (node.attributes.form !== undefined && BRACKETS.test(text(node))));
const isThin = (node) => is(node, "mspace") && node.attributes.width === THIN;
const isBack = (node) => node?.classes?.includes("back");
const isApply = (node) => is(node, "mo") && text(node) === "\u2061";
// Firefox spaces an upright letter or name unless it stands in a row with something else: see `shield`.
const isShield = (node) => node.children.some((child) => is(child, "mspace") && !child.attributes.width);
const isPlain = (node) =>
  is(node, "mrow") &&
  !isShield(node) &&
  ![node.classes, node.attributes, node.style].some((own) => Object.keys(own).length);
const stretches = (node) => is(node, "mo") && node.attributes.stretchy === "true" && !node.attributes.minsize;
const isLarge = (node) =>
  node?.attributes?.movablelimits !== undefined || (SCRIPTED.has(node?.type) && isLarge(node.children[0]));

// A relation, an operator between two terms, or punctuation.
const isSpaced = (node) =>
  is(node, "mo") &&
  !isFence(node) &&
  !isApply(node) &&
  !isLarge(node) &&
  !["prefix", "postfix"].includes(node.attributes.form);

// The members of a row: groups that change nothing are opened, empty delimiters and groups go.
function members(children) {
  return children.flatMap((child) => {
    if (child.type === undefined && child.children) return members(child.children); // A fragment.
    if (isPlain(child) && !child.children.some(stretches)) return members(child.children);
    return is(child, "mo") && text(child) === "" ? [] : [child];
  });
}

// What an operator's neighbour is: "open", "close", "none" where none is spaced, else "thin".
function kind(node) {
  if (!node || isLarge(node)) return "none";
  if (node.type !== "mo") return "thin";
  if (isFence(node)) {
    const bar =
      { prefix: "open", postfix: "close" }[node.attributes.symmetric ? "" : node.attributes.form] ?? "thin";
    return "([{⟨⌊⌈".includes(text(node)) ? "open" : ")]}⟩⌋⌉".includes(text(node)) ? "close" : bar;
  }
  return isSpaced(node) ? "none" : "thin";
}

// TeX's thin space stands before a function that follows a letter, number, fraction or closing bracket, and
// after one that is not followed by an opening bracket.
function spaceFunctions(row) {
  const isName = (at) => isApply(row[at + 1]);
  row = row.filter((node, at) => !(isThin(node) && (isName(at + 1) || isApply(row[at - 1]))));
  const spaced = [];
  row.forEach((node, at) => {
    const isGlue = (part) => is(part, "mspace") || isBack(part);
    const before = row.slice(0, at).findLast((other) => !isGlue(other));
    const left = isApply(before) ? "function" : kind(before);
    const right = isName(at) ? "function" : kind(node);
    const isApart =
      !isGlue(node) &&
      !isApply(node) &&
      (left === "function"
        ? ["thin", "function"].includes(right)
        : right === "function" && ["thin", "close"].includes(left));
    if (isApart && isBack(spaced.at(-1)))
      spaced.pop(); // The author has taken it back.
    else if (isApart) spaced.push(space(THIN));
    spaced.push(node);
  });
  return spaced;
}

// A function and its invisible operator in a row of their own, which Firefox does not space by its own rules.
const shield = (row) =>
  row.flatMap((node, at) =>
    isApply(row[at + 1]) ? [new Node("mrow", [node, row[at + 1]])] : isApply(node) ? [] : [node],
  );

function dress(node, inScript) {
  const style = Object.entries(node.style)
    .map(([name, value]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${value};`)
    .join("");
  if (style && !(style in STYLES)) throw new Error(`typeset.js has no class for the style ${style}`);
  node.classes = node.classes.filter((name) => CLASSES.has(name)).concat(style ? STYLES[style] || [] : []);
  node.style = {};
  // Firefox adds distances of its own.
  if (node.type === "mtable") node.attributes.rowspacing = node.attributes.columnspacing = "0";
  if (node.type === "math") delete node.attributes.display;
  if (node.type !== "mo") return;
  const { attributes } = node;
  if (text(node) === "|" && attributes.lspace) attributes.lspace = attributes.rspace = "0.2778em";
  // A tall bar without a side is not a relation; in scripts TeX sets relations and operators close.
  if (attributes.symmetric) attributes.form = kind(node) === "close" ? "postfix" : "prefix";
  if (inScript && isSpaced(node)) attributes.lspace = attributes.rspace = "0em";
}

function tidy(node, inScript = false) {
  if (!node.type) return node;
  const isScript = (at) => SCRIPTED.has(node.type) && at > 0;
  if (ROWS.has(node.type)) {
    node.children = members(node.children);
    node.children.forEach((child) => tidy(child, inScript));
    node.children = shield(spaceFunctions(node.children));
  } else {
    node.children.forEach((child, at) => {
      tidy(child, inScript || isScript(at));
    });
    node.children = node.children.map((child) =>
      isPlain(child) && child.children.length === 1 ? child.children[0] : child,
    );
  }
  const [, accent] = is(node, "mover") ? node.children : [];
  if (is(accent, "mo") && text(accent) in ACCENTS) {
    node.attributes.accent = "true";
    accent.children[0].text = ACCENTS[text(accent)];
  }
  dress(node, inScript);
  return node;
}

// About how many em wide.
function width(node, size = 1) {
  if (is(node, "mspace")) return Number.parseFloat(node.attributes.width);
  if (isSpaced(node)) return 1.3 * size;
  if (is(node, "mfrac")) return Math.max(...node.children.map((part) => width(part, 0.75 * size)));
  if (!node.children?.some((child) => child.type)) return 0.5 * size * [...text(node)].length;
  const part = (at) => (SCRIPTED.has(node.type) && at ? 0.7 * size : size);
  return node.children.reduce((sum, child, at) => sum + width(child, part(at)), 0);
}

const mayBreak = (node) => isSpaced(node) && !node.attributes.separator;

// Browsers break no line within <math>, so a long formula is several.
function parts(row) {
  if (row.reduce((sum, node) => sum + width(node), 0) < LONG) return [row];
  const found = [[]];
  let depth = 0;
  row.forEach((node, at) => {
    found.at(-1).push(node);
    depth += (kind(node) === "open") - (kind(node) === "close");
    if (depth === 0 && mayBreak(node) && at < row.length - 1) {
      node.attributes.form = "infix";
      found.push([]);
    }
  });
  return found;
}

// What only the rules above, or nobody, asks for.
function trim(node) {
  if (!node.type) {
    node.text = node.text.replaceAll("\uFE0E", ""); // Asks for text, which is all the font has.
    return;
  }
  if (node.attributes.width === "0.167em") node.attributes.width = THIN;
  for (const name of ["fence", "separator"]) delete node.attributes[name];
  node.children.forEach(trim);
}

function typeset(latex, { display, macros }) {
  const options = {
    displayMode: display,
    throwOnError: true,
    strict: true,
    macros: { ...macros, ...AUTHORS },
  };
  const math = tidy(temml.__renderToMathMLTree(latex, options));
  const [first, last] = [math.children[0], math.children.at(-1)]; // No space towards the text.
  if (first && isSpaced(first)) first.attributes.lspace = "0em";
  if (last && isSpaced(last)) last.attributes.rspace = "0em";
  const rows = display ? [math.children] : parts(math.children);
  trim(math);
  return rows.map((row) => (row.length === 1 ? row[0] : new Node("mrow", row)).toMarkup());
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { latex, ...options } = JSON.parse(line);
    let answer;
    try {
      answer = { parts: typeset(latex, options) };
    } catch (error) {
      answer = { error: error.message };
    }
    console.log(JSON.stringify(answer));
  });
