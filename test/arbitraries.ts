/**
 * Random inputs shared by the tests, for fast-check. Tests give a fixed `seed`, so that every run sees the same.
 *
 * @module
 */
import fc from "fast-check";
import type { EngineProblem } from "../lib/engines/engine.ts";
import { configuration, type ModelConfig, type ObjectiveConfig } from "../lib/models/config.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { randomStream } from "../lib/random.ts";
import type { Batch, Sequences } from "../lib/tasks/task.ts";

/** A model, the seed of its {@link normalParameters} and something to run it on. */
export interface ModelCase {
  problem: EngineProblem;
  seed: number;
  batch: Batch;
}

/** Every way to split the width into heads: divided, full-width, odd; with W_O, side by side, or summed. */
const headLayouts = fc.constantFrom(
  (width: number) => ({ width, heads: 1 }),
  (width: number) => ({ width, heads: 1, output: false }),
  (width: number) => ({ width: 2 * Math.ceil(width / 2), heads: 2 }),
  (width: number) => ({ width: 2 * Math.ceil(width / 2), heads: 2, output: false }),
  (width: number) => ({ width, heads: 2, headWidth: width }),
  (width: number) => ({ width, heads: 2, headWidth: width, output: false }),
  (width: number) => ({ width, heads: 2, headWidth: 3 }),
);

/** Small models of every kind: width 4–8, one or two heads, 1–4 loops. */
export const models: fc.Arbitrary<ModelConfig> = fc.record({
  layout: fc.tuple(headLayouts, fc.integer({ min: 4, max: 8 })).map(([heads, width]) => heads(width)),
  rest: fc.record({
    mlpWidth: fc.constantFrom(0, 5, 8),
    bias: fc.boolean(),
    loops: fc.integer({ min: 1, max: 4 }),
    recurrence: fc.constantFrom("residual" as const, "injected" as const, "plain" as const),
    norm: fc.constantFrom("pre" as const, "none" as const),
    causal: fc.boolean(),
    recency: fc.constantFrom(0, 0.25, 1),
    positions: fc.record({
      kind: fc.constantFrom("sinusoidal" as const, "none" as const),
      scale: fc.constantFrom(0.15, 1, -0.5),
    }),
    temperature: fc.constantFrom(0.5, 1, 1.7),
  }),
}).map(({ layout, rest }) => configuration({ model: { ...layout, ...rest } }).model);

/** Weights of the terms (0 among them), orders below, at, just above and above 1, floors that are not met. */
export const objectives: fc.Arbitrary<ObjectiveConfig> = fc.record({
  lambdaPotential: fc.constantFrom(0, 0.1, 1),
  lambdaKinetic: fc.constantFrom(0, 0.001, 0.3),
  lambdaEntropy: fc.constantFrom(0, 0.02, 0.7),
  q: fc.constantFrom(0.7, 1, 1.0001, 1.5, 2, 3),
  eta: fc.constantFrom(0, 0.4, -0.3, 9),
  kinetic: fc.constantFrom("squared" as const, "norm" as const),
}).map((objective) => configuration({ objective }).objective);

/** One to three sequences of 1–9 tokens. */
export function sequences(vocabulary: number, maxLength = 9): fc.Arbitrary<Sequences> {
  const shape = fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: maxLength }),
  });
  return shape.chain(({ count, length }) =>
    integers(count * length, 0, vocabulary - 1).map((tokens) => ({ tokens, count, length }))
  );
}

/** A small problem and a batch, in which a target may be IGNORED (−1). */
export const modelCases: fc.Arbitrary<ModelCase> = fc.record({
  model: models,
  objective: objectives,
  vocabulary: fc.integer({ min: 2, max: 4 }),
  classes: fc.integer({ min: 2, max: 5 }),
  seed: fc.noShrink(fc.nat()),
}).chain(({ seed, ...problem }) =>
  sequences(problem.vocabulary).chain((given) =>
    integers(given.tokens.length, -1, problem.classes - 1).map((targets) => ({
      problem,
      seed,
      batch: { ...given, targets },
    }))
  )
);

function integers(size: number, min: number, max: number): fc.Arbitrary<Int32Array> {
  return fc.array(fc.integer({ min, max }), { minLength: size, maxLength: size }).map((all) =>
    Int32Array.from(all)
  );
}

/**
 * Normal parameters, no bias 0 and no gain 1; small enough that attention stays far from one-hot and that four
 * loops do not blow single precision's rounding up.
 */
export function normalParameters(problem: EngineProblem, seed: number): Float32Array {
  const { entries, size } = modelSpecification(problem);
  const flat = new Float32Array(size);
  for (const { name, offset, size } of entries) {
    const stream = randomStream(seed, name);
    for (let i = 0; i < size; i++) {
      flat[offset + i] = (name.endsWith(".gain") ? 1 : 0) + 0.3 * stream.normal();
    }
  }
  return flat;
}
