/**
 * When SHIFT switches: the loss no longer falls and the gradient no longer changes, for long enough.
 *
 * @module
 */
import type { Observation, PlateauState } from "./shift_progress.ts";

/**
 * Thresholds of the switch. Gong & Teng name δ₁, δ₂ and W and publish no values; losses and gradient norms of single
 * batches are too noisy for either test, so both are made on means over windows of steps.
 */
export interface ShiftCriterion {
  /** Steps that loss and gradient norm are averaged over; the tests are made once a window. */
  readonly window: number;
  /** δ₁: the loss is on a plateau if it falls by less than this share of itself from one window to the next. */
  readonly plateau: number;
  /** δ₂: the gradient is stable if its norm changes by less than this share of itself. */
  readonly stability: number;
  /** W, the number of windows in a row that must pass both tests. */
  readonly patience: number;
}

/** The kit's thresholds, chosen on seed 100, which no study uses. */
export const defaultCriterion: ShiftCriterion = {
  window: 100,
  plateau: 0.02,
  stability: 0.2,
  patience: 2,
};

/** Before the first step. */
export const plateauStart: PlateauState = { sum: { loss: 0, gradientNorm: 0 }, counted: 0, passed: 0 };

/**
 * The state after one more step.
 *
 * @param criterion.window steps after which the means are compared
 */
export function observe(
  state: PlateauState,
  step: Observation,
  { window, plateau, stability }: ShiftCriterion,
): PlateauState {
  const sum = {
    loss: state.sum.loss + step.loss,
    gradientNorm: state.sum.gradientNorm + step.gradientNorm,
  };
  const counted = state.counted + 1;
  if (counted < window) return { ...state, sum, counted };
  const mean = { loss: sum.loss / window, gradientNorm: sum.gradientNorm / window };
  const { before } = state;
  const passes = before !== undefined &&
    before.loss - mean.loss < plateau * Math.abs(before.loss) &&
    Math.abs(before.gradientNorm - mean.gradientNorm) < stability * before.gradientNorm;
  return { ...plateauStart, before: mean, passed: passes ? state.passed + 1 : 0 };
}

/** Whether it is time to switch. */
export function hasSettled({ passed }: PlateauState, { patience }: ShiftCriterion): boolean {
  return passed >= patience;
}
