/**
 * What a set of runs says, in sentences whose every number is computed from them.
 *
 * Runs of one name are seeds of one system. One seed has the interval of its sequences; several seeds have their
 * mean and their range, as that is what training again would change.
 *
 * @module
 */
import type { Share } from "../analysis/interval.ts";
import { mean } from "../statistics.ts";
import { isPapersTask, type ReportRun, type System, systems } from "./data.ts";
import { formatCount, formatFixed, formatShare } from "./format.ts";
import { paper, paperTable2 } from "./paper.ts";

/** Matches at most this far back are called near: twice the mean distance of three independent symbols. */
const NEAR = 6;

/** Findings over all runs, the most important first; formulas stand between dollar signs. */
export function findings(runs: readonly ReportRun[]): string[] {
  const all = systems(runs);
  const pairs = all.flatMap((a, i) => all.slice(i + 1).map((b) => [a, b] as const));
  return [
    ...all.map(progress),
    ...pairs.flatMap(([a, b]) => comparison(a, b)),
    ...all.flatMap(overTraining),
    ...all.flatMap(againstPaper),
    ...all.flatMap(farMatches),
  ];
}

function progress({ name, seeds, first }: System): string {
  const step = Math.min(...seeds.map((run) => run.step));
  const part = (100 * step / paper.steps).toFixed(step < 200 ? 2 : 1);
  const steps = isPapersTask(first)
    ? `${formatCount(step)} of the paper's ${formatCount(paper.steps)} steps (${part} %)`
    : `${formatCount(step)} steps`;
  const accuracies = [10, 100, 1000].flatMap((length) => {
    const shares = sharesAt(seeds, length);
    return shares.length > 0 ? [`${summary(shares)} at $L=${length}$`] : [];
  });
  return `${name} was trained for ${steps}, on ${count(seeds)}. It then answers right at ${
    accuracies.join(", ")
  }.`;
}

/** Two systems that differ in the recency bias alone, or in the regularisers alone, at the longest common length. */
function comparison(a: System, b: System): string[] {
  const difference = differenceOf(a.first, b.first);
  const lengths = [a, b].map(({ first }) => first.evaluation.map(({ length }) => length));
  const common = lengths[0].filter((length) => lengths[1].includes(length));
  if (!difference || common.length === 0) return [];
  const longest = Math.max(...common);
  const [left, right] = [sharesAt(a.seeds, longest), sharesAt(b.seeds, longest)];
  const [low, high] = [rangeOf(left), rangeOf(right)];
  const apart = low[0] > high[1] || high[0] > low[1];
  const caution = left.length === 1 || right.length === 1
    ? "The intervals tell of the sequences, not of other seeds of training."
    : `The ranges are over ${count(a.seeds)} and ${count(b.seeds)}.`;
  return [
    `${difference}: at $L=${longest}$ ${a.name} is right at ${summary(left)}, ${b.name} at ${
      summary(right)
    }, which ` +
    `${apart ? "do not overlap" : "overlap"}. ${caution}`,
  ];
}

/** What two systems differ in, if it is one thing that the paper's claims turn on. */
function differenceOf(a: ReportRun, b: ReportRun): string | undefined {
  const recency = ({ configuration: { model } }: ReportRun) => model.recency;
  const regularised = ({ configuration: { objective } }: ReportRun) =>
    objective.lambdaPotential + objective.lambdaKinetic + objective.lambdaEntropy > 0;
  const differs = { recency: recency(a) !== recency(b), regularisers: regularised(a) !== regularised(b) };
  if (differs.recency && !differs.regularisers) {
    return `Recency bias ${recency(a)} against ${recency(b)}, regularisers ${regularised(a) ? "on" : "off"}`;
  }
  if (differs.regularisers && !differs.recency) {
    return `Regularisers ${regularised(a) ? "on against off" : "off against on"}, recency bias ${recency(a)}`;
  }
}

