import { type EngineProblem, engineProblem } from "../engines/engine.ts";
import { initialParameters } from "../models/init.ts";
import { preset } from "../models/presets.ts";
import { randomStream } from "../random.ts";
import { taskOf } from "../tasks/select.ts";
import type { Batch } from "../tasks/task.ts";

/** What every engine is to do: a training step of the preset `eer` on 32 sequences of 40 tokens, always the same. */
export function doctorWork(): { problem: EngineProblem; parameters: Float32Array; batch: Batch } {
  const configuration = preset("eer");
  const task = taskOf(configuration.task);
  const problem = engineProblem(task, configuration);
  return {
    problem,
    parameters: initialParameters(problem, 0),
    batch: task.sample(randomStream(0, "doctor"), 32, 40),
  };
}

/** The objective of {@linkcode doctorWork} in double precision: an engine that says otherwise computes wrongly. */
export const doctorTotal = 2.4452980089810805;
