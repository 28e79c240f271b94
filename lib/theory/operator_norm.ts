/**
 * The largest singular value of a linear map: by a dense singular value decomposition where the map is small, else
 * by Golub–Kahan–Lanczos bidiagonalisation, which needs only products with the map and its transpose.
 *
 * @module
 */
import { Matrix as DenseMatrix, SingularValueDecomposition } from "ml-matrix";
import { euclideanNorm } from "../vectors.ts";
import { randomStream } from "../random.ts";
import type { Matrix } from "./matrix.ts";

/** A linear map from `columns` to `rows` numbers, and its transpose. */
export interface LinearMap {
  readonly rows: number;
  readonly columns: number;
  /** Jv. */
  apply(v: Float64Array): Float64Array;
  /** Jᵀu. */
  applyTransposed(u: Float64Array): Float64Array;
}

/** A norm, and how far it can be trusted. */
export interface OperatorNorm {
  /** The largest singular value σ. */
  readonly norm: number;
  /**
   * ‖(Jv − σu, Jᵀu − σv)‖ of its unit singular vectors: some singular value lies within this of σ, and near an isolated
   * one the error is its square over the gap.
   */
  readonly residual: number;
  readonly method: "dense" | "lanczos";
  /** Steps of Lanczos; 0 if dense. */
  readonly iterations: number;
}

/** How {@linkcode operatorNorm} computes. */
export interface OperatorNormOptions {
  /** Maps whose smaller side is at most this are decomposed densely. Default: 96. */
  readonly dense?: number;
  /** Lanczos stops at a residual of at most this share of the norm. Default: 1e-11. */
  readonly tolerance?: number;
  /** At most so many steps of Lanczos. Default: 1000. */
  readonly limit?: number;
  /** Of the start vector. Default: 0. */
  readonly seed?: number;
}

/**
 * The operator norm induced by the Euclidean norm.
 *
 * @returns a norm that is NaN or infinite where the map's values are
 */
export function operatorNorm(map: LinearMap, options: OperatorNormOptions = {}): OperatorNorm {
  const { dense = 96 } = options;
  return Math.min(map.rows, map.columns) <= dense ? denseNorm(map) : lanczosNorm(map, options);
}

/** The spectral norm of a matrix: its largest singular value. */
export function spectralNorm(matrix: Matrix): number {
  return operatorNorm(matrixMap(matrix)).norm;
}

/** A matrix as a linear map. */
export function matrixMap({ rows, columns, values }: Matrix): LinearMap {
  return {
    rows,
    columns,
    apply: (v) => {
      const result = new Float64Array(rows);
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += values[i * columns + j] * v[j];
        result[i] = sum;
      }
      return result;
    },
    applyTransposed: (u) => {
      const result = new Float64Array(columns);
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) result[j] += values[i * columns + j] * u[i];
      }
      return result;
    },
  };
}

/** The dense matrix of a linear map, column by column, or row by row where it has fewer rows. */
export function denseOf({ rows, columns, apply, applyTransposed }: LinearMap): Matrix {
  const values = new Float64Array(rows * columns);
  const unit = (size: number, at: number) => {
    const vector = new Float64Array(size);
    vector[at] = 1;
    return vector;
  };
  if (rows < columns) {
    for (let i = 0; i < rows; i++) values.set(applyTransposed(unit(rows, i)), i * columns);
  } else {
    for (let j = 0; j < columns; j++) {
      apply(unit(columns, j)).forEach((value, i) => values[i * columns + j] = value);
    }
  }
  return { rows, columns, values };
}

function denseNorm(map: LinearMap): OperatorNorm {
  const { rows, columns, values } = denseOf(map);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  // The decomposition of a matrix that is not finite does not end.
  if (largest === 0 || !Number.isFinite(largest)) {
    return { norm: largest, residual: 0, method: "dense", iterations: 0 };
  }
  // Entries whose squares would underflow spoil the reflections of the decomposition.
  const entries = Array.from(values, (value) => Math.abs(value) < 1e-140 * largest ? 0 : value / largest);
  const matrix = DenseMatrix.from1DArray(rows, columns, entries);
  const { diagonal, leftSingularVectors, rightSingularVectors } = new SingularValueDecomposition(matrix, {
    autoTranspose: true,
  });
  const first = diagonal.indexOf(Math.max(...diagonal));
  const norm = diagonal[first] * largest;
  const u = Float64Array.from(leftSingularVectors.getColumn(first));
  const v = Float64Array.from(rightSingularVectors.getColumn(first));
  return { norm, residual: residualOf(map, { norm, u, v }), method: "dense", iterations: 0 };
}

