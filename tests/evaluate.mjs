// Evaluates expressions over the exports of an ES module and writes the numbers they give, as doubles.
// Reads {name: [expression, points]} from standard input; an expression is a function of a point.

import { readFileSync } from "node:fs";

const model = await import(process.argv[2]);
Object.assign(globalThis, model);

// So many draws from one stream of random numbers; so many first draws from neighbouring streams.
globalThis.draws = (count, seed, draw) => {
  const random = model.generator(seed);
  return Array.from({ length: count }, () => draw(random));
};
globalThis.firsts = (count, seed, draw) =>
  Array.from({ length: count }, (_, i) => draw(model.generator(1000 * seed + i)));

function append(found, value) {
  if (typeof value === "object") for (const part of Object.values(value)) append(found, part);
  else found.push(Number(value));
}

const values = {};
for (const [name, [expression, points]] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const f = (0, eval)(expression);
  const found = [];
  for (const point of points) append(found, f(...point));
  values[name] = Buffer.from(Float64Array.from(found).buffer).toString("base64");
}
process.stdout.write(JSON.stringify({ exports: Object.keys(model), values }));
