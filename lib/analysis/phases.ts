/**
 * The phases of §4.1 and the phase transition of §5.6 and §7.1, as something to be measured.
 *
 * Decided before any series was looked at: the series that the claim is about is the accuracy at the longest length; a
 * run shows a transition near step s if {@linkcode changePoint} finds a rise there with p ≤ 0.05 whose 95 % interval
 * meets [0.8 s, 1.2 s]. Entropy, potential and kinetic are tested beside it, with Holm's correction over these three.
 *
 * @module
 */
import type { Metrics } from "../training/metrics.ts";
import { type ChangePoint, changePoint } from "./change_point.ts";
import { holm } from "./paired.ts";

/** A row of a run's metrics, or of Table 2. */
export type PhasePoint = Pick<Metrics, "step" | "entropy" | "potential" | "kinetic" | "accuracy">;

/** The three thermodynamic quantities that the paper calls causes of the accuracy. */
export const phaseQuantities = ["kinetic", "entropy", "potential"] as const;
/** One of them. */
export type PhaseQuantity = typeof phaseQuantities[number];

/** What a run has of a phase transition. */
export interface PhaseTransition {
  /** The length whose accuracy is tested. */
  readonly length: number;
  /** In the accuracy at that length. */
  readonly accuracy: ChangePoint;
  /** In the other quantities; p is Holm's over the three. */
  readonly quantities: Readonly<Record<PhaseQuantity, ChangePoint>>;
  /** The first step with half of the rise in accuracy, from the first row to the mean of the last tenth. */
  readonly halfRise: number;
}

/**
 * Tests one run's curves for a sudden change.
 *
 * @param points ascending in step, at least 30
 * @param options.length whose accuracy is meant. Default: the longest
 * @param options.resamples see {@linkcode changePoint}
 * @throws {RangeError} if there are too few points, or no such length
 */
export function phaseTransition(
  points: readonly PhasePoint[],
  { seed, length: wanted, resamples }: { seed: number; length?: number; resamples?: number },
): PhaseTransition {
  const length = wanted ?? Math.max(...Object.keys(points[0]?.accuracy ?? {}).map(Number));
  const test = (value: (point: PhasePoint) => number) =>
    changePoint(points.map((point) => ({ step: point.step, value: value(point) })), { seed, resamples });
  const accuracy = test((point) => point.accuracy[length]);
  const changes = phaseQuantities.map((quantity) => test((point) => point[quantity]));
  const adjusted = holm(changes.map(({ p }) => p));
  return {
    length,
    accuracy,
    quantities: Object.fromEntries(
      phaseQuantities.map((quantity, i) => [quantity, { ...changes[i], p: adjusted[i] }]),
    ) as Record<PhaseQuantity, ChangePoint>,
    halfRise: points.find((point) => riseShare(points, { step: point.step, length }) >= 0.5)!.step,
  };
}

/** Whether a change is a transition near `step` in the sense of the rule above. */
export function isTransitionNear(step: number, { p, jump, interval: [low, high] }: ChangePoint): boolean {
  return p <= 0.05 && jump > 0 && low <= 1.2 * step && high >= 0.8 * step;
}

/**
 * Share of the rise in accuracy, from the first row to the mean of the last tenth of the rows, that the last row up to
 * `step` has.
 */
export function riseShare(
  points: readonly PhasePoint[],
  { step, length }: { step: number; length: number },
): number {
  const value = (point: PhasePoint) => point.accuracy[length];
  const last = points.slice(-Math.ceil(points.length / 10));
  const plateau = last.reduce((sum, point) => sum + value(point), 0) / last.length;
  const here = points.findLast((point) => point.step <= step) ?? points[0];
  return (value(here) - value(points[0])) / (plateau - value(points[0]));
}
