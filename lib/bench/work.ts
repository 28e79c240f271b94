/**
 * The pieces of work that are timed.
 *
 * @module
 */
import { type EngineProblem, engineProblem } from "../engines/engine.ts";
import { type Configuration, configuration, type PartialConfiguration } from "../models/config.ts";
import { initialParameters } from "../models/init.ts";
import { randomStream } from "../random.ts";
import { taskOf } from "../tasks/select.ts";
import type { Batch } from "../tasks/task.ts";
import type { WorkSize } from "./flops.ts";

/** A piece of work: what is done how often, with which model. */
export interface Work extends WorkSize {
  /** Short, for files and JSON. */
  readonly name: string;
  /** For readers. */
  readonly title: string;
  /** What differs from preset `eer`. */
  readonly model: PartialConfiguration["model"];
}

const train = {
  name: "train-8",
  title: "Train step, d = 8, 1 head",
  kind: "train",
  count: 32,
  length: 40,
} as const;
const forward = {
  name: "forward-8",
  title: "Forward, d = 8, 1 head",
  kind: "forward",
  count: 4,
  length: 1000,
} as const;
const wide = {
  name: "train-64",
  title: "Train step, d = 64, 4 heads",
  kind: "train",
  count: 64,
  length: 40,
} as const;

/** What `eer bench` times: the paper's model in training and in its longest evaluation, and one as wide as FOP's. */
export const works: readonly Work[] = [
  { ...train, model: {} },
  { ...forward, model: {} },
  { ...wide, model: { width: 64, heads: 4, mlpWidth: 256 } },
];

/** A piece of work with all that it needs: the same for everyone who does it. */
export interface PreparedWork {
  readonly work: Work;
  readonly configuration: Configuration;
  readonly problem: EngineProblem;
  /** Fresh ones; each contestant trains a copy of its own. */
  readonly parameters: Float32Array;
  readonly batch: Batch;
}

/** Draws parameters and batch. */
export function prepareWork(work: Work, { seed }: { seed: number }): PreparedWork {
  const whole = configuration({ model: work.model });
  const task = taskOf(whole.task);
  const problem = engineProblem(task, whole);
  return {
    work,
    configuration: whole,
    problem,
    parameters: initialParameters(problem, seed),
    batch: task.sample(randomStream(seed, "bench", work.name), work.count, work.length),
  };
}