/** Whether the longest sequences are solved best at the end or earlier: the mean over the seeds at each step. */
function overTraining({ name, seeds }: System): string[] {
  const rows = [...Map.groupBy(seeds.flatMap(({ metrics }) => metrics), ({ step }) => step).values()]
    .filter((each) => each.length === seeds.length);
  if (rows.length < 2) return [];
  const longest = Math.max(...Object.keys(rows[0][0].accuracy).map(Number));
  const curve = rows.map((each) => ({
    step: each[0].step,
    value: each.reduce((sum, { accuracy }) => sum + accuracy[longest], 0) / each.length,
  }));
  const best = curve.reduce((a, b) => b.value > a.value ? b : a);
  const last = curve.at(-1)!;
  const end = best.step === last.step
    ? "its last"
    : `; at step ${formatCount(last.step)} it is ${formatShare(last.value)}`;
  return [
    `While ${name} trains, its accuracy at $L=${longest}$ (mean of ${count(seeds)}) is highest at step ` +
    `${formatCount(best.step)}, ${formatShare(best.value)}${best.step === last.step ? ", " : ""}${end}.`,
  ];
}

/** The last step that Table 2 and all seeds have after the start, side by side. */
function againstPaper({ name, seeds, first }: System): string[] {
  if (!isPapersTask(first)) return [];
  const common = paperTable2.findLast(({ step }) =>
    step > 0 && seeds.every(({ metrics }) => metrics.some((row) => row.step === step))
  );
  if (!common) return [];
  const rows = seeds.flatMap(({ metrics }) => metrics.filter(({ step }) => step === common.step));
  const pair = (term: "entropy" | "potential" | "kinetic", digits: number) => {
    const ours = mean(rows.map((row) => row[term]));
    return `${term} ${formatFixed(ours, digits)} (paper ${formatFixed(common[term], digits)})`;
  };
  return [
    `${name} beside Table 2 at step ${formatCount(common.step)}, ${count(seeds)}: ` +
    `${pair("entropy", 3)}, ${pair("potential", 3)}, ${pair("kinetic", 1)}.`,
  ];
}

/** Whether long sequences are solved, or only their near matches. */
function farMatches({ name, seeds }: System): string[] {
  const longest = Math.max(...seeds.flatMap(({ evaluation }) => evaluation.map(({ length }) => length)));
  const distances = seeds.flatMap(({ evaluation }) =>
    evaluation.filter(({ length }) => length === longest).flatMap(({ byDistance }) => byDistance)
  );
  const pooled = (wanted: (distance: number) => boolean) => {
    const counted = distances.filter(({ distance }) => wanted(distance));
    const positions = counted.reduce((sum, each) => sum + each.positions, 0);
    const right = counted.reduce((sum, each) => sum + each.value * each.positions, 0);
    return { positions, value: right / positions };
  };
  const [near, far] = [pooled((distance) => distance <= NEAR), pooled((distance) => distance > NEAR)];
  if (far.positions === 0 || near.positions === 0) return [];
  const part = 100 * near.positions / (near.positions + far.positions);
  return [
    `At $L=${longest}$, ${part.toFixed(0)} % of the matches lie at most ${NEAR} tokens back; ${name} gets ` +
    `${formatShare(near.value)} of these right and ${formatShare(far.value)} of the farther ones.`,
  ];
}

function sharesAt(seeds: readonly ReportRun[], length: number): Share[] {
  return seeds.flatMap(({ evaluation }) =>
    evaluation.filter((each) => each.length === length).map(({ all }) => all)
  );
}

/** One seed's 95 % interval, or the range of several. */
function rangeOf(shares: readonly Share[]): readonly [low: number, high: number] {
  if (shares.length === 1) return shares[0].interval;
  const values = shares.map(({ value }) => value);
  return [Math.min(...values), Math.max(...values)];
}

function summary(shares: readonly Share[]): string {
  const [low, high] = rangeOf(shares).map((end) => formatFixed(100 * end, 1));
  const middle = formatShare(mean(shares.map(({ value }) => value)));
  return shares.length === 1 ? `${middle} [${low}, ${high}]` : `${middle} (seeds ${low} to ${high})`;
}

function count(seeds: readonly ReportRun[]): string {
  return seeds.length === 1 ? "one seed" : `${seeds.length} seeds`;
}
