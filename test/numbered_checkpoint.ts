import { configuration } from "../lib/models/config.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { taskOf } from "../lib/tasks/select.ts";
import type { Checkpoint } from "../lib/training/checkpoint.ts";

const config = configuration({ model: { width: 64, mlpWidth: 256 } });
const { size } = modelSpecification({ ...taskOf(config.task), model: config.model });

/** A checkpoint of some 600 kB whose every number tells which one it is. */
export function numberedCheckpoint(step: number): Checkpoint {
  const filled = () => new Float32Array(size).fill(step);
  return {
    configuration: config,
    parameters: filled(),
    optimizer: { step, firstMoment: filled(), secondMoment: filled() },
    engine: { name: "none", backend: "none" },
  };
}
