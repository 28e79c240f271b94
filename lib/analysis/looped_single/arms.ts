/**
 * One training run of the comparison: Single-Attn, Looped-Attn or SHIFT, measured along the way.
 *
 * @module
 */
import { arithmetic, total } from "../../bench/flops.ts";
import type { Engine } from "../../engines/engine.ts";
import type { Configuration } from "../../models/config.ts";
import { euclideanNorm } from "../../vectors.ts";
import { randomStream } from "../../random.ts";
import type { MarkovLanguage } from "../../tasks/markov_language.ts";
import type { ShiftCriterion } from "../../training/plateau.ts";
import { shift, type ShiftStep } from "../../training/shift.ts";
import { heldOutBatch, train, type TrainingState, type TrainingStep } from "../../training/train.ts";
import { sampleResult, splitByInformation, type SplitSample } from "./sample_dynamics.ts";

/** How a run is trained: the single layer throughout, looped throughout, or one after the other. */
export const arms = ["single", "looped", "shift"] as const;
/** See {@linkcode arms}. */
export type Arm = typeof arms[number];

/** What was measured after `step` updates. */
export interface ArmPoint {
  readonly step: number;
  /** Loops of the model that was measured: at SHIFT's switch there is a point for either. */
  readonly loops: number;
  /** FLOPs of all updates so far (`bench/flops.ts`); evaluations are not counted. */
  readonly flops: number;
  /** Mean cross-entropy on the sample, in nats. */
  readonly loss: number;
  /** Of the loss on the run's held-out batch. */
  readonly gradientNorm: number;
  /** Shares of right answers on the sample: all, its simpler half, its more complex half. */
  readonly accuracy: number;
  readonly simple: number;
  readonly complex: number;
}

/** What a run needs. */
export interface ArmOptions {
  readonly task: MarkovLanguage;
  readonly engines: { readonly single: Engine; readonly looped: Engine };
  readonly criterion: ShiftCriterion;
  /** What the accuracies are measured on; see {@linkcode studySample}. */
  readonly sample: SplitSample;
  readonly signal?: AbortSignal;
}

/** A point with the parameters that it was measured with: copy them to keep them. */
export interface ArmStep {
  readonly point: ArmPoint;
  readonly parameters: Float32Array;
}

/** The sequences on which all arms of a seed are measured: `evaluateSequences` of the longest training length. */
export function studySample({ training }: Configuration, task: MarkovLanguage): SplitSample {
  const stream = randomStream(training.seed, "looped-single");
  return splitByInformation(task.sample(stream, training.evaluateSequences, training.maxLength));
}

/** After a switch there are ten points more than elsewhere, ten to an evaluation. */
const AFTER_SWITCH = 10;

/**
 * Trains one arm and measures it at step 0, every `evaluateEvery` steps, at the end, on both sides of the switch and
 * closely after it. All arms of a seed begin with the same parameters and see the same batches.
 *
 * @param configuration of the looped model
 */
export async function* trainArm(
  configuration: Configuration,
  arm: Arm,
  { task, engines, criterion, sample, signal }: ArmOptions,
): AsyncGenerator<ArmStep> {
  const { training } = configuration;
  const { evaluateEvery, steps } = training;
  // Measured here, and not by `train` as well.
  const quiet = { ...configuration, training: { ...training, evaluateEvery: steps + 1 } };
  const stepping = arm === "shift"
    ? shift(quiet, { task, engines, criterion, signal })
    : inOneStage(arm, train(quiet, { task, engine: engines[arm], signal }));

  const heldOut = heldOutBatch(task, training);
  let flops = 0;
  const measured = async (engine: Engine, step: number, parameters: Float32Array): Promise<ArmStep> => {
    const { gradient } = await engine.lossAndGradient(parameters, heldOut);
    const { loss, all, simple, complex } = await sampleResult(engine, { parameters, sample });
    const { loops } = engine.problem.model;
    const accuracies = { accuracy: all.value, simple: simple.value, complex: complex.value };
    return {
      point: { step, loops, flops, loss, gradientNorm: euclideanNorm(gradient), ...accuracies },
      parameters,
    };
  };

  let switchedAt = Infinity;
  for await (const each of stepping) {
    const { step, stage, batch, switched, state: { parameters } } = each;
    if (batch) {
      const work = { kind: "train", count: training.batch, length: batch.length } as const;
      flops += total(arithmetic(engines[stage].problem, work));
    }
    if (switched) switchedAt = step;
    const since = step - switchedAt;
    const closely = since > 0 && since <= evaluateEvery &&
      since % Math.ceil(evaluateEvery / AFTER_SWITCH) === 0;
    if (step % evaluateEvery === 0 || step === steps || switched || closely) {
      yield await measured(engines[stage], step, parameters);
    }
    if (switched) yield await measured(engines.looped, step, parameters);
  }
}

async function* inOneStage(
  stage: "single" | "looped",
  steps: AsyncIterable<TrainingStep>,
): AsyncGenerator<Pick<ShiftStep, "step" | "stage" | "batch" | "switched"> & { state: TrainingState }> {
  for await (const step of steps) yield { ...step, stage };
}
