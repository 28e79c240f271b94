/**
 * The comparison of Single-Attn, Looped-Attn and SHIFT over several seeds, kept in a folder run by run.
 *
 * @module
 */
import { engineProblem } from "../../engines/engine.ts";
import { createEngine, type EngineChoice } from "../../engines/select.ts";
import { UserError } from "../../errors.ts";
import type { Configuration } from "../../models/config.ts";
import { removePartialFiles } from "../../storage/atomic_write.ts";
import { lockDirectory } from "../../storage/run_lock.ts";
import { systemReason } from "../../storage/system_error.ts";
import { markovLanguage } from "../../tasks/markov_language.ts";
import { assertCriterion, singleConfiguration } from "../../training/shift.ts";
import { writeTrajectory } from "../../training/trajectory.ts";
import { type Arm, type ArmPoint, arms as allArms, studySample, trainArm } from "./arms.ts";
import {
  hasRun,
  readSettings,
  runDirectory,
  type StudyRun,
  type StudySettings,
  writeCurve,
  writeSettings,
} from "./study_files.ts";

/** Seeds whose parameters along the way are kept, for Hessians. */
const TRAJECTORIES = 3;
/** From one kept snapshot to the next, in evaluations. */
const SNAPSHOT_EVERY = 5;

/** How a study is run. */
export interface StudyOptions extends StudySettings {
  readonly directory: string;
  /** Runs are made for the seeds 0, …, seeds − 1. */
  readonly seeds: number;
  /** All three unless given. */
  readonly arms?: readonly Arm[];
  readonly engine?: EngineChoice;
  /** Ends the study; the run under way is lost and made again by the next call. */
  readonly signal?: AbortSignal;
}

/** How far a study is. */
export interface StudyProgress {
  readonly arm: Arm;
  readonly seed: number;
  /** Runs finished so far, of `runs`. */
  readonly finished: number;
  readonly runs: number;
  /** The latest point of the run under way; none where the run was there already. */
  readonly point?: ArmPoint;
}

/**
 * Makes the runs that are not there yet, seed by seed, and yields each point as it is measured.
 *
 * The study is over when the iteration ends; with a signal it may end early.
 *
 * @throws {UserError} if the folder holds a study with other settings, or cannot be written, or the task is none with
 *   an information content
 */
export async function* runStudy(options: StudyOptions): AsyncGenerator<StudyProgress> {
  const { directory, seeds, configuration, criterion, signal, arms = allArms } = options;
  assertCriterion(criterion);
  if (configuration.task.kind !== "markov-language") {
    throw new UserError(
      `Cannot compare on task ${configuration.task.kind}: simple and complex sequences are those of markov-language`,
    );
  }
  await make(directory);
  using _lock = lockDirectory(directory);
  await removePartialFiles(directory);
  await settle(directory, { configuration, criterion });

  const task = markovLanguage(configuration.task);
  const looped = await createEngine(engineProblem(task, configuration), options.engine);
  const single = await createEngine(engineProblem(task, singleConfiguration(configuration)), options.engine);
  try {
    const engines = { single, looped };
    const runs = seeds * arms.length;
    let finished = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const own = withSeed(configuration, seed);
      const sample = studySample(own, task);
      for (const arm of arms) {
        if (!await hasRun(directory, { arm, seed })) {
          const points: ArmPoint[] = [];
          const kept = { steps: [] as number[], parameters: [] as Float32Array[] };
          for await (
            const { point, parameters } of trainArm(own, arm, { task, engines, criterion, sample, signal })
          ) {
            points.push(point);
            if (isKept(point, { seed, configuration, last: kept.steps.at(-1) })) {
              kept.steps.push(point.step);
              kept.parameters.push(parameters.slice());
            }
            yield { arm, seed, finished, runs, point };
          }
          if (signal?.aborted) return;
          const run: StudyRun = { arm, seed, points };
          await make(runDirectory(directory, run));
          if (kept.steps.length > 0) {
            const model = arm === "single" ? singleConfiguration(own) : own;
            await writeTrajectory(runDirectory(directory, run), kept, model);
          }
          await writeCurve(directory, run);
        }
        finished += 1;
        yield { arm, seed, finished, runs };
      }
    }
  } finally {
    await looped.dispose();
    await single.dispose();
  }
}

/** The settings of the study with a run's seed. */
export function withSeed(configuration: Configuration, seed: number): Configuration {
  return { ...configuration, training: { ...configuration.training, seed } };
}

function isKept(
  { step }: ArmPoint,
  { seed, configuration: { training }, last }: { seed: number; configuration: Configuration; last?: number },
): boolean {
  const due = step % (SNAPSHOT_EVERY * training.evaluateEvery) === 0 || step === training.steps;
  return seed < TRAJECTORIES && due && step !== last;
}

/** Writes the settings of a new study, or compares them with those of the one that is there. */
async function settle(directory: string, wanted: StudySettings): Promise<void> {
  const settings = { ...wanted, configuration: withSeed(wanted.configuration, 0) };
  const before = await readSettings(directory);
  if (before === undefined) return await writeSettings(directory, settings);
  for (const part of ["configuration", "criterion"] as const) {
    if (JSON.stringify(before[part]) !== JSON.stringify(settings[part])) {
      throw new UserError(
        `Cannot go on with the study in ${directory} as its ${part} is another one: --out names another folder`,
      );
    }
  }
}

async function make(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UserError(`Cannot make the folder ${directory} as ${systemReason(error)}`);
  }
}
