import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../lib/errors.ts";
import { configuration, type PartialConfiguration, withSetting } from "../lib/models/config.ts";
import { models, objectives } from "./arbitraries.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

Deno.test("what is left out is Table 1's, with the project's choices where the paper is silent", () => {
  assertEquals(configuration(), {
    task: { kind: "induction-heads", alphabet: 3, bottom: true, repeats: true },
    model: {
      width: 8,
      heads: 1,
      headWidth: 8,
      mlpWidth: 32,
      bias: true,
      output: true,
      loops: 25,
      recurrence: "residual",
      norm: "pre",
      causal: true,
      recency: 0.25,
      positions: { kind: "sinusoidal", scale: 0.15 },
      temperature: 1,
    },
    objective: {
      lambdaPotential: 0.1,
      lambdaKinetic: 0.001,
      lambdaEntropy: 0.02,
      q: 1.5,
      eta: 0,
      kinetic: "squared",
    },
    training: {
      batch: 32,
      minLength: 16,
      maxLength: 64,
      steps: 20_000,
      learningRate: 1e-3,
      weightDecay: 0.1,
      seed: 0,
      curriculum: "uniform",
      evaluateEvery: 500,
      evaluateLengths: [10, 100, 1000],
      evaluateSequences: 32,
    },
  });
});

Deno.test("the defaults are those of the committed Table 1", async () => {
  const { rows } = JSON.parse(await Deno.readTextFile(new URL("../data/paper/table1.json", import.meta.url)));
  const cell = (metric: string) =>
    rows.find((row: { metric: string }) => row.metric.startsWith(metric)).eer as string;
  const { model, training } = configuration();
  assertEquals(Number(cell("Latent Dimension")), model.width);
  assertEquals(Number(cell("Attention Heads")), model.heads);
  assertEquals(Number(cell("Recurrence Depth")), model.loops);
  assertEquals(cell("Training Steps"), `${training.steps / 1000}k`);
  assertEquals(Number(cell("Weight Decay")), training.weightDecay);
  assertEquals(Number(cell("Batch Size")), training.batch);
  assertEquals(cell("Training Range"), `${training.minLength}–${training.maxLength}`);
  assertEquals(cell("Learning Rate"), "1×10^{-3}");
  assertStringIncludes(cell("Position Encoding"), String(model.positions.scale));
});

Deno.test("one key changes itself alone", () => {
  const expected = configuration();
  expected.model.positions.kind = "none";
  assertEquals(configuration({ model: { positions: { kind: "none" } } }), expected);
  const steps = configuration();
  steps.training.steps = 7;
  assertEquals(configuration({ training: { steps: 7 } }), steps);
});

Deno.test("a whole configuration is its own completion, also by way of JSON", () => {
  fc.assert(fc.property(models, objectives, (model, objective) => {
    const whole = configuration({ model, objective });
    assertEquals(configuration(whole), whole);
    assertEquals(configuration(JSON.parse(JSON.stringify(whole))), whole);
  }));
});

Deno.test("a configuration is nobody else's: changing one changes no other", () => {
  const given = { training: { evaluateLengths: [5] }, model: { positions: { scale: 2 } } };
  const changed = [configuration(), configuration(given)];
  for (const { training, model } of changed) {
    training.evaluateLengths.push(7);
    model.positions.scale = 9;
  }
  assertEquals(given, { training: { evaluateLengths: [5] }, model: { positions: { scale: 2 } } });
  assertEquals(configuration().training.evaluateLengths, [10, 100, 1000]);
  assertEquals(configuration().model.positions.scale, 0.15);
});

Deno.test("the width of a head is width / heads unless it is given", () => {
  const headWidth = (model: PartialConfiguration["model"]) => configuration({ model }).model.headWidth;
  assertEquals(headWidth({ width: 12, heads: 3 }), 4);
  assertEquals(headWidth({ width: 12, heads: 3, headWidth: 12 }), 12);
  assertEquals(headWidth({ width: 12, heads: 5, headWidth: 7 }), 7);
  assertEquals(headWidth({ width: 12, heads: 3, output: false }), 4);
  assertEquals(headWidth({ width: 12, heads: 5, headWidth: 12, output: false }), 12);
});

