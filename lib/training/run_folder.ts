/**
 * A run folder: `config.json`, `metrics.csv` and `checkpoint.safetensors` of one training run, and
 * `trajectory.safetensors` where the path through parameter space is wanted.
 *
 * Each file is replaced as a whole, the others before the checkpoint, so that whatever moment a run is killed
 * at, the checkpoint never knows more than they do and the run can go on from it to the same bytes.
 *
 * @module
 */
import { join } from "node:path";
import type { EngineChoice } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { type Configuration, configuration as validated } from "../models/config.ts";
import { removePartialFiles, writeFileAtomically } from "../storage/atomic_write.ts";
import { exists } from "../storage/exists.ts";
import { readFile } from "../storage/read_file.ts";
import { readJson } from "../storage/read_json.ts";
import { lockDirectory } from "../storage/run_lock.ts";
import { systemReason } from "../storage/system_error.ts";
import { type Checkpoint, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { formatMetrics, type Metrics, parseMetrics } from "./metrics.ts";
import { initialState, isEvaluated, train, type TrainingOptions, type TrainingStep } from "./train.ts";
import { readTrajectory, type Trajectory, TRAJECTORY_FILE, writeTrajectory } from "./trajectory.ts";

/** Names of the files in a run folder. */
export const RUN_FILES = {
  configuration: "config.json",
  metrics: "metrics.csv",
  checkpoint: "checkpoint.safetensors",
} as const;

/** A run folder open for writing: locked until it is disposed of. */
export interface RunFolder extends AsyncDisposable {
  readonly directory: string;
  readonly configuration: Configuration;
  /** Updates done when the folder was opened. */
  readonly step: number;
  /** The metrics found when the folder was opened. */
  readonly metrics: readonly Metrics[];
  /**
   * The engine that the run must go on with, or the given choice for a fresh one.
   *
   * @throws {UserError} if the choice names another than the run's
   */
  engineChoice(choice: EngineChoice): EngineChoice;
  /** Trains on, writing metrics and checkpoint at every evaluation, and a checkpoint when interrupted. */
  train(options: Omit<TrainingOptions, "state">): AsyncGenerator<TrainingStep>;
}

/** A finished or unfinished run as it lies on disk. */
export interface StoredRun {
  readonly configuration: Configuration;
  readonly metrics: readonly Metrics[];
  readonly checkpoint: Checkpoint;
}

/**
 * Reads a run folder without locking it.
 *
 * @throws {UserError} if a file is missing or damaged
 */
export async function readRunFolder(directory: string): Promise<StoredRun> {
  const configuration = validated(await readJson(join(directory, RUN_FILES.configuration), "configuration"));
  const checkpoint = await readCheckpoint(join(directory, RUN_FILES.checkpoint), { configuration });
  return { configuration, checkpoint, metrics: await readMetrics(directory) };
}

/**
 * Opens a run folder for training, and makes it where there is none.
 *
 * @param options.configuration what to train, given the stored configuration of a run that is resumed
 * @param options.resume go on with the run that is there; without it an existing run is refused
 * @param options.trajectory keep the parameters at each evaluation; a run that was begun so goes on so
 * @throws {UserError} if there is a run and `resume` is not set, if it has another configuration, if a trajectory is
 *   wanted of a run that was begun without, or if the folder cannot be read or written
 */
export async function openRunFolder(
  directory: string,
  { configuration: wanted, resume = false, trajectory: wantsTrajectory = false }: {
    configuration: (stored?: Configuration) => Configuration | Promise<Configuration>;
    resume?: boolean;
    trajectory?: boolean;
  },
): Promise<RunFolder> {
  // Checked before anything is made on disk, so that a mistake in it leaves no empty folder behind.
  const isRun = await exists(join(directory, RUN_FILES.configuration)) ||
    await exists(join(directory, RUN_FILES.checkpoint));
  if (isRun && !resume) {
    throw new UserError(
      `Cannot train in ${directory} as it holds a run: --resume goes on with it, --out names another`,
    );
  }
  if (!isRun) await wanted();

  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UserError(`Cannot make the folder ${directory} as ${systemReason(error)}`);
  }
  using stack = new DisposableStack();
  stack.use(lockDirectory(directory));
  await removePartialFiles(directory);
  const run = await stored(directory, { wanted, wantsTrajectory });
  const { configuration, checkpoint, metrics } = run;
  const lock = stack.move();

  return {
    directory,
    configuration,
    step: checkpoint?.optimizer.step ?? 0,
    metrics,
    engineChoice: (choice) => engineOf(directory, checkpoint, choice),
    train: (options) => trainAndStore({ ...run, directory }, options),
    [Symbol.asyncDispose]: () => Promise.resolve(lock.dispose()),
  };
}

/** What a run needs to go on: a checkpoint that holds the optimiser. */
type ResumableCheckpoint = Checkpoint & Required<Pick<Checkpoint, "optimizer">>;

interface Stored {
  configuration: Configuration;
  checkpoint?: ResumableCheckpoint;
  metrics: Metrics[];
  /** Up to the checkpoint; none if it is not kept. */
  trajectory?: Trajectory;
}

