/**
 * Training as an async iterator: each step yields what it found, and at every evaluation the metrics. It writes
 * nothing; `run_folder.ts` keeps it on disk.
 *
 * @module
 */
import { accuracyAtLength } from "../analysis/evaluate.ts";
import type { Engine } from "../engines/engine.ts";
import { UserError } from "../errors.ts";
import type { Configuration, TrainingConfig } from "../models/config.ts";
import { initialParameters } from "../models/init.ts";
import type { LossTerms } from "../objective.ts";
import { euclideanNorm } from "../vectors.ts";
import { type RandomStream, randomStream } from "../random.ts";
import type { Batch, Task } from "../tasks/task.ts";
import { adamwStart, type AdamWState, adamwUpdate } from "./adamw.ts";
import type { Metrics } from "./metrics.ts";

/** Everything that training changes. */
export interface TrainingState {
  /** Flat, in the order of the engine's specification. */
  readonly parameters: Float32Array;
  /** Its `step` is the number of updates done. */
  readonly optimizer: AdamWState;
}

/** What one step yields. */
export interface TrainingStep {
  /** Updates done so far; 0 before the first. */
  readonly step: number;
  /** The objective on the batch of the latest update; none before the first. */
  readonly batch?: { readonly length: number; readonly terms: LossTerms; readonly gradientNorm: number };
  /** At step 0, every `evaluateEvery` steps and at the end. */
  readonly metrics?: Metrics;
  /** The live state: copy it to keep it. */
  readonly state: TrainingState;
}

/** What is trained, on what, from where. */
export interface TrainingOptions {
  readonly task: Task;
  readonly engine: Engine;
  /** Where to go on; changed in place. A fresh start unless given. */
  readonly state?: TrainingState;
  /** Ends the iteration after the step under way. */
  readonly signal?: AbortSignal;
}

/** A loss, gradient or parameter was NaN or infinite. */
export class DivergenceError extends UserError {
  override name = "DivergenceError";
}

/** Fresh parameters and a cold optimiser. */
export function initialState(configuration: Configuration, engine: Engine): TrainingState {
  const parameters = initialParameters(engine.problem, configuration.training.seed);
  return { parameters, optimizer: adamwStart(parameters.length) };
}

/**
 * Trains until `training.steps` updates are done.
 *
 * Step s draws its batch from a stream of its own, so training on from a state gives the same bytes as never
 * having stopped.
 *
 * @throws {DivergenceError} naming the step at which a number was no longer finite
 *
 * @example
 * ```ts
 * import { engineProblem } from "../engines/engine.ts";
 * import { createEngine } from "../engines/select.ts";
 * import { configuration } from "../models/config.ts";
 * import { taskOf } from "../tasks/select.ts";
 * import { train } from "./train.ts";
 *
 * const setup = configuration({ training: { steps: 20, evaluateEvery: 10, evaluateLengths: [10] } });
 * const task = taskOf(setup.task);
 * const engine = await createEngine(engineProblem(task, setup));
 * for await (const { step, batch, metrics } of train(setup, { task, engine })) {
 *   console.log(step, batch?.terms.total, metrics?.accuracy[10]);
 * }
 * await engine.dispose();
 * ```
 */
export async function* train(
  configuration: Configuration,
  { task, engine, state = initialState(configuration, engine), signal }: TrainingOptions,
): AsyncGenerator<TrainingStep> {
  const { training } = configuration;
  const { parameters, optimizer } = state;
  const measureNow = () => measure(configuration, { task, engine, state });
  if (optimizer.step === 0) yield { step: 0, metrics: await measureNow(), state };

  while (optimizer.step < training.steps && !signal?.aborted) {
    const batch = trainingBatch(task, training, optimizer.step);
    const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
    const gradientNorm = euclideanNorm(gradient);
    assertFinite(optimizer.step, { ...terms, "gradient norm": gradientNorm });
    adamwUpdate(parameters, optimizer, { ...training, gradient });
    const { step } = optimizer;
    assertFinite(step, { "norm of the parameters": euclideanNorm(parameters) });
    yield {
      step,
      batch: { length: batch.length, terms, gradientNorm },
      metrics: isEvaluated(step, training) ? await measureNow() : undefined,
      state,
    };
  }
}

/** Whether there are metrics after this many updates. */
export function isEvaluated(step: number, { evaluateEvery, steps }: TrainingConfig): boolean {
  return step % evaluateEvery === 0 || step === steps;
}

/** The batch of the update after `step` updates: one length a batch, uniform up to the curriculum's longest. */
export function trainingBatch(task: Task, training: TrainingConfig, step: number): Batch {
  const { minLength, maxLength, steps, curriculum, seed, batch } = training;
  const growth = curriculum === "growing" ? Math.min(1, step / (steps / 2)) : 1;
  const longest = Math.round(minLength + (maxLength - minLength) * growth);
  const stream = randomStream(seed, "train", step);
  return task.sample(stream, batch, stream.integer(minLength, longest));
}

/** The batch on which a run's objective is measured: never trained on, of the middle training length. */
export function heldOutBatch(task: Task, training: TrainingConfig): Batch {
  const length = Math.round((training.minLength + training.maxLength) / 2);
  return task.sample(evaluationStream(training).split("objective"), training.batch, length);
}

function evaluationStream({ seed }: TrainingConfig): RandomStream {
  return randomStream(seed, "evaluate");
}

/**
 * The objective on a held-out batch of the middle training length, and the accuracies. Both draw from streams
 * of their own that stay the same over the run, so the curves are not shaken by new samples.
 */
async function measure(
  { training }: Configuration,
  { task, engine, state }: { task: Task; engine: Engine; state: TrainingState },
): Promise<Metrics> {
  const { parameters, optimizer: { step } } = state;
  const { terms, gradient } = await engine.lossAndGradient(parameters, heldOutBatch(task, training));
  const { task: taskLoss, potential, kinetic, meanEntropy, total } = terms;
  const gradientNorm = euclideanNorm(gradient);
  assertFinite(step, { ...terms, "gradient norm": gradientNorm });

  const stream = evaluationStream(training);
  const accuracy: Record<number, number> = {};
  for (const each of training.evaluateLengths) {
    const evaluation = { engine, task, parameters, stream, sequences: training.evaluateSequences };
    accuracy[each] = (await accuracyAtLength(evaluation, each)).all.value;
  }
  return { step, task: taskLoss, potential, kinetic, entropy: meanEntropy, total, gradientNorm, accuracy };
}

function assertFinite(step: number, numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value)) {
      throw new DivergenceError(
        `Training stopped at step ${step} as the ${name} is ${value}; the last good checkpoint is kept, and a ` +
          `smaller training.learningRate may help`,
      );
    }
  }
}
