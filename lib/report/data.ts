/**
 * What a report is made from.
 *
 * @module
 */
import type { LengthAccuracy, LoopAccuracy } from "../analysis/evaluate.ts";
import type { Measurements } from "../bench/results.ts";
import type { Trace } from "../engines/engine.ts";
import type { Configuration } from "../models/config.ts";
import type { Sequences } from "../tasks/task.ts";
import type { Metrics } from "../training/metrics.ts";

/** One report: the runs and what goes for all of them. */
export interface ReportData {
  /** What was typed to get it. */
  readonly command: string;
  /** Of the kit, Deno, TensorFlow.js, …: name to version. */
  readonly versions: Readonly<Record<string, string>>;
  /** Of the machine. */
  readonly cores: number;
  /** From the command's start to the report. */
  readonly seconds: number;
  readonly runs: readonly ReportRun[];
  /** Sentences that say what was found, the most important first; formulas stand between dollar signs. */
  readonly findings: readonly string[];
  /** The choices made where the paper is silent; formulas stand between dollar signs. */
  readonly assumptions: readonly string[];
  /** What `eer bench` measured, perhaps on another machine. */
  readonly bench?: Measurements;
}

/** One trained model. Parts that were not measured are empty or left out, and so are their figures. */
export interface ReportRun {
  /**
   * Short, such as the preset's name: the run's label in all figures and tables. Runs of the same name are seeds of one
   * system: they share a look, and tables give their mean.
   */
  readonly name: string;
  /** One line: what it is for. */
  readonly about: string;
  readonly configuration: Configuration;
  /** Number of parameters. */
  readonly parameters: number;
  /** Updates done when `evaluation` was measured; the last row of `metrics` may be older. */
  readonly step: number;
  /** What computed, such as tfjs on wasm. */
  readonly engine: { readonly name: string; readonly backend: string };
  /** Time to train. */
  readonly seconds: number;
  readonly metrics: readonly Metrics[];
  /** Of the final parameters, at each length. */
  readonly evaluation: readonly LengthAccuracy[];
  /** Of the final parameters, after each number of loops. */
  readonly loops?: EvaluatedLoops;
  readonly sequence?: TracedSequence;
}

/** Whether the paper's numbers are of the task that the run was trained on. */
export function isPapersTask({ configuration }: Pick<ReportRun, "configuration">): boolean {
  return configuration.task.kind === "induction-heads";
}

/** Accuracy against the number of loops, and on what it was measured. */
export interface EvaluatedLoops {
  readonly length: number;
  readonly sequences: number;
  readonly accuracy: readonly LoopAccuracy[];
}

/** One sequence seen from inside the final model. */
export interface TracedSequence extends Sequences, Pick<Trace, "states" | "attention"> {
  /** The key that each query should find, -1 for none. */
  readonly correct?: ArrayLike<number>;
}

/** Runs of the same name together, in order. */
export function systems(runs: readonly ReportRun[]): System[] {
  return [...Map.groupBy(runs, ({ name }) => name)].map(([name, seeds]) => ({
    name,
    seeds,
    first: seeds[0],
  }));
}

/** The seeds of one system; `first` stands for what they have in common. */
export interface System {
  readonly name: string;
  readonly seeds: readonly ReportRun[];
  readonly first: ReportRun;
}
