/**
 * SHIFT (Gong & Teng 2025): staged training, the layer applied once first, then looped, switched when the loss is on a
 * plateau and the gradient is stable.
 *
 * Both stages have the same parameters, so nothing is converted at the switch. AdamW's moments and its count of steps
 * are kept too: they belong to the same coordinates. Clearing them would add a disturbance of its own (AdamW's first
 * step from cleared moments moves every parameter by the whole learning rate, however small its gradient).
 *
 * @module
 */
import type { Engine } from "../engines/engine.ts";
import { UserError } from "../errors.ts";
import type { Configuration } from "../models/config.ts";
import type { LossTerms } from "../objective.ts";
import { euclideanNorm } from "../vectors.ts";
import type { Task } from "../tasks/task.ts";
import { defaultCriterion, hasSettled, observe, plateauStart, type ShiftCriterion } from "./plateau.ts";
import type { ShiftProgress } from "./shift_progress.ts";
import { heldOutBatch, initialState, train, type TrainingState, type TrainingStep } from "./train.ts";

/** Everything that SHIFT changes. */
export interface ShiftState extends TrainingState, ShiftProgress {}

/** The same parameters seen by both models, on the run's held-out batch. */
export interface SwitchReport {
  readonly single: { readonly terms: LossTerms; readonly gradientNorm: number };
  readonly looped: { readonly terms: LossTerms; readonly gradientNorm: number };
}

/** What one step yields. */
export interface ShiftStep extends TrainingStep {
  /** Which model took the step. */
  readonly stage: "single" | "looped";
  /** At the last step of the single layer, where the criterion was met. */
  readonly switched?: SwitchReport;
  readonly state: ShiftState;
}

/** What is trained, on what, from where. */
export interface ShiftOptions {
  readonly task: Task;
  /** Engines of the two models, alike but for `model.loops`. */
  readonly engines: { readonly single: Engine; readonly looped: Engine };
  /** When to switch; {@linkcode defaultCriterion} unless given. */
  readonly criterion?: ShiftCriterion;
  /** Where to go on; changed in place. A fresh start unless given. */
  readonly state?: ShiftState;
  /** Ends the iteration after the step under way. */
  readonly signal?: AbortSignal;
}

/** The configuration with the layer applied once. */
export function singleConfiguration(configuration: Configuration): Configuration {
  return { ...configuration, model: { ...configuration.model, loops: 1 } };
}

/** Fresh parameters, a cold optimiser, nothing observed. */
export function initialShiftState(configuration: Configuration, engine: Engine): ShiftState {
  return { ...initialState(configuration, engine), plateau: plateauStart };
}

/**
 * Trains in two stages until `training.steps` updates are done in all. Where the criterion is never met the single
 * layer is trained to the end.
 *
 * Batches are those of {@linkcode train} on the same configuration, step by step. Training on from a state gives the
 * same bytes as never having stopped.
 *
 * @param configuration of the looped model
 * @throws {UserError} if the criterion cannot be met by any training, or the two models differ in more than loops
 * @throws {DivergenceError} as {@linkcode train} does
 */
export async function* shift(
  configuration: Configuration,
  { task, engines, criterion = defaultCriterion, signal, ...options }: ShiftOptions,
): AsyncGenerator<ShiftStep> {
  assertCriterion(criterion);
  assertAlike(engines);
  const { state = initialShiftState(configuration, engines.single) } = options;

  if (state.switchedAt === undefined) {
    for await (const step of train(configuration, { task, engine: engines.single, state, signal })) {
      if (step.batch) {
        const { terms, gradientNorm } = step.batch;
        state.plateau = observe(state.plateau, { loss: terms.total, gradientNorm }, criterion);
      }
      if (hasSettled(state.plateau, criterion)) state.switchedAt = step.step;
      const switched = state.switchedAt === undefined
        ? undefined
        : await report(configuration, { task, engines, state });
      yield { ...step, stage: "single", switched, state };
      if (switched) break;
    }
    if (state.switchedAt === undefined) return;
  }
  for await (const step of train(configuration, { task, engine: engines.looped, state, signal })) {
    yield { ...step, stage: "looped", state };
  }
}

async function report(
  { training }: Configuration,
  { task, engines, state }: { task: Task; engines: ShiftOptions["engines"]; state: ShiftState },
): Promise<SwitchReport> {
  const batch = heldOutBatch(task, training);
  const seenBy = async (engine: Engine) => {
    const { terms, gradient } = await engine.lossAndGradient(state.parameters, batch);
    return { terms, gradientNorm: euclideanNorm(gradient) };
  };
  return { single: await seenBy(engines.single), looped: await seenBy(engines.looped) };
}

/** @throws {UserError} naming the threshold that makes no sense */
export function assertCriterion(criterion: ShiftCriterion): void {
  for (const name of ["window", "patience"] as const) {
    if (!Number.isSafeInteger(criterion[name]) || criterion[name] < 1) {
      throw new UserError(`Cannot switch by ${name} ${criterion[name]}: it must be a whole number ≥ 1`);
    }
  }
  for (const name of ["plateau", "stability"] as const) {
    if (!(criterion[name] > 0)) {
      throw new UserError(`Cannot switch by ${name} ${criterion[name]}: it must be a number > 0`);
    }
  }
}

function assertAlike({ single, looped }: ShiftOptions["engines"]): void {
  const essence = ({ problem: { model, ...rest } }: Engine) =>
    JSON.stringify({ ...rest, model: { ...model, loops: 1 } });
  if (essence(single) !== essence(looped)) {
    throw new UserError("Cannot train in stages as the two models differ in more than model.loops");
  }
}
