/**
 * What a set of runs says, in sentences whose every number is computed from them.
 *
 * @module
 */
import type { LengthAccuracy } from "../analysis/evaluate.ts";
import type { Share } from "../analysis/interval.ts";
import { lastStep, type ReportRun } from "./data.ts";
import { formatCount, formatFixed, formatShare } from "./format.ts";
import { paper, paperTable2 } from "./paper.ts";

/** Matches at most this far back are called near: twice the mean distance of three independent symbols. */
const NEAR = 6;

/** Findings over all runs, the most important first; formulas stand between dollar signs. */
export function findings(runs: readonly ReportRun[]): string[] {
  return [
    ...runs.map(progress),
    ...runs.flatMap(againstPaper),
    ...recencyBias(runs),
    ...runs.flatMap(farMatches),
  ];
}

function progress(run: ReportRun): string {
  const step = lastStep(run);
  const share = (100 * step / paper.steps).toFixed(step < 200 ? 2 : 1);
  const accuracies = run.evaluation.filter(({ length }) => [10, 100, 1000].includes(length))
    .map(({ length, all }) => `${withInterval(all)} at $L=${length}$`);
  return `${run.name} was trained for ${formatCount(step)} of the paper's ${
    formatCount(paper.steps)
  } steps ` +
    `(${share} %), on one seed. It then answers right at ${accuracies.join(", ") || "lengths not measured"}.`;
}

/** Table 2's row at the nearest step, beside the run's own. */
function againstPaper(run: ReportRun): string[] {
  const row = run.metrics.at(-1);
  if (!row || row.step === 0) return [];
  const theirs = paperTable2.reduce((best, each) =>
    Math.abs(each.step - row.step) < Math.abs(best.step - row.step) ? each : best
  );
  const pair = (name: string, value: number, other: number, digits: number) =>
    `${name} ${formatFixed(value, digits)} (paper ${formatFixed(other, digits)})`;
  return [
    `${run.name} at step ${formatCount(row.step)} beside Table 2 at step ${formatCount(theirs.step)}: ` + [
      pair("entropy", row.entropy, theirs.entropy, 3),
      pair("potential", row.potential, theirs.potential, 3),
      pair("kinetic", row.kinetic, theirs.kinetic, 1),
    ].join(", ") + ".",
  ];
}

/** With against without the recency bias, where both were trained. */
function recencyBias(runs: readonly ReportRun[]): string[] {
  const [biased, plain] = [true, false].map((wanted) =>
    runs.find(({ configuration, evaluation }) =>
      configuration.model.recency > 0 === wanted && evaluation.length > 0
    )
  );
  if (!biased || !plain) return [];
  const longest = Math.max(...biased.evaluation.map(({ length }) => length));
  const at = (run: ReportRun): LengthAccuracy | undefined =>
    run.evaluation.find(({ length }) => length === longest);
  const [withBias, without] = [at(biased)?.all, at(plain)?.all];
  if (!withBias || !without) return [];
  const apart = withBias.interval[0] > without.interval[1] || without.interval[0] > withBias.interval[1];
  return [
    `At $L=${longest}$ ${biased.name} (recency ${biased.configuration.model.recency}) is right at ` +
    `${withInterval(withBias)}, ${plain.name} (none) at ${withInterval(without)}: the intervals ` +
    `${apart ? "do not overlap" : "overlap"}. They tell of the sequences, not of other seeds of training, ` +
    `of which there is one each.`,
  ];
}

/** Whether a long sequence is solved, or only its near matches. */
function farMatches(run: ReportRun): string[] {
  const longest = run.evaluation.toSorted((a, b) => a.length - b.length).at(-1);
  if (!longest) return [];
  const share = (wanted: (distance: number) => boolean) => {
    const counted = longest.byDistance.filter(({ distance }) => wanted(distance));
    const positions = counted.reduce((sum, each) => sum + each.positions, 0);
    const right = counted.reduce((sum, each) => sum + each.value * each.positions, 0);
    return { positions, value: right / positions };
  };
  const [near, far] = [share((distance) => distance <= NEAR), share((distance) => distance > NEAR)];
  if (far.positions === 0 || near.positions === 0) return [];
  const part = 100 * near.positions / (near.positions + far.positions);
  return [
    `At $L=${longest.length}$, ${
      part.toFixed(0)
    } % of the matches lie at most ${NEAR} tokens back; ${run.name} gets ` +
    `${formatShare(near.value)} of these right and ${formatShare(far.value)} of the farther ones.`,
  ];
}

function withInterval({ value, interval: [low, high] }: Share): string {
  return `${formatShare(value)} [${formatFixed(100 * low, 1)}, ${formatFixed(100 * high, 1)}]`;
}