/** What lies in the folder, checked against what is wanted. */
async function stored(
  directory: string,
  { wanted, wantsTrajectory }: {
    wanted: (stored?: Configuration) => Configuration | Promise<Configuration>;
    wantsTrajectory: boolean;
  },
): Promise<Stored> {
  const refuse = (reason: string) => new UserError(`Cannot resume ${directory} as ${reason}`);
  const file = (name: keyof typeof RUN_FILES) => join(directory, RUN_FILES[name]);
  const fresh = { metrics: [], trajectory: wantsTrajectory ? { steps: [], parameters: [] } : undefined };
  const hasCheckpoint = await exists(file("checkpoint"));
  if (!await exists(file("configuration"))) {
    if (hasCheckpoint) throw refuse("it holds a checkpoint but no config.json");
    return { configuration: await wanted(), ...fresh };
  }
  const before = validated(await readJson(file("configuration"), "configuration"));
  const configuration = await wanted(before);
  const difference = firstDifference(before, configuration);
  if (difference) throw refuse(`${difference}; another configuration needs another --out`);
  if (!hasCheckpoint) return { configuration, ...fresh };

  const checkpoint = await readCheckpoint(file("checkpoint"), { configuration });
  if (!checkpoint.optimizer) throw refuse("its checkpoint holds no optimizer state");
  const { step } = checkpoint.optimizer;
  if (step > configuration.training.steps) {
    throw refuse(`its checkpoint is at step ${step}, beyond training.steps ${configuration.training.steps}`);
  }
  // Rows beyond the checkpoint are measured again; the last row of a shorter run is none of a longer one's.
  const metrics = (await readMetrics(directory)).filter((row) =>
    row.step <= step && isEvaluated(row.step, configuration.training)
  );
  const due = metrics.length > 0 && metrics[0].step === 0;
  if (!due) throw refuse("its metrics.csv lacks the row of step 0");
  const isKept = await exists(join(directory, TRAJECTORY_FILE));
  if (wantsTrajectory && !isKept) throw refuse("it was begun without --trajectory");
  return {
    configuration,
    checkpoint: { ...checkpoint, optimizer: checkpoint.optimizer },
    metrics,
    trajectory: isKept ? upTo(metrics, await readTrajectory(directory, configuration), refuse) : undefined,
  };
}

/** Step 0 is measured once more when a run goes on from it. */
function withSnapshot({ steps, parameters }: Trajectory, { step, state }: TrainingStep): Trajectory {
  const earlier = steps.filter((each) => each < step);
  return {
    steps: [...earlier, step],
    parameters: [...parameters.slice(0, earlier.length), state.parameters.slice()],
  };
}

/** The snapshots of the steps that the metrics have. */
function upTo(
  metrics: readonly Metrics[],
  { steps, parameters }: Trajectory,
  refuse: (reason: string) => UserError,
): Trajectory {
  const wanted = metrics.map(({ step }) => step);
  const lacking = wanted.find((step) => !steps.includes(step));
  if (lacking !== undefined) throw refuse(`its ${TRAJECTORY_FILE} lacks step ${lacking}`);
  return { steps: wanted, parameters: wanted.map((step) => parameters[steps.indexOf(step)]) };
}

/**
 * The first key on which two configurations differ, as the end of a sentence. A run may be resumed with more
 * steps, as the steps done are the same, unless the curriculum's lengths depend on their number.
 */
function firstDifference(before: Configuration, after: Configuration): string | undefined {
  for (const part of ["task", "model", "objective", "training"] as const) {
    const [left, right] = [before[part], after[part]] as unknown as Record<string, unknown>[];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      if (key === "steps" && after.training.curriculum === "uniform") continue;
      const [old, now] = [JSON.stringify(left[key]), JSON.stringify(right[key])];
      if (old !== now) return `its ${part}.${key} is ${old}, not ${now}`;
    }
  }
}

function engineOf(
  directory: string,
  checkpoint: ResumableCheckpoint | undefined,
  choice: EngineChoice,
): EngineChoice {
  if (!checkpoint?.engine) return choice;
  const { name, backend } = checkpoint.engine;
  const isOther = (chosen: string | undefined, own: string) =>
    chosen !== undefined && chosen !== "auto" && chosen !== own;
  if (isOther(choice.engine, name) || isOther(choice.backend, backend)) {
    throw new UserError(
      `Cannot resume ${directory} with another engine: it was trained with --engine ${name} --backend ${backend}`,
    );
  }
  return { ...choice, engine: name, backend };
}

async function* trainAndStore(
  { directory, configuration, checkpoint, metrics, trajectory }: Stored & { directory: string },
  options: Omit<TrainingOptions, "state">,
): AsyncGenerator<TrainingStep> {
  const { engine } = options;
  const state = checkpoint ?? initialState(configuration, engine);
  const write = (name: keyof typeof RUN_FILES, text: string) =>
    writeFileAtomically(join(directory, RUN_FILES[name]), text);
  await write("configuration", JSON.stringify(configuration, null, 2) + "\n");
  let saved = checkpoint?.optimizer.step;
  const save = async () => {
    await writeCheckpoint(join(directory, RUN_FILES.checkpoint), {
      configuration,
      engine: { name: engine.name, backend: engine.backend },
      parameters: state.parameters,
      optimizer: state.optimizer,
    });
    saved = state.optimizer.step;
  };
  let rows = metrics;
  let path = trajectory;
  let failed = false;
  try {
    for await (const step of train(configuration, { ...options, state })) {
      if (step.metrics) {
        rows = [...rows.filter((row) => row.step < step.step), step.metrics];
        await write("metrics", formatMetrics(rows, configuration.training.evaluateLengths));
        if (path) {
          path = withSnapshot(path, step);
          await writeTrajectory(directory, path, configuration);
        }
        await save();
      }
      yield step;
    }
  } catch (error) {
    failed = true;
    throw error;
  } finally {
    // Whoever stops early, by a signal or by leaving the loop, loses no step; after a failure the last good one stays.
    if (!failed && rows.length > 0 && saved !== state.optimizer.step) await save();
  }
}

async function readMetrics(directory: string): Promise<Metrics[]> {
  const path = join(directory, RUN_FILES.metrics);
  const text = new TextDecoder().decode(await readFile(path));
  try {
    return parseMetrics(text);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`) : error;
  }
}
