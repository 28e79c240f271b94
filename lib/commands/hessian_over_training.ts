import { join } from "node:path";
import { hessianSnapshot } from "../analysis/hessian/snapshot.ts";
import { type HessianOverTraining, readHessians, writeHessians } from "../analysis/hessian/stored.ts";
import type { Spectrum } from "../analysis/hessian/spectrum.ts";
import { walkAlong } from "../analysis/hessian/walk.ts";
import type { Engine } from "../engines/engine.ts";
import { UserError } from "../errors.ts";
import { type Configuration, configuration as validated } from "../models/config.ts";
import { taskOf } from "../tasks/select.ts";
import type { Batch } from "../tasks/task.ts";
import { readRunFolder } from "../training/run_folder.ts";
import { train } from "../training/train.ts";
import { readTrajectory, type Trajectory, TRAJECTORY_FILE } from "../training/trajectory.ts";
import { type Arguments, integer } from "./command.ts";
import { progress } from "./progress.ts";

/** Thresholds at which a walk is split. */
const walkThresholds = [0.0001, 0.001, 0.01, 0.1];

/**
 * `hessian DIR --trajectory --out F.json`: what is in the file already is kept, so that it can be stopped at any
 * moment and gone on with.
 *
 * @returns the exit code
 */
export async function hessiansOverTraining(
  args: Arguments,
  { directory, configuration, engine, batch, signal }: {
    directory: string;
    configuration: Configuration;
    engine: Engine;
    batch: Batch;
    signal: AbortSignal;
  },
): Promise<number> {
  const out = args.text("out")!;
  const { steps, parameters } = await pathOf(directory, configuration);
  const at = args.text("at")?.split(",").map((text) => integer("at", text, 0)) ??
    steps.filter((_, k) => k % 5 === 0);
  const missing = at.find((step) => !steps.includes(step));
  if (missing !== undefined) {
    throw new UserError(
      `Cannot use --at ${missing} as the path in ${directory} has no snapshot at that step`,
    );
  }
  const head = {
    configuration,
    engine: { name: engine.name, backend: engine.backend },
    sequences: batch.count,
    length: batch.length,
    every: steps.length > 1 ? steps[1] - steps[0] : 0,
  };
  const stored = await storedBefore(out, head);
  let hessians: HessianOverTraining = { ...head, snapshots: [], walks: [], ...stored };
  const walkSteps = args.integer("walk", 1);
  const last = steps[steps.length - 1];
  const due = at.filter((step) =>
    !hessians.snapshots.some((each) => each.step === step) ||
    (step === last && walkSteps !== undefined && hessians.walks.length === 0)
  );
  const size = parameters[0].length;
  const bar = progress("hessian", due.length * size);
  try {
    for (const [index, step] of due.entries()) {
      const k = steps.indexOf(step);
      const { snapshot, spectrum } = await hessianSnapshot(parameters[k], {
        engine,
        batch,
        step,
        before: parameters[k - 1],
        after: parameters[k + 1],
        signal,
        onColumn: (done) => bar.update(index * size + done, `step ${step}`),
      });
      const others = hessians.snapshots.filter((each) => each.step !== step);
      hessians = { ...hessians, snapshots: [...others, snapshot].sort((a, b) => a.step - b.step) };
      if (step === last && walkSteps !== undefined) {
        const walks = await walkOn(directory, { spectrum, engine, batch, steps: walkSteps, signal });
        hessians = { ...hessians, walks };
      }
      await writeHessians(out, hessians);
      bar.line(`step ${step}: largest eigenvalue ${snapshot.eigenvalues.at(-1)}`);
    }
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    console.error("Stopped; the same command goes on from here.");
    return 130;
  } finally {
    bar.stop();
  }
  console.log(
    args.has("json")
      ? JSON.stringify({ hessians: out, steps: hessians.snapshots.map(({ step }) => step) })
      : `Hessians: ${out}`,
  );
  return 0;
}

/** The run's path, or its end where only that was kept. */
async function pathOf(directory: string, configuration: Configuration): Promise<Trajectory> {
  try {
    await Deno.stat(join(directory, TRAJECTORY_FILE));
  } catch {
    const { checkpoint: { parameters, optimizer } } = await readRunFolder(directory);
    return { steps: [optimizer?.step ?? 0], parameters: [parameters] };
  }
  return await readTrajectory(directory, configuration);
}

/** What the file holds already, if it was made of the same. */
async function storedBefore(
  path: string,
  head: Omit<HessianOverTraining, "snapshots" | "walks">,
): Promise<Pick<HessianOverTraining, "snapshots" | "walks"> | undefined> {
  try {
    await Deno.stat(path);
  } catch {
    return undefined; // Writing it says what is wrong with the path.
  }
  const { snapshots, walks, ...before } = await readHessians(path);
  if (JSON.stringify(before) !== JSON.stringify(head)) {
    throw new UserError(
      `Cannot go on with ${path} as it was made with another configuration, engine or batch: --out names another`,
    );
  }
  return { snapshots, walks };
}

/** Trains on from the run's checkpoint and follows every step. */
async function walkOn(
  directory: string,
  { spectrum, engine, batch, steps, signal }: {
    spectrum: Spectrum;
    engine: Engine;
    batch: Batch;
    steps: number;
    signal: AbortSignal;
  },
) {
  const { configuration, checkpoint: { parameters, optimizer } } = await readRunFolder(directory);
  if (!optimizer) {
    throw new UserError(`Cannot train on from ${directory} as its checkpoint holds no optimizer state`);
  }
  const { training } = configuration;
  const longer = validated({
    ...configuration,
    // The evaluation at the end is not looked at.
    training: { ...training, steps: optimizer.step + steps, evaluateLengths: [training.minLength] },
  });
  const task = taskOf(configuration.task);
  const path = [parameters.slice()];
  for await (const { state } of train(longer, { task, engine, state: { parameters, optimizer }, signal })) {
    path.push(state.parameters.slice());
  }
  return await walkAlong(path, { spectrum, thresholds: walkThresholds, engine, batch, signal });
}
