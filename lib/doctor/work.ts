import { type EngineProblem, engineProblem } from "../engines/engine.ts";
import type { Configuration } from "../models/config.ts";
import { initialParameters } from "../models/init.ts";
import { preset } from "../models/presets.ts";
import { randomStream } from "../random.ts";
import { taskOf } from "../tasks/select.ts";
import type { Batch } from "../tasks/task.ts";

/** A training step that engines are timed on, always the same. */
export interface ProbeWork {
  readonly configuration: Configuration;
  /** Sequences, and the length of each. */
  readonly count: number;
  readonly length: number;
  /** The objective that must come out, where it is known. */
  readonly total?: number;
}

/** What the doctor has every engine do: preset `eer` on 32 sequences of 40 tokens, its total in double precision. */
export const doctorWork: ProbeWork = {
  configuration: preset("eer"),
  count: 32,
  length: 40,
  total: 2.4452980089810805,
};

/** What an engine is given. */
export function prepare(
  { configuration, count, length }: ProbeWork,
): { problem: EngineProblem; parameters: Float32Array; batch: Batch } {
  const task = taskOf(configuration.task);
  const problem = engineProblem(task, configuration);
  return {
    problem,
    parameters: initialParameters(problem, 0),
    batch: task.sample(randomStream(0, "doctor"), count, length),
  };
}
