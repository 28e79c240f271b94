/**
 * Attention as an energy (§4.3): what n tokens do to one latent state Z ∈ R^d.
 *
 * The paper's scores are ⟨W_Q Z, W_K x_i⟩/√d = ⟨a_i, Z⟩ with a_i = W_Qᵀ W_K x_i/√d, so that everything here is a
 * function of the pulled-back keys a_i and the values v_i = W_V x_i. With p = softmax(⟨a_i, Z⟩/τ):
 *
 *     E_τ(Z) = −τ log Σ_i exp(⟨a_i, Z⟩/τ)      ∇E_τ = −Σ_i p_i a_i      ∇²E_τ = −Cov_p(a, a)/τ
 *     F_τ(Z) = Σ_i p_i v_i                      DF_τ = Cov_p(v, a)/τ
 *
 * The paper writes F_τ with σ_τ(⟨W_Q Z, W_K x_i⟩/(τ√d)): σ_τ is read as the softmax over i of what stands in the
 * brackets, which divides by τ√d once.
 *
 * @module
 */
import { Matrix } from "ml-matrix";

/** A matrix as its rows. */
export type Rows = ArrayLike<ArrayLike<number>>;

/** The tokens and weights of eq. 1. Vectors are columns: a query is W_Q Z, a key W_K x_i. */
export interface AttentionWeights {
  /** The tokens, one a row, [n, d]. */
  readonly X: Rows;
  /** [d, d] */
  readonly WQ: Rows;
  /** [d, d] */
  readonly WK: Rows;
  /** [d, d] */
  readonly WV: Rows;
  /** The temperature τ > 0. */
  readonly tau: number;
}

/** What is left of tokens and weights once they act on a latent state. */
export interface Landscape {
  /** n */
  readonly count: number;
  /** d */
  readonly dimension: number;
  readonly tau: number;
  /** a_i = W_Qᵀ W_K x_i/√d, [n, d] row-major. */
  readonly keys: Float64Array;
  /** v_i = W_V x_i, [n, d] row-major. */
  readonly values: Float64Array;
}

/** Everything at one point of a landscape. */
export interface Field {
  /** p = softmax(⟨a_i, Z⟩/τ), [n] */
  readonly attention: Float64Array;
  /** E_τ(Z) */
  readonly energy: number;
  /** ∇E_τ(Z), [d] */
  readonly gradient: Float64Array;
  /** F_τ(Z), [d] */
  readonly retrieved: Float64Array;
}

/**
 * @throws {RangeError} unless τ > 0, there is a token, and the weights are as wide as the tokens
 *
 * @example
 * ```ts
 * import { attentionLandscape, fieldAt } from "./landscape.ts";
 * const identity = [[1, 0], [0, 1]];
 * const landscape = attentionLandscape({ X: identity, WQ: identity, WK: identity, WV: identity, tau: 1 });
 * console.log(fieldAt(landscape, [0, 0]).energy); // −log 2
 * ```
 */
export function attentionLandscape({ X, WQ, WK, WV, tau }: AttentionWeights): Landscape {
  if (!(tau > 0)) throw new RangeError(`Cannot use a temperature that is not > 0: current value is ${tau}`);
  if (X.length === 0) throw new RangeError("Cannot make a landscape of no tokens");
  const [count, dimension] = [X.length, X[0].length];
  const tokens = flat(X, { name: "X", rows: count, columns: dimension });
  const [query, key, value] = Object.entries({ WQ, WK, WV }).map(([name, rows]) =>
    flat(rows, { name, rows: dimension, columns: dimension })
  );
  // (W_Qᵀ W_K x)_c = Σ_r (W_Q)_rc (W_K x)_r
  const keys = applied(transposed(query, dimension), applied(key, tokens, dimension), dimension);
  const scale = Math.sqrt(dimension);
  return {
    count,
    dimension,
    tau,
    keys: keys.map((entry) => entry / scale),
    values: applied(value, tokens, dimension),
  };
}

