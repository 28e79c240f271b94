/**
 * Problems from JSON files: one object with matrices, vectors and numbers, each checked entry by entry.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import { oneLine } from "../storage/printable.ts";
import { readJson } from "../storage/read_json.ts";

/** A problem whose keys are those wanted, and whose values are still to be checked. */
export interface Problem {
  readonly file: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/**
 * Reads a problem that has each of the given keys and no other.
 *
 * @throws {UserError} if the file cannot be read, is no JSON object, or lacks a key or has an unknown one
 */
export async function readProblem(file: string, keys: readonly string[]): Promise<Problem> {
  const content = await readJson(file, "problem");
  const wanted = `its keys are ${keys.join(", ")}`;
  const refuse = (why: string) => new UserError(`Cannot use problem ${file} as ${why}; ${wanted}`);
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw refuse(`it is ${described(content)}, not an object`);
  }
  const values = new Map<string, unknown>(Object.entries(content));
  const unknown = [...values.keys()].find((key) => !keys.includes(key));
  if (unknown !== undefined) throw refuse(`it has the unknown key ${described(unknown)}`);
  const missing = keys.find((key) => !values.has(key));
  if (missing !== undefined) throw refuse(`${missing} is missing`);
  return { file, values };
}

/** The size wanted of a matrix, and what it follows from, such as "Z0 has 3 entries". */
export interface MatrixSize {
  readonly rows?: number;
  readonly columns?: number;
  readonly because?: string;
}

/**
 * A matrix: its rows, all of one length ≥ 1, of finite numbers.
 *
 * @throws {UserError} naming the row or entry that is none, or the size
 */
export function matrixOf(problem: Problem, key: string, size: MatrixSize = {}): number[][] {
  const rows = arrayOf(problem, key, "an array of rows");
  if (rows.length === 0) throw unusable(problem, `${key} has no rows`);
  const matrix = rows.map((row, i) => {
    const name = `${key}[${i}]`;
    if (!Array.isArray(row)) throw unusable(problem, `${name} is ${described(row)}, where a row is wanted`);
    return finiteNumbers(problem, row, name);
  });
  const [{ length: columns }] = matrix;
  if (columns === 0) throw unusable(problem, `${key}[0] is empty`);
  const ragged = matrix.findIndex((row) => row.length !== columns);
  if (ragged >= 0) {
    throw unusable(
      problem,
      `${key}[${ragged}] has ${entries(matrix[ragged].length)}, but ${key}[0] has ${columns}`,
    );
  }
  const wanted = { rows: size.rows ?? matrix.length, columns: size.columns ?? columns };
  if (matrix.length !== wanted.rows || columns !== wanted.columns) {
    throw unusable(
      problem,
      `${key} is ${matrix.length} × ${columns}, where ${wanted.rows} × ${wanted.columns} is wanted` +
        reason(size.because),
    );
  }
  return matrix;
}

/**
 * A vector of finite numbers, of the length wanted.
 *
 * @throws {UserError} naming the entry that is none, or the length
 */
export function vectorOf(
  problem: Problem,
  key: string,
  { length, because }: { length?: number; because?: string } = {},
): number[] {
  const vector = finiteNumbers(problem, arrayOf(problem, key, "a vector"), key);
  if (length !== undefined && vector.length !== length) {
    throw unusable(
      problem,
      `${key} has ${entries(vector.length)}, where ${length} are wanted${reason(because)}`,
    );
  }
  return vector;
}

/**
 * A finite number, greater than `above` and at least `least` where these are given.
 *
 * @throws {UserError} if it is none
 */
export function numberOf(
  problem: Problem,
  key: string,
  { above = -Infinity, least = -Infinity }: { above?: number; least?: number } = {},
): number {
  const value = problem.values.get(key);
  const bounds = [above > -Infinity ? ` > ${above}` : "", least > -Infinity ? ` ≥ ${least}` : ""].join("");
  if (!isFinite(value) || value <= above || value < least) {
    throw unusable(problem, `${key} is ${described(value)}, where a finite number${bounds} is wanted`);
  }
  return value;
}

/**
 * A whole number from `least` to `most`.
 *
 * @throws {UserError} if it is none
 */
export function wholeNumberOf(
  problem: Problem,
  key: string,
  { least = 0, most = Number.MAX_SAFE_INTEGER }: { least?: number; most?: number } = {},
): number {
  const value = problem.values.get(key);
  if (!isFinite(value) || !Number.isSafeInteger(value) || value < least || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? `≥ ${least}` : `from ${least} to ${most}`;
    throw unusable(problem, `${key} is ${described(value)}, where a whole number ${range} is wanted`);
  }
  return value;
}

/** @throws {UserError} unless it is true or false */
export function booleanOf(problem: Problem, key: string): boolean {
  const value = problem.values.get(key);
  if (typeof value !== "boolean") {
    throw unusable(problem, `${key} is ${described(value)}, where true or false is wanted`);
  }
  return value;
}

/** The error for a problem whose values do not do: "Cannot use problem F.json as …". */
export function unusable({ file }: Problem, why: string): UserError {
  return new UserError(`Cannot use problem ${file} as ${why}`);
}

function arrayOf(problem: Problem, key: string, wanted: string): unknown[] {
  const value = problem.values.get(key);
  if (!Array.isArray(value)) {
    throw unusable(problem, `${key} is ${described(value)}, where ${wanted} is wanted`);
  }
  return value;
}

function finiteNumbers(problem: Problem, values: readonly unknown[], name: string): number[] {
  return values.map((value, i) => {
    if (!isFinite(value)) {
      throw unusable(problem, `${name}[${i}] is ${described(value)}, where a finite number is wanted`);
    }
    return value;
  });
}

const isFinite = (value: unknown): value is number => Number.isFinite(value);

/** A value in few words: what nests may nest too deep to be written out. */
function described(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object" && value !== null) return "an object";
  // JSON.parse reads 1e999 as infinite.
  if (value === Infinity || value === -Infinity) return "beyond the range of numbers (1.8e308)";
  return typeof value === "string" ? oneLine(JSON.stringify(value), 60) : String(value);
}

const entries = (count: number) => count === 1 ? "1 entry" : `${count} entries`;

const reason = (because: string | undefined) => because === undefined ? "" : ` as ${because}`;
