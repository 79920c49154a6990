// Typesets the formulas of marking and feedback pages as MathML: a line of JSON in, a line out.
// What Temml does not know is shown as the TeX that it is; nothing in a formula is trusted.
const temml = require(process.argv[2]);

const HARMLESS = { throwOnError: false, trust: false, maxExpand: 200 };

function typeset(latex, display) {
  try {
    return temml.renderToString(latex, { displayMode: display, ...HARMLESS });
  } catch {
    return ""; // Too deep, or a fault of Temml's: the caller shows the TeX.
  }
}

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { latex, display } = JSON.parse(line);
    console.log(JSON.stringify(typeset(latex, display)));
  });
