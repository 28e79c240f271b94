/**
 * The path that training took through parameter space: the parameters at each evaluation, in one safetensors file.
 *
 * `step` [K], F64, and `parameters` [K, P], F32, flat in the order of the model's specification; `__metadata__` holds
 * `config`, the configuration as JSON text.
 *
 * @module
 */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import type { Configuration } from "../models/config.ts";
import { modelSpecification } from "../models/specification.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import { readFile } from "../storage/read_file.ts";
import { decodeSafetensors, encodeSafetensors } from "../storage/safetensors.ts";
import { taskOf } from "../tasks/select.ts";

/** Parameters along a run. */
export interface Trajectory {
  /** Updates done at each snapshot, ascending. */
  readonly steps: readonly number[];
  /** The snapshots, each flat [P]. */
  readonly parameters: readonly Float32Array[];
}

/** Name of the file in a run folder. */
export const TRAJECTORY_FILE = "trajectory.safetensors";

/**
 * Reads the trajectory in a run folder.
 *
 * @throws {UserError} if there is none, it is damaged, or it is that of another model
 */
export async function readTrajectory(
  directory: string,
  { task, model }: Pick<Configuration, "task" | "model">,
): Promise<Trajectory> {
  const path = join(directory, TRAJECTORY_FILE);
  const { tensors } = decodeSafetensors(await readFile(path), { label: path });
  const { size } = modelSpecification({ ...taskOf(task), model });
  const refuse = (reason: string) => new UserError(`Cannot read ${path} as ${reason}`);
  const [step, flat] = [tensors.get("step"), tensors.get("parameters")];
  if (step?.shape.length !== 1 || flat?.shape.length !== 2 || flat.shape[0] !== step.shape[0]) {
    throw refuse("it must hold step [K] and parameters [K, P]");
  }
  if (flat.shape[1] !== size) {
    throw refuse(`its snapshots have ${flat.shape[1]} parameters, and the model has ${size}`);
  }
  if (!flat.data.every(Number.isFinite)) throw refuse("its parameters hold NaN or infinity");
  const steps = [...step.data];
  if (!steps.every((each, k) => Number.isSafeInteger(each) && each > (steps[k - 1] ?? -1))) {
    throw refuse("its steps must be whole numbers ≥ 0, ascending");
  }
  return {
    steps,
    parameters: steps.map((_, k) => Float32Array.from(flat.data.subarray(k * size, (k + 1) * size))),
  };
}

/** Writes the trajectory into a run folder; a crash at any moment leaves the old one or the new. */
export async function writeTrajectory(
  directory: string,
  { steps, parameters }: Trajectory,
  configuration: Configuration,
): Promise<void> {
  const size = parameters[0]?.length ?? 0;
  const flat = new Float32Array(steps.length * size);
  parameters.forEach((each, k) => flat.set(each, k * size));
  const bytes = encodeSafetensors({
    tensors: new Map([
      ["step", { shape: [steps.length], data: Float64Array.from(steps) }],
      ["parameters", { shape: [steps.length, size], data: flat }],
    ]),
    metadata: new Map([["config", JSON.stringify(configuration)]]),
  });
  await writeFileAtomically(join(directory, TRAJECTORY_FILE), bytes);
}
