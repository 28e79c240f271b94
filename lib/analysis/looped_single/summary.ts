/**
 * What a study of Single-Attn, Looped-Attn and SHIFT found, over its seeds.
 *
 * Fixed before the study was run: a run's final value is the mean over the evaluations of the last tenth of its steps;
 * arms are compared seed by seed, with Student's interval of the mean difference; the target of
 * {@linkcode costToReach} is 96 % of the Bayes-optimal accuracy on the seed's own sample.
 *
 * @module
 */
import { type Mean, meanInterval } from "../student.ts";
import type { Arm, ArmPoint } from "./arms.ts";
import type { Study, StudyRun } from "./study_files.ts";

/** A column of the curves that can be compared. */
export type Outcome = "loss" | "accuracy" | "simple" | "complex";

/** A switch, seen on the sample: the same parameters with one loop and with all. */
export interface Switch {
  readonly seed: number;
  readonly step: number;
  readonly before: ArmPoint;
  readonly after: ArmPoint;
  /** Steps until the looped model's loss was first no higher than the single layer's at the switch. */
  readonly recovery: number;
}

/** The mean over the evaluations of the last tenth of the steps. */
export function finalValue({ points }: StudyRun, outcome: Outcome): number {
  const last = points.at(-1)!.step;
  const late = points.filter(({ step }) => step > 0.9 * last);
  return late.reduce((sum, point) => sum + point[outcome], 0) / late.length;
}

/** Where a run went from one loop to several, or nothing where it never did. */
export function switchOf({ seed, points }: StudyRun): Switch | undefined {
  const at = points.findIndex((point, index) => index > 0 && point.loops > points[index - 1].loops);
  if (at < 0) return undefined;
  const [before, after] = [points[at - 1], points[at]];
  const recovered = points.slice(at).find(({ loss }) => loss <= before.loss);
  return { seed, step: after.step, before, after, recovery: (recovered?.step ?? Infinity) - after.step };
}

/** FLOPs until an evaluation first found this accuracy, or infinity. */
export function costToReach({ points }: StudyRun, accuracy: number): number {
  return points.find((point) => point.accuracy >= accuracy)?.flops ?? Infinity;
}

/** The run's outcome when so many FLOPs were spent, linear between evaluations. */
export function valueAtCost({ points }: StudyRun, flops: number, outcome: Outcome): number {
  const next = points.findIndex((point) => point.flops >= flops);
  if (next <= 0) return (next === 0 ? points[0] : points.at(-1)!)[outcome];
  const [left, right] = [points[next - 1], points[next]];
  const share = (flops - left.flops) / (right.flops - left.flops);
  return left[outcome] + share * (right[outcome] - left[outcome]);
}

/** The runs of one arm, by seed. */
export function runsOf({ runs }: Pick<Study, "runs">, arm: Arm): StudyRun[] {
  return runs.filter((run) => run.arm === arm);
}

/** Mean over seeds of a number of each run. */
export function overSeeds(runs: readonly StudyRun[], value: (run: StudyRun) => number): Mean {
  return meanInterval(runs.map(value));
}

/** Mean over seeds of the difference between runs of the same seed, left less right; seeds without both are left out. */
export function pairedDifference(
  { left, right }: { left: readonly StudyRun[]; right: readonly StudyRun[] },
  value: (run: StudyRun) => number,
): Mean {
  return meanInterval(paired({ left, right }).map(([one, other]) => value(one) - value(other)));
}

/** Runs of the same seed. */
export function paired(
  { left, right }: { left: readonly StudyRun[]; right: readonly StudyRun[] },
): [StudyRun, StudyRun][] {
  return left.flatMap((one) =>
    right.filter(({ seed }) => seed === one.seed).map((other): [StudyRun, StudyRun] => [one, other])
  );
}

/** A curve over training, averaged over seeds. */
export interface MeanPoint {
  readonly step: number;
  /** Mean over seeds of the FLOPs so far. */
  readonly flops: number;
  readonly mean: Mean;
}

/**
 * The mean over seeds at each step at which all runs were measured; at a switch, of the model that was trained until
 * then.
 */
export function meanCurve(runs: readonly StudyRun[], outcome: Outcome): MeanPoint[] {
  const [first] = runs;
  const steps = [...new Set(first?.points.map(({ step }) => step))];
  return steps.flatMap((step) => {
    const points = runs.flatMap((run) => run.points.find((point) => point.step === step) ?? []);
    if (points.length < runs.length) return [];
    const flops = points.reduce((sum, point) => sum + point.flops, 0) / points.length;
    return [{ step, flops, mean: meanInterval(points.map((point) => point[outcome])) }];
  });
}