function residualOf(
  map: LinearMap,
  { norm, u, v }: { norm: number; u: Float64Array; v: Float64Array },
): number {
  const left = map.apply(v).map((value, i) => value - norm * u[i]);
  const right = map.applyTransposed(u).map((value, i) => value - norm * v[i]);
  return Math.hypot(euclideanNorm(left), euclideanNorm(right));
}

/**
 * Golub & Kahan (1965): JVₘ = UₘB, JᵀUₘ = VₘBᵀ + βₘ vₘ₊₁eₘᵀ with B upper bidiagonal. All vectors are kept and each new
 * one is orthogonalised against them twice, without which copies of large singular values appear.
 */
function lanczosNorm(
  map: LinearMap,
  { tolerance = 1e-11, limit = 1000, seed = 0 }: OperatorNormOptions,
): OperatorNorm {
  const stream = randomStream(seed, "operator norm");
  const rights: Float64Array[] = [];
  const lefts: Float64Array[] = [];
  const diagonal: number[] = [];
  const above: number[] = [];
  // A wide map needs one step more to see that no left vector is left.
  const most = Math.min(limit, map.columns, map.rows + 1);
  let right: Float64Array = Float64Array.from({ length: map.columns }, () => stream.normal());
  let check = 8;
  let result: OperatorNorm = { norm: 0, residual: 0, method: "lanczos", iterations: 0 };
  normalise(right);
  for (let step = 1; step <= most; step++) {
    rights.push(right);
    const left = map.apply(right);
    orthogonalise(left, lefts);
    const alpha = normalise(left);
    lefts.push(left);
    const next = map.applyTransposed(left);
    orthogonalise(next, rights);
    const beta = normalise(next);
    const largest = Math.max(alpha, ...diagonal, ...above);
    if (!Number.isFinite(largest + beta)) return { ...result, norm: NaN, iterations: step };
    // What is left is rounding: the space is invariant, and its largest singular value is the map's.
    const rounding = 1e-14 * largest;
    const exhausted = alpha <= rounding || beta <= rounding;
    diagonal.push(alpha <= rounding ? 0 : alpha);
    if (exhausted || step === check || step === most) {
      const { norm, last } = bidiagonalNorm(diagonal, above);
      result = { norm, residual: exhausted ? 0 : beta * last, method: "lanczos", iterations: step };
      if (exhausted || result.residual <= tolerance * norm) return result;
      check = Math.ceil(1.25 * check);
    }
    above.push(beta);
    right = next;
  }
  return result;
}

/** The largest singular value of an upper bidiagonal matrix, and the last entry of its left singular vector. */
function bidiagonalNorm(diagonal: number[], above: number[]): { norm: number; last: number } {
  const size = diagonal.length;
  const matrix = DenseMatrix.zeros(size, size);
  const largest = Math.max(...diagonal, ...above);
  if (largest === 0) return { norm: 0, last: 0 };
  for (let i = 0; i < size; i++) {
    matrix.set(i, i, diagonal[i] / largest);
    if (i + 1 < size) matrix.set(i, i + 1, above[i] / largest);
  }
  const { diagonal: singular, leftSingularVectors } = new SingularValueDecomposition(matrix);
  const first = singular.indexOf(Math.max(...singular));
  return { norm: singular[first] * largest, last: Math.abs(leftSingularVectors.get(size - 1, first)) };
}

function orthogonalise(vector: Float64Array, basis: readonly Float64Array[]): void {
  for (let round = 0; round < 2; round++) {
    for (const unit of basis) {
      let dot = 0;
      for (let i = 0; i < unit.length; i++) dot += unit[i] * vector[i];
      for (let i = 0; i < unit.length; i++) vector[i] -= dot * unit[i];
    }
  }
}

/** Scales to length 1 unless it is 0, and returns the length that it had. */
function normalise(vector: Float64Array): number {
  const length = euclideanNorm(vector);
  if (length > 0) { for (let i = 0; i < vector.length; i++) vector[i] /= length; }
  return length;
}
