/**
 * Landscapes on disk: `F.csv` with the numbers, one row a place, and `F.json` with what decided them.
 *
 * @module
 */
import { dirname } from "node:path";
import { UserError } from "../../errors.ts";
import { writeFileAtomically } from "../../storage/atomic_write.ts";
import { openLines } from "../../storage/lines_file.ts";
import { readFile } from "../../storage/read_file.ts";
import { readJson } from "../../storage/read_json.ts";
import { systemReason } from "../../storage/system_error.ts";
import {
  formatDescription,
  type KnownPoint,
  knownPoints,
  type Landmark,
  type LandscapeDescription,
  type LandscapeRecipe,
  parseDescription,
} from "./description.ts";
import { gridPlaces, type LandscapePoint, landscapeTerms, lossOnGrid, type Measure } from "./grid.ts";
import type { Plane } from "./plane.ts";

/** A landscape as it lies on disk: the places row by row of equal β, both coordinates ascending. */
export interface StoredLandscape extends LandscapeDescription {
  readonly rows: readonly LandscapePoint[];
}

const columns = ["alpha", "beta", ...landscapeTerms] as const;

/** The file beside `F.csv` that says what decided its numbers. */
export const descriptionPath = (path: string): string => `${path.replace(/\.csv$/, "")}.json`;

/** The file beside `F.csv` that holds the rows of an unfinished landscape. */
export const partialPath = (path: string): string => `${path}.partial`;

/**
 * Reads a landscape.
 *
 * @throws {UserError} if a file is missing, damaged or does not fit the other
 */
export async function readLandscape(path: string): Promise<StoredLandscape> {
  const beside = descriptionPath(path);
  const description = parseDescription(await readJson(beside, "description"), beside);
  const [header, ...lines] = new TextDecoder().decode(await readFile(path)).trimEnd().split("\n");
  const refuse = (reason: string) => new UserError(`Cannot read landscape ${path} as ${reason}`);
  if (header !== columns.join(",")) throw refuse(`its first line is not ${columns.join(",")}`);
  if (lines.length !== description.grid ** 2) {
    throw refuse(`it has ${lines.length} rows, where ${beside} tells of ${description.grid ** 2}`);
  }
  const rows = lines.map((line, index) => {
    const row = parseRow(line);
    if (!row) throw refuse(`line ${index + 2} does not hold ${columns.length} numbers`);
    return row;
  });
  return { ...description, rows };
}

/** What {@linkcode storeLandscape} computes. */
export interface LandscapeWork extends Measure {
  readonly plane: Plane;
  readonly recipe: LandscapeRecipe;
  /** Parameters whose places in the plane are told besides. */
  readonly landmarks: readonly Landmark[];
  /** Ends the work after the place under way; what is done is kept. */
  readonly signal?: AbortSignal;
  /** Called after each place, and once with what an earlier call has left. */
  readonly onProgress?: (done: number, latest?: LandscapePoint) => void;
}

/**
 * Computes a landscape into `path` and the description beside it, or goes on where an earlier call with the same
 * recipe was stopped or killed; either way the files are the same bytes. A finished one is left as it is.
 *
 * @returns whether it is finished
 * @throws {UserError} if a file cannot be written, or holds the beginning of another landscape
 */
export async function storeLandscape(path: string, work: LandscapeWork): Promise<boolean> {
  const { recipe, plane, landmarks, engine, batch, signal, onProgress } = work;
  const places = gridPlaces(recipe);
  if (await isFinished(path, recipe)) {
    onProgress?.(places.length);
    return true;
  }
  await makeFolder(dirname(path));
  using partial = await openLines(partialPath(path), {
    header: JSON.stringify(recipe),
    accepts: (line, index) => {
      const row = parseRow(line);
      return row !== undefined && row.alpha === places[index]?.alpha && row.beta === places[index]?.beta;
    },
  });
  const rows = partial.lines.map((line) => parseRow(line)!);
  onProgress?.(rows.length);
  const rest = places.slice(rows.length);
  if (signal?.aborted) return false;
  for await (const row of lossOnGrid(plane, { engine, batch, places: rest })) {
    rows.push(row);
    await partial.append(formatRow(row));
    onProgress?.(rows.length, row);
    if (signal?.aborted && rows.length < places.length) return false;
  }
  const points: KnownPoint[] = await knownPoints(landmarks, { plane, engine, batch });
  const lines = rows.map((row) => formatRow(row, recipe.digits));
  // The numbers last: where they are, the description is.
  await writeFileAtomically(descriptionPath(path), formatDescription({ ...recipe, points }));
  await writeFileAtomically(path, [columns.join(","), ...lines].map((line) => line + "\n").join(""));
  await partial.remove();
  return true;
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await Deno.mkdir(directory, { recursive: true });
  } catch (error) {
    throw new UserError(`Cannot make the folder ${directory} as ${systemReason(error)}`);
  }
}

/** Whether the files hold the whole landscape of this recipe. */
async function isFinished(path: string, recipe: LandscapeRecipe): Promise<boolean> {
  try {
    const { rows: _rows, points: _points, ...stored } = await readLandscape(path);
    return JSON.stringify(stored) === JSON.stringify(recipe);
  } catch (error) {
    // Missing, damaged or of another landscape: it is computed anew.
    if (error instanceof UserError) return false;
    throw error;
  }
}

function formatRow(row: LandscapePoint, digits: number | null = null): string {
  return columns.map((column) => digits === null ? row[column] : Number(row[column].toPrecision(digits)))
    .join(",");
}

function parseRow(line: string): LandscapePoint | undefined {
  const cells = line.split(",");
  const values = cells.map((cell) => cell === "" ? undefined : Number(cell));
  const isNumber = (value: number | undefined, at: number) =>
    value !== undefined && (!Number.isNaN(value) || cells[at] === "NaN");
  if (values.length !== columns.length || !values.every(isNumber)) return undefined;
  return Object.fromEntries(columns.map((column, at) => [column, values[at]])) as unknown as LandscapePoint;
}
