/**
 * One row of `metrics.csv`: what an evaluation during training found.
 *
 * @module
 */
import { UserError } from "../errors.ts";

/** Measured after `step` updates, on a held-out batch that stays the same over the run. */
export interface Metrics {
  readonly step: number;
  readonly task: number;
  readonly potential: number;
  readonly kinetic: number;
  /** Mean S_q, Table 2's column (not |mean S_q − η|). */
  readonly entropy: number;
  readonly total: number;
  /** Euclidean norm of the total's gradient. */
  readonly gradientNorm: number;
  /** Share of right positions by length of the sequences. */
  readonly accuracy: Readonly<Record<number, number>>;
}

const terms = ["step", "task", "potential", "kinetic", "entropy", "total", "gradientNorm"] as const;

/** The rows as CSV, numbers at full precision, `accuracy_L` columns last. */
export function formatMetrics(rows: readonly Metrics[], lengths: readonly number[]): string {
  const header = [...terms, ...lengths.map((length) => `accuracy_${length}`)];
  const lines = rows.map((row) => [
    ...terms.map((term) => row[term]),
    ...lengths.map((length) => row.accuracy[length]),
  ]);
  return [header, ...lines].map((cells) => cells.join(",") + "\n").join("");
}

/**
 * Reads what {@link formatMetrics} wrote.
 *
 * @throws {UserError} naming the line that is not such a row
 */
export function parseMetrics(text: string): Metrics[] {
  const [header = "", ...lines] = text.trimEnd().split("\n");
  const columns = header.split(",");
  const missing = terms.find((term) => !columns.includes(term));
  if (missing) throw new UserError(`Cannot read metrics: the header has no column "${missing}"`);
  return lines.map((line, index) => {
    const values = line.split(",").map((cell) => cell === "" ? NaN : Number(cell));
    if (values.length !== columns.length || values.some(Number.isNaN)) {
      throw new UserError(`Cannot read metrics: line ${index + 2} does not hold ${columns.length} numbers`);
    }
    const row = Object.fromEntries(columns.map((column, i) => [column, values[i]]));
    const accuracy = Object.fromEntries(
      columns.flatMap((column, i) =>
        column.startsWith("accuracy_") ? [[Number(column.slice("accuracy_".length)), values[i]]] : []
      ),
    );
    const [step, task, potential, kinetic, entropy, total, gradientNorm] = terms.map((term) => row[term]);
    return { step, task, potential, kinetic, entropy, total, gradientNorm, accuracy };
  });
}
