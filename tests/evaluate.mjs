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

const numbers = (value) => (typeof value === "object" ? Object.values(value).flatMap(numbers) : [Number(value)]);

const values = {};
for (const [name, [expression, points]] of Object.entries(JSON.parse(readFileSync(0, "utf8")))) {
  const f = (0, eval)(expression);
  const found = Float64Array.from(points.flatMap((point) => numbers(f(...point))));
  values[name] = Buffer.from(found.buffer).toString("base64");
}
process.stdout.write(JSON.stringify({ exports: Object.keys(model), values }));