/** It is a UserError whose message says each of the words. */
function assertRefused(value: unknown, ...said: string[]): void {
  const { message } = assertThrows(() => configuration(value), UserError);
  for (const word of said) assertStringIncludes(message, word);
}

Deno.test("an unknown key is named in full, with the keys there are", () => {
  assertRefused({ modle: {} }, "unknown key modle;", "task, model, objective, training");
  assertRefused({ model: { widht: 8 } }, "unknown key model.widht;", "width, heads");
  assertRefused({ model: { positions: { base: 1 } } }, "unknown key model.positions.base;", "kind, scale");
  assertRefused({ task: { k: 2 } }, "unknown key task.k;");
  assertRefused({ objective: { lambda: 1 } }, "unknown key objective.lambda;");
  assertRefused({ training: { optimizer: "sgd" } }, "unknown key training.optimizer;");
  assertRefused(JSON.parse('{"__proto__": {"model": {}}}'), "unknown key __proto__;");
  assertRefused(JSON.parse('{"model": {"constructor": 1}}'), "unknown key model.constructor;");
});

Deno.test("any word that is no key is refused, in every part", () => {
  const whole = configuration();
  const examples: [string][] = [[""], ["toString"], ["__proto__"]];
  for (const part of Object.keys(whole) as (keyof typeof whole)[]) {
    fc.assert(
      fc.property(fc.string(), (key) => {
        fc.pre(!Object.hasOwn(whole[part], key));
        assertRefused({ [part]: { [key]: 1 } }, `unknown key ${part}.${key};`);
      }),
      { numRuns: 30, examples },
    );
  }
});

Deno.test("a wrong type is named with its key, what is right and what was given", () => {
  assertRefused(null, "object", "null");
  assertRefused([], "object", "[]");
  assertRefused("eer", "object", '"eer"');
  assertRefused({ model: null }, "model: ", "object", "null");
  assertRefused({ model: { positions: "none" } }, "model.positions: ", "object", '"none"');
  assertRefused({ model: { width: "8" } }, "model.width: ", "number", '"8"');
  assertRefused({ model: { width: 8.5 } }, "model.width: ", "int", "8.5");
  assertRefused({ model: { width: null } }, "model.width: ", "number", "null");
  assertRefused({ model: { causal: "no" } }, "model.causal: ", "boolean", '"no"');
  assertRefused(
    { model: { recurrence: "add" } },
    "model.recurrence: ",
    '"residual"|"injected"|"plain"',
    '"add"',
  );
  assertRefused({ objective: { kinetic: "half" } }, "objective.kinetic: ", '"squared"|"norm"', '"half"');
  assertRefused({ task: { kind: "sorting" } }, "task.kind: ", '"induction-heads"', '"sorting"');
  assertRefused({ training: { evaluateLengths: 10 } }, "training.evaluateLengths: ", "array", "10");
  assertRefused({ training: { evaluateLengths: [9, "a"] } }, "training.evaluateLengths.1: ", "number", '"a"');
});

