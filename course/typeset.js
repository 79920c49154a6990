// Typesets the formulas of marking and feedback pages as MathML: a line of JSON in, a line out.
// What Temml does not know is shown in it as the TeX that it is; nothing in a formula is trusted.
const temml = require(process.argv[2]);

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const { latex, display } = JSON.parse(line);
    let answer = "";
    try {
      answer = temml.renderToString(latex, { displayMode: display, throwOnError: false, trust: false, maxExpand: 200 });
    } catch {
      // Too deep, or a fault of Temml's: the caller shows the TeX.
    }
    console.log(JSON.stringify(answer));
  });
