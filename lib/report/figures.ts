/**
 * The figures of a report.
 *
 * @module
 */
import { accuracyAgainstDistance } from "../figures/accuracy_against_distance.ts";
import { accuracyAgainstLength } from "../figures/accuracy_against_length.ts";
import { accuracyAgainstLoops } from "../figures/accuracy_against_loops.ts";
import { attentionMap } from "../figures/attention_map.ts";
import { latentTrajectory } from "../figures/latent_trajectory.ts";
import { trainingCurves } from "../figures/training_curves.ts";
import { type ReportData, type ReportRun, systems } from "./data.ts";
import { distinct, formatCount, listOf } from "./format.ts";
import { paperTable2 } from "./paper.ts";
import type { ReportFigure } from "./report_figure.ts";
import { speedFigures } from "./speed.ts";

/** All figures that the data allows, in the report's order. */
export function reportFigures({ runs, bench = {} }: ReportData): ReportFigure[] {
  return [
    ...training(runs),
    ...byLength(runs),
    ...byDistance(runs),
    ...byLoops(runs),
    ...trajectory(systems(runs).map(({ first }) => first)),
    ...systems(runs).flatMap(({ first }, index) => attention(first, index)),
    ...speedFigures(bench),
  ];
}

function training(runs: readonly ReportRun[]): ReportFigure[] {
  const trained = runs.filter(({ metrics }) => metrics.length > 0);
  if (trained.length === 0) return [];
  const sequences = distinct(trained, (run) => formatCount(run.configuration.training.evaluateSequences));
  const solid = described(trained);
  return [{
    name: "training-curves",
    section: "training",
    figure: trainingCurves(trained, { paper: paperTable2 }),
    caption:
      `Table 2 as curves: the three regularisers before their weights, and the accuracy over all positions ` +
      `of ${sequences} held-out sequences of each length. Solid: ${solid}. Dashed: the paper's values. Where runs ` +
      `differ much in length the step axis is logarithmic.`,
  }];
}

function byLength(runs: readonly ReportRun[]): ReportFigure[] {
  const evaluated = runs.filter(({ evaluation }) => evaluation.length > 0);
  if (evaluated.length === 0) return [];
  const last = paperTable2.at(-1)!;
  const chance = chanceOf(evaluated);
  const sequences = distinct(
    evaluated.flatMap(({ evaluation }) => evaluation),
    (each) => formatCount(each.sequences),
  );
  const ranges = distinct(
    evaluated,
    ({ configuration: { training } }) => `${training.minLength}–${training.maxLength}`,
  );
  const models = described(evaluated);
  return [
    {
      name: "accuracy-against-length",
      section: "generalisation",
      figure: accuracyAgainstLength(evaluated, { paper: last.accuracy, chance }),
      caption:
        `Accuracy against length: ${models}, on ${sequences} fresh sequences of each length, with 95 % ` +
        `intervals (some are smaller than the markers); the paper's at step ${
          formatCount(last.step)
        }. Training used ` +
        `lengths ${ranges}. ${CHANCE}`,
    },
    {
      name: "matched-accuracy-against-length",
      section: "generalisation",
      figure: accuracyAgainstLength(evaluated, { share: "matched", chance }),
      caption:
        `The same over the positions whose symbol has occurred before: without the answer ⊥, which is easy and ` +
        `frequent in short sequences. The paper does not report it.`,
    },
  ];
}

function byDistance(runs: readonly ReportRun[]): ReportFigure[] {
  const evaluated = runs.flatMap((run) => {
    const longest = run.evaluation.toSorted((a, b) => a.length - b.length).at(-1);
    return longest ? [{ ...run, ...longest }] : [];
  });
  if (!evaluated.some(({ byDistance }) => byDistance.length > 0)) return [];
  const length = distinct(evaluated, (each) => formatCount(each.length));
  const sequences = distinct(evaluated, (each) => formatCount(each.sequences));
  return [{
    name: "accuracy-against-distance",
    section: "generalisation",
    figure: accuracyAgainstDistance(evaluated, { chance: chanceOf(evaluated) }),
    caption:
      `Accuracy against the distance back to the match, on ${sequences} sequences of length ${length}, with ` +
      `95 % intervals. With independent symbols short distances are by far the most frequent; those seen fewer than ` +
      `50 times are left out.`,
  }];
}

function byLoops(runs: readonly ReportRun[]): ReportFigure[] {
  const looped = runs.flatMap(({ loops, ...run }) =>
    loops ? [{ ...run, ...loops, loops: loops.accuracy }] : []
  );
  if (looped.length === 0) return [];
  const trained = new Set(looped.map(({ configuration }) => configuration.model.loops));
  const length = distinct(looped, (each) => formatCount(each.length));
  const sequences = distinct(looped, (each) => formatCount(each.sequences));
  return [{
    name: "accuracy-against-loops",
    section: "generalisation",
    figure: accuracyAgainstLoops(looped, {
      trained: trained.size === 1 ? [...trained][0] : undefined,
      chance: chanceOf(looped),
    }),
    caption:
      `Accuracy when the final models are read out after T loops, on ${sequences} sequences of length ${length}; ` +
      `the bands are 95 % intervals. ${CHANCE}`,
  }];
}

function trajectory(runs: readonly ReportRun[]): ReportFigure[] {
  const traced = runs.flatMap(({ name, sequence }) => sequence ? [{ ...sequence, name }] : []);
  if (traced.length === 0) return [];
  const length = distinct(traced, (each) => formatCount(each.length));
  const bands = traced.length === 1 ? "the bands hold 50 % and 90 %" : "the bands hold 90 %";
  return [{
    name: "latent-trajectory",
    section: "inside",
    figure: latentTrajectory(traced),
    caption:
      `Latent trajectory of one sequence of ${length} tokens: how far the states are from zero, and how far each ` +
      `loop moves them. Lines are medians over the positions, ${bands} of them. On the logarithmic axis, convergence ` +
      `to a fixed point at a constant rate is a straight line that falls.`,
  }];
}

function attention({ name, sequence, configuration }: ReportRun, index: number): ReportFigure[] {
  if (!sequence || sequence.attention.length === 0) return [];
  const head = configuration.model.heads === 1 ? "the head" : "the first head";
  return [{
    name: `attention-map-${index + 1}`,
    section: "inside",
    figure: attentionMap(sequence, sequence),
    caption:
      `Attention of ${head} of ${name} on one sequence of ${sequence.length} tokens in some of its loops; each ` +
      `row sums to 1. Squares mark the key that holds the answer, the token after the most recent earlier occurrence ` +
      `of the query's token; in rows without one the answer is ⊥.`,
  }];
}

const CHANCE = "Dotted: guessing among the symbols that may come next.";

/** The accuracy of guessing, where it is the same for all. */
function chanceOf(runs: readonly Pick<ReportRun, "configuration">[]): number | undefined {
  const chances = new Set(
    runs.map(({ configuration: { task } }) => 1 / (task.repeats ? task.alphabet : task.alphabet - 1)),
  );
  return chances.size === 1 ? [...chances][0] : undefined;
}

/** Each system with the step and the number of its seeds. */
function described(runs: readonly ReportRun[]): string {
  return listOf(
    systems(runs).map(({ name, seeds }) => {
      const step = distinct(seeds, (run) => formatCount(run.step));
      return `${name} at step ${step} (${seeds.length === 1 ? "one seed" : `${seeds.length} seeds`})`;
    }),
  );
}