/** Rows one after the other. */
function flat(rows: Rows, size: { name: string; rows: number; columns: number }): Float64Array {
  const wrong = Array.from(rows).find((row) => row.length !== size.columns);
  if (rows.length !== size.rows || wrong) {
    const columns = (wrong ?? rows[0] ?? []).length;
    throw new RangeError(
      `Cannot use ${size.name} of ${rows.length} × ${columns} where ${size.rows} × ${size.columns} is wanted`,
    );
  }
  const result = new Float64Array(size.rows * size.columns);
  for (let r = 0; r < rows.length; r++) result.set(rows[r], r * size.columns);
  return result;
}

/** W x for each of the vectors x. */
function applied(weight: Float64Array, vectors: Float64Array, dimension: number): Float64Array {
  const result = new Float64Array(vectors.length);
  for (let start = 0; start < vectors.length; start += dimension) {
    for (let r = 0; r < dimension; r++) {
      let sum = 0;
      for (let c = 0; c < dimension; c++) sum += weight[r * dimension + c] * vectors[start + c];
      result[start + r] = sum;
    }
  }
  return result;
}

function transposed(weight: Float64Array, dimension: number): Float64Array {
  return weight.map((_, at) => weight[at % dimension * dimension + Math.floor(at / dimension)]);
}

/**
 * Energy, gradient and retrieval at Z. No temperature and no score that is itself finite overflows: exponents are
 * ≤ 0, and only τ → 0 limits remain.
 */
export function fieldAt({ count, dimension, tau, keys, values }: Landscape, Z: ArrayLike<number>): Field {
  const attention = new Float64Array(count);
  let largest = -Infinity;
  for (let i = 0, at = 0; i < count; i++) {
    let score = 0;
    for (let c = 0; c < dimension; c++) score += keys[at++] * Z[c];
    attention[i] = score;
    // A NaN must come through; Math.max lets it.
    largest = Math.max(largest, score);
  }
  let sum = 0;
  for (let i = 0; i < count; i++) sum += attention[i] = Math.exp((attention[i] - largest) / tau);
  const gradient = new Float64Array(dimension);
  const retrieved = new Float64Array(dimension);
  for (let i = 0, at = 0; i < count; i++) {
    const p = attention[i] /= sum;
    for (let c = 0; c < dimension; c++, at++) {
      gradient[c] -= p * keys[at];
      retrieved[c] += p * values[at];
    }
  }
  return { attention, energy: -(largest + tau * Math.log(sum)), gradient, retrieved };
}

/** ∇²E_τ(Z) = −Cov_p(a, a)/τ, [d, d]: negative semi-definite everywhere, so E_τ is concave. */
export function energyHessian(landscape: Landscape, Z: ArrayLike<number>): Matrix {
  const { keys } = landscape;
  return covariance(landscape, { Z, left: keys, right: keys }).mul(-1 / landscape.tau);
}

/** DF_τ(Z) = Cov_p(v, a)/τ, [d, d]; not symmetric in general, so F_τ is no gradient. */
export function retrievalJacobian(landscape: Landscape, Z: ArrayLike<number>): Matrix {
  const { keys, values } = landscape;
  return covariance(landscape, { Z, left: values, right: keys }).mul(1 / landscape.tau);
}

/** Σ_i p_i (l_i − l̄)(r_i − r̄)ᵀ */
function covariance(
  landscape: Landscape,
  { Z, left, right }: { Z: ArrayLike<number>; left: Float64Array; right: Float64Array },
): Matrix {
  const { count, dimension } = landscape;
  const { attention } = fieldAt(landscape, Z);
  const centred = (rows: Float64Array) => {
    const each = new Matrix(count, dimension);
    for (let c = 0; c < dimension; c++) {
      let mean = 0;
      for (let i = 0; i < count; i++) mean += attention[i] * rows[i * dimension + c];
      for (let i = 0; i < count; i++) each.set(i, c, rows[i * dimension + c] - mean);
    }
    return each;
  };
  const weighted = centred(left).mulColumnVector([...attention]);
  return weighted.transpose().mmul(centred(right));
}
