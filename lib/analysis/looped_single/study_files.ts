/**
 * The files of a study: `study.json`, and for every run `ARM-seed-N/curve.csv` and, of the first seeds,
 * `ARM-seed-N/trajectory.safetensors`.
 *
 * @module
 */
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import { type Configuration, configuration as validated } from "../../models/config.ts";
import { writeFileAtomically } from "../../storage/atomic_write.ts";
import { exists } from "../../storage/exists.ts";
import { printable } from "../../storage/printable.ts";
import { readFile } from "../../storage/read_file.ts";
import { readJson } from "../../storage/read_json.ts";
import type { ShiftCriterion } from "../../training/plateau.ts";
import { assertCriterion } from "../../training/shift.ts";
import { type Arm, type ArmPoint, arms } from "./arms.ts";

/** What all runs of a study have in common. */
export interface StudySettings {
  /** Of the looped model; `training.seed` is each run's own. */
  readonly configuration: Configuration;
  readonly criterion: ShiftCriterion;
}

/** One run of a study. */
export interface StudyRun {
  readonly arm: Arm;
  readonly seed: number;
  /** Ascending in step. */
  readonly points: readonly ArmPoint[];
}

/** A study as it lies on disk. */
export interface Study extends StudySettings {
  readonly runs: readonly StudyRun[];
}

const SETTINGS_FILE = "study.json";
const CURVE_FILE = "curve.csv";
const columns = [
  "step",
  "loops",
  "flops",
  "loss",
  "gradientNorm",
  "accuracy",
  "simple",
  "complex",
] as const satisfies readonly (keyof ArmPoint)[];

/** The folder of one run. */
export const runDirectory = (directory: string, { arm, seed }: Pick<StudyRun, "arm" | "seed">): string =>
  join(directory, `${arm}-seed-${seed}`);

/** The settings in a study's folder, or nothing where there is none. */
export async function readSettings(directory: string): Promise<StudySettings | undefined> {
  const path = join(directory, SETTINGS_FILE);
  if (!await exists(path)) return undefined;
  const value = await readJson(path, "study") as Partial<StudySettings> | null;
  if (typeof value !== "object" || !value?.configuration || !value.criterion) {
    throw new UserError(`Cannot use study ${path}: it must hold a configuration and a criterion`);
  }
  const { window, plateau, stability, patience } = value.criterion;
  const criterion = { window, plateau, stability, patience };
  assertCriterion(criterion);
  return { configuration: validated(value.configuration), criterion };
}

/** Writes the settings. */
export async function writeSettings(directory: string, settings: StudySettings): Promise<void> {
  await writeFileAtomically(join(directory, SETTINGS_FILE), JSON.stringify(settings, null, 2) + "\n");
}

/** Whether the run is there, which it is when it is finished. */
export async function hasRun(directory: string, run: Pick<StudyRun, "arm" | "seed">): Promise<boolean> {
  return await exists(join(runDirectory(directory, run), CURVE_FILE));
}

/** Writes the curve of a finished run, after everything else of it. */
export async function writeCurve(directory: string, run: StudyRun): Promise<void> {
  const lines = run.points.map((point) => columns.map((column) => point[column]).join(",") + "\n");
  await writeFileAtomically(
    join(runDirectory(directory, run), CURVE_FILE),
    [columns.join(",") + "\n", ...lines].join(""),
  );
}

/**
 * Reads a study with the runs that are finished, by seed.
 *
 * @throws {UserError} if there is none or a file of it is damaged
 */
export async function readStudy(directory: string): Promise<Study> {
  const settings = await readSettings(directory);
  if (!settings) throw new UserError(`Cannot read a study in ${directory} as it holds no ${SETTINGS_FILE}`);
  const found: Pick<StudyRun, "arm" | "seed">[] = [];
  for await (const { name } of Deno.readDir(directory)) {
    const [, arm, seed] = name.match(/^(\w+)-seed-(\d+)$/) ?? [];
    const known = arms.find((each) => each === arm);
    if (known && await hasRun(directory, { arm: known, seed: Number(seed) })) {
      found.push({ arm: known, seed: Number(seed) });
    }
  }
  found.sort((a, b) => a.seed - b.seed || arms.indexOf(a.arm) - arms.indexOf(b.arm));
  const runs = await Promise.all(
    found.map(async (run) => ({
      ...run,
      points: await readCurve(join(runDirectory(directory, run), CURVE_FILE)),
    })),
  );
  return { ...settings, runs };
}

async function readCurve(path: string): Promise<ArmPoint[]> {
  const [header, ...lines] = new TextDecoder().decode(await readFile(path)).trimEnd().split("\n");
  if (header !== columns.join(",")) {
    throw new UserError(
      `Cannot read ${path} as its header is ${printable(header)}, not ${columns.join(",")}`,
    );
  }
  const points = lines.map((line, index) => {
    const cells = line.split(",").map((cell) => cell === "" ? NaN : Number(cell));
    if (cells.length !== columns.length || !cells.every(Number.isFinite)) {
      throw new UserError(`Cannot read ${path} as line ${index + 2} does not hold ${columns.length} numbers`);
    }
    return Object.fromEntries(columns.map((column, at) => [column, cells[at]])) as unknown as ArmPoint;
  });
  if (points.length === 0) throw new UserError(`Cannot read ${path} as it holds no point`);
  return points;
}