Deno.test("numbers have a range, and only finite ones are in it", () => {
  // The last value allowed and the first one that is not.
  const bounds: [path: string, allowed: unknown, refused: unknown][] = [
    ["task.alphabet", 2, 1],
    ["task.alphabet", 26, 27],
    ["model.width", 1, 0],
    ["model.width", 1024, 1025],
    ["model.heads", 1, 0],
    ["model.headWidth", 1, 0],
    ["model.mlpWidth", 0, -1],
    ["model.loops", 1, 0],
    ["model.loops", 1000, 1001],
    ["model.recency", 0, -0.01],
    ["model.temperature", 1e-9, 0],
    ["model.positions.scale", -2, NaN],
    ["objective.lambdaPotential", 0, -0.1],
    ["objective.lambdaKinetic", 0, -0.1],
    ["objective.lambdaEntropy", 0, -0.1],
    ["objective.q", 1e-9, 0],
    ["objective.eta", -1, -Infinity],
    ["training.batch", 1, 0],
    ["training.minLength", 1, 0],
    ["training.maxLength", 16, 0],
    ["training.steps", 0, -1],
    ["training.learningRate", 0, -1e-3],
    ["training.learningRate", 1, Infinity],
    ["training.weightDecay", 0, -0.1],
    ["training.seed", Number.MAX_SAFE_INTEGER, 2 ** 53],
    ["training.seed", 0, -1],
    ["training.evaluateEvery", 10 ** 9, 0],
    ["training.evaluateLengths", [1], []],
    ["training.evaluateSequences", 2, 1],
  ];
  const nested = (path: string, value: unknown): unknown =>
    path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value);
  for (const [path, allowed, refused] of bounds) {
    configuration(nested(path, allowed));
    assertRefused(nested(path, refused), `${path}: `, Array.isArray(refused) ? "[]" : String(refused));
  }
  assertRefused({ training: { evaluateLengths: [10, 0] } }, "training.evaluateLengths.1: ", "0");
});

Deno.test("values that do not fit each other are refused with both", () => {
  assertRefused({ training: { minLength: 65 } }, "minLength (65)", "maxLength (64)");
  configuration({ training: { minLength: 64 } });
  assertRefused({ model: { heads: 3 } }, "3 does not divide 8", "headWidth");
  assertRefused(
    { model: { heads: 2, headWidth: 3, output: false } },
    "model.output false",
    "model.headWidth",
    "current value is 3",
  );
});

Deno.test("--set changes one key: JSON if it is, else a word", () => {
  const set = (assignment: string) => withSetting({}, assignment);
  assertEquals(set("model.recency=0.25"), { model: { recency: 0.25 } });
  assertEquals(set("model.causal=false"), { model: { causal: false } });
  assertEquals(set("model.recurrence=plain"), { model: { recurrence: "plain" } });
  assertEquals(set('model.recurrence="plain"'), { model: { recurrence: "plain" } });
  assertEquals(set("model.positions.kind=none"), { model: { positions: { kind: "none" } } });
  assertEquals(set("training.evaluateLengths=[10,100]"), { training: { evaluateLengths: [10, 100] } });
  assertEquals(set("task.kind=a=b"), { task: { kind: "a=b" } } as unknown);
});

Deno.test("--set keeps what was there, later ones win, and nothing given is changed", () => {
  const first = { model: { recency: 1, positions: { scale: 2 } }, training: { steps: 3 } };
  const before = structuredClone(first);
  const second = withSetting(withSetting(first, "model.positions.kind=none"), "model.recency=0");
  assertEquals(second, {
    model: { recency: 0, positions: { scale: 2, kind: "none" } },
    training: { steps: 3 },
  });
  assertEquals(first, before);
});

Deno.test("--set refuses what is no assignment, and a wrong one is refused as in a file", () => {
  for (const wrong of ["model.recency", "recency=1", "=1", ""]) {
    const error = assertThrows(() => withSetting({}, wrong), UserError);
    assertStringIncludes(error.message, "part.key=value");
  }
  assertRefused(withSetting({}, "model.recency="), "model.recency: ", '""');
  assertRefused(withSetting({}, "model.recency=NaN"), "model.recency: ", '"NaN"');
  assertRefused(withSetting({}, "model.recencey=1"), "unknown key model.recencey;");
  assertRefused(withSetting({}, "model.width.x=1"), "model.width: ");
  assertRefused(withSetting({}, "__proto__.x=1"), "unknown key __proto__;");
  assertEquals("x" in {}, false);
});
