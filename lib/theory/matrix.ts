/**
 * Small dense matrices in double precision, row-major in one typed array.
 *
 * @module
 */

/** A matrix as its rows, the way people and JSON write it. */
export type Rows = readonly (readonly number[])[];

/** A matrix as one row-major array [rows, columns]. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

/**
 * The matrix with the given rows.
 *
 * @throws {RangeError} if there is no row, no column, or rows differ in length
 */
export function matrixOfRows(rows: Rows): Matrix {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0 || rows.some((row) => row.length !== columns)) {
    const lengths = rows.map((row) => row.length).join(", ");
    throw new RangeError(`Cannot make a matrix of rows of lengths [${lengths}]: they must be equal and ≥ 1`);
  }
  return { rows: rows.length, columns, values: Float64Array.from(rows.flat()) };
}

/** Its rows, as they are written in JSON. */
export function rowsOf({ rows, columns, values }: Matrix): number[][] {
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
}

/** Aᵀ. */
export function transpose({ rows, columns, values }: Matrix): Matrix {
  const result = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = values[i * columns + j];
  }
  return { rows: columns, columns: rows, values: result };
}

/**
 * AB.
 *
 * @throws {RangeError} unless A has as many columns as B has rows
 */
export function product(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows) {
    throw new RangeError(`Cannot multiply ${a.rows} × ${a.columns} by ${b.rows} × ${b.columns}`);
  }
  const values = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.values[i * a.columns + k];
      for (let j = 0; j < b.columns; j++) values[i * b.columns + j] += factor * b.values[k * b.columns + j];
    }
  }
  return { rows: a.rows, columns: b.columns, values };
}

/** The matrix times a number. */
export function scaled(matrix: Matrix, factor: number): Matrix {
  return { ...matrix, values: matrix.values.map((value) => factor * value) };
}
