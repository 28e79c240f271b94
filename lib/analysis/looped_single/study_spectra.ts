/**
 * Hessian-level dynamics of a study: the spectrum at snapshots that its runs kept.
 *
 * @module
 */
import { join } from "node:path";
import { engineProblem } from "../../engines/engine.ts";
import { createEngine, type EngineChoice } from "../../engines/select.ts";
import { UserError } from "../../errors.ts";
import { writeFileAtomically } from "../../storage/atomic_write.ts";
import { exists } from "../../storage/exists.ts";
import { readJson } from "../../storage/read_json.ts";
import { lockDirectory } from "../../storage/run_lock.ts";
import { taskOf } from "../../tasks/select.ts";
import { singleConfiguration } from "../../training/shift.ts";
import { heldOutBatch } from "../../training/train.ts";
import { readTrajectory } from "../../training/trajectory.ts";
import { exactHessian } from "../hessian/exact.ts";
import { gradientOf } from "../hessian/gradient.ts";
import { spectrumOf } from "../hessian/spectrum.ts";
import type { Arm } from "./arms.ts";
import { withSeed } from "./study.ts";
import { readStudy, runDirectory } from "./study_files.ts";

/** The Hessian of the loss on a run's held-out batch after `step` updates. */
export interface StudySpectrum {
  readonly arm: Arm;
  readonly seed: number;
  readonly step: number;
  /** About how far each eigenvalue is off. */
  readonly eigenvalueError: number;
  /** Ascending, to six digits. */
  readonly eigenvalues: readonly number[];
}

/** Which Hessians. */
export interface SpectrumStudyOptions {
  readonly directory: string;
  /** Updates done at the snapshots. */
  readonly steps: readonly number[];
  /** Runs of the seeds 0, …, seeds − 1. */
  readonly seeds: number;
  readonly engine?: EngineChoice;
  readonly signal?: AbortSignal;
}

const file = (directory: string, { arm, seed, step }: Pick<StudySpectrum, "arm" | "seed" | "step">) =>
  join(runDirectory(directory, { arm, seed }), `hessian-${step}.json`);

/**
 * Computes the spectra of Single-Attn's and Looped-Attn's runs that are not there yet, and yields each when it is
 * stored. With a signal it may end early.
 *
 * @throws {UserError} if there is no study, or a run kept no such snapshot
 */
export async function* runStudySpectra(
  { directory, steps, seeds, engine: choice, signal }: SpectrumStudyOptions,
): AsyncGenerator<StudySpectrum> {
  const { configuration, runs } = await readStudy(directory);
  using _lock = lockDirectory(directory);
  for (const { arm, seed } of runs) {
    if (arm === "shift" || seed >= seeds) continue;
    const seeded = withSeed(configuration, seed);
    const own = arm === "single" ? singleConfiguration(seeded) : seeded;
    const { steps: kept, parameters } = await readTrajectory(runDirectory(directory, { arm, seed }), own);
    const task = taskOf(own.task);
    const engine = await createEngine(engineProblem(task, own), choice);
    try {
      const gradient = gradientOf(engine, heldOutBatch(task, own.training));
      for (const step of steps) {
        const spectrum = { arm, seed, step };
        const at = kept.indexOf(step);
        if (at < 0) {
          throw new UserError(
            `Cannot compute the Hessian of ${arm}, seed ${seed}, at step ${step}: its snapshots are of steps ${
              kept.join(", ")
            }`,
          );
        }
        const path = file(directory, spectrum);
        if (await exists(path)) continue;
        const hessian = await exactHessian(gradient, parameters[at], { signal });
        const eigenvalues = Array.from(
          spectrumOf(hessian).eigenvalues,
          (value) => Number(value.toPrecision(6)),
        );
        const found = { ...spectrum, eigenvalueError: hessian.eigenvalueError, eigenvalues };
        await writeFileAtomically(path, JSON.stringify(found) + "\n");
        yield found;
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    } finally {
      await engine.dispose();
    }
  }
}

/**
 * Reads the spectra of a study, by seed, arm and step.
 *
 * @throws {UserError} if a file is damaged
 */
export async function readStudySpectra(directory: string): Promise<StudySpectrum[]> {
  const { runs } = await readStudy(directory);
  const found: StudySpectrum[] = [];
  for (const run of runs) {
    const folder = runDirectory(directory, run);
    const steps: number[] = [];
    for await (const { name } of Deno.readDir(folder)) {
      const [, step] = name.match(/^hessian-(\d+)\.json$/) ?? [];
      if (step !== undefined) steps.push(Number(step));
    }
    for (const step of steps.sort((a, b) => a - b)) {
      const path = file(directory, { ...run, step });
      const { eigenvalueError, eigenvalues } = await readJson(path, "spectrum") as StudySpectrum;
      const isNumbers = Array.isArray(eigenvalues) && eigenvalues.length > 0 &&
        eigenvalues.every(Number.isFinite);
      if (!isNumbers || !Number.isFinite(eigenvalueError)) {
        throw new UserError(`Cannot use spectrum ${path} as it does not hold eigenvalues and their error`);
      }
      found.push({ arm: run.arm, seed: run.seed, step, eigenvalueError, eigenvalues });
    }
  }
  return found;
}
