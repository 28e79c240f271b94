/**
 * Everything that computes the model and its objective, behind one face: a closed form must hold for each.
 *
 * @module
 */
import type { EngineProblem } from "../lib/engines/engine.ts";
import type { TfjsBackend } from "../lib/engines/tfjs/backends.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { tensorflowIsReady } from "../lib/engines/tfjs/tensorflow.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import type { LossTerms } from "../lib/objective.ts";
import type { Batch } from "../lib/tasks/task.ts";
import { normalParameters } from "./arbitraries.ts";
import { flatOf, forward, objective, type Pass } from "./reference/forward.ts";

/** What a test gives. */
export interface SubjectCase {
  problem: EngineProblem;
  parameters: Float32Array;
  batch: Batch;
}

/** What it may ask, all in numbers: states and logits after every loop, attention of every loop. */
export interface Subject {
  name: string;
  /** Relative error that its arithmetic allows. */
  tolerance: number;
  terms(given: SubjectCase): Promise<LossTerms>;
  trace(given: SubjectCase): Promise<Record<"states" | "logits" | "attention", number[][]>>;
}

const reference: Subject = {
  name: "reference",
  tolerance: 1e-11,
  terms: ({ problem, parameters, batch }) => Promise.resolve(objective(problem, parameters, batch)),
  trace: ({ problem, parameters, batch }) => {
    const passes = forward(problem, parameters, batch);
    const flat = (part: keyof Pass) => passes[0][part].map((_, t) => flatOf(passes, (pass) => pass[part][t]));
    return Promise.resolve({ states: flat("states"), logits: flat("logits"), attention: flat("attention") });
  },
};

const tfjs = (backend: TfjsBackend): Subject => ({
  name: `tfjs on ${backend}`,
  tolerance: 2e-6,
  terms: async ({ problem, parameters, batch }) => {
    const engine = await createTfjsEngine(problem, { backend });
    return (await engine.lossAndGradient(parameters, batch)).terms;
  },
  trace: async ({ problem, parameters, batch }) => {
    const engine = await createTfjsEngine(problem, { backend });
    const { states, logits, attention } = await engine.trace(parameters, batch, { attention: true });
    const plain = (arrays: readonly Float32Array[]) => arrays.map((values) => [...values]);
    return { states: plain(states), logits: plain(logits), attention: plain(attention) };
  },
});

/** TensorFlow's native library is among them where it is set up. */
export const subjects: readonly Subject[] = [
  reference,
  tfjs("wasm"),
  ...await tensorflowIsReady() ? [tfjs("tensorflow")] : [],
];

/** Random parameters with some of them set: a name ending in `*` means all that begin so. */
export function parametersWith(
  problem: EngineProblem,
  changes: Record<string, number | readonly number[]>,
): Float32Array {
  const { entries } = modelSpecification(problem);
  const parameters = normalParameters(problem, 7);
  for (const [pattern, values] of Object.entries(changes)) {
    const matching = entries.filter(({ name }) =>
      pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern
    );
    if (matching.length === 0) throw new Error(`No parameter is called ${pattern}`);
    for (const { name, offset, size } of matching) {
      if (typeof values === "number") parameters.fill(values, offset, offset + size);
      else if (values.length === size) parameters.set(values, offset);
      else throw new Error(`${name} has ${size} entries, not ${values.length}`);
    }
  }
  return parameters;
}
