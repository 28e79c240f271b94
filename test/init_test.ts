import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { modelSpecification } from "../lib/models/specification.ts";

/** Every initial parameter by its name. */
function initial(model: PartialConfiguration["model"], seed = 0, vocabulary = 3) {
  const shape = { vocabulary, classes: 4, model: configuration({ model }).model };
  const flat = initialParameters(shape, seed);
  const { entries, size } = modelSpecification(shape);
  assertEquals(flat.length, size);
  return Object.fromEntries(
    entries.map(({ name, offset, size }) => [name, flat.slice(offset, offset + size)]),
  );
}

const meanOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

Deno.test("the seed fixes every byte, and another seed changes every weight", () => {
  assertEquals(initial({}, 5), initial({}, 5));
  const [five, six] = [initial({}, 5), initial({}, 6)];
  for (const name of Object.keys(five)) {
    if (/weight|embedding/.test(name)) assertNotEquals(five[name], six[name], name);
    else assertEquals(five[name], six[name], name);
  }
});

Deno.test("a parameter more or less leaves the others as they are", () => {
  const whole = initial({});
  for (const model of [{ bias: false }, { output: false }, { mlpWidth: 0 }, { norm: "none" as const }]) {
    const fewer = initial(model);
    assert(Object.keys(fewer).length < Object.keys(whole).length);
    for (const [name, values] of Object.entries(fewer)) assertEquals(values, whole[name], name);
  }
});

Deno.test("no two weights start equal", () => {
  const weights = Object.entries(initial({})).filter(([name]) => /weight|embedding/.test(name));
  const values = weights.flatMap(([, each]) => [...each]);
  assertEquals(new Set(values).size, values.length);
});

Deno.test("gains start at 1, all biases at 0", () => {
  for (const [name, values] of Object.entries(initial({}))) {
    if (name.endsWith(".gain")) assert(values.every((value) => value === 1), name);
    if (name.endsWith(".bias")) assert(values.every((value) => value === 0), name);
  }
});

Deno.test("a linear map is uniform in ±1/√inputs", () => {
  // Numbers of inputs that all differ: d = 30, heads 5·14 = 70, hidden 110.
  const parameters = initial({ width: 30, heads: 5, headWidth: 14, mlpWidth: 110 });
  const inputs = {
    "attention.query": 30,
    "attention.key": 30,
    "attention.value": 30,
    "attention.output": 70,
    "mlp.in": 30,
    "mlp.out": 110,
    "readout": 30,
  };
  for (const [name, count] of Object.entries(inputs)) {
    const values = parameters[`${name}.weight`];
    const bound = 1 / Math.sqrt(count);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // All of n numbers stay below (1 − 10/n) of the bound with a chance of e^−10.
    assert(largest <= Math.fround(bound) && largest > bound * (1 - 10 / values.length), name);
    const error = 5 * bound / Math.sqrt(3 * values.length);
    assertAlmostEquals(meanOf(values), 0, error, name);
    // The variance of x² is 4/45 of bound⁴.
    const squareError = 5 * bound ** 2 * Math.sqrt(4 / 45 / values.length);
    assertAlmostEquals(meanOf(values.map((value) => value ** 2)), bound ** 2 / 3, squareError, name);
  }
});

Deno.test("embeddings are standard normal", () => {
  const { embedding } = initial({ width: 400 }, 0, 26);
  const n = embedding.length;
  for (const [k, expected, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]]) {
    const moment = meanOf(Float64Array.from(embedding, (value) => value ** k));
    assertAlmostEquals(moment, expected, 5 * Math.sqrt(variance / n), `moment ${k}`);
  }
});
