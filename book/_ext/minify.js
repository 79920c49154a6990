// Minifies a file, given as JSON on standard input with its kind and, for a module, a name. A module becomes a
// script that leaves what it exports by default in `liveModules` under that name: a page that is opened as a
// file may load scripts but no modules.
const { transformSync } = require(process.argv[2]);
const { text, loader, name } = JSON.parse(require("fs").readFileSync(0, "utf8"));

const { code } = transformSync(text, {
  loader,
  minify: true,
  charset: "utf8",
  target: loader === "js" ? "es2022" : undefined,
  format: name ? "esm" : undefined,
});
if (name) {
  const [, body, widget] = /^([^]*)export ?\{([\w$]+) as default\};\s*$/.exec(code) ?? [];
  if (!widget) throw new Error(`${name} must export its widget by default and nothing else`);
  const leave = `(globalThis.liveModules??={})[${JSON.stringify(name)}]=${widget}`;
  process.stdout.write(JSON.stringify(`(()=>{${body}${leave}})();\n`));
} else process.stdout.write(JSON.stringify(code));
