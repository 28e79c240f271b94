/**
 * The self-attention map of Theorem 3.2.1 and of §5, and its derivative.
 *
 * @module
 */
import { type Matrix, matrixOfRows, product, type Rows, scaled, transpose } from "../matrix.ts";
import type { LinearMap } from "../operator_norm.ts";
import { softmax } from "../softmax.ts";

/** One attention head without mask, position bias or W_O. */
export interface HeadWeights {
  /** [d, k]. */
  readonly WQ: Rows;
  /** [d, k]. */
  readonly WK: Rows;
  /** [d, v]. */
  readonly WV: Rows;
  /** F(Y) = SᵀYW_V, as in Theorem 3.2.1; otherwise S Y W_V, as in §5 and everywhere else. */
  readonly transposed: boolean;
  /** What the logits are multiplied with: 1 in Theorem 3.2.1, 1/√d in §4 and §5. */
  readonly logitScale: number;
}

/** The map F, all of whose states are flat, row-major arrays of n tokens. */
export interface SelfAttention {
  /** d. */
  readonly width: number;
  /** v: the width of F(Y). */
  readonly valueWidth: number;
  /**
   * F(Y).
   *
   * @param Y [n, d]
   * @returns [n, v]
   * @throws {RangeError} if the logits leave the range of double precision
   */
  apply(Y: Float64Array): Float64Array;
  /**
   * S(Y), the row-wise softmax of c·YW_Q(YW_K)ᵀ.
   *
   * @param Y [n, d]
   * @returns [n, n]
   */
  attention(Y: Float64Array): Float64Array;
  /**
   * DF(Y), from [n, d] to [n, v]: eq. 1 of B.3, never as a dense matrix. A product takes O(n²(k + v)).
   *
   * @param Y [n, d]
   */
  derivative(Y: Float64Array): LinearMap;
}

/** What the map and its derivative share at one state. */
interface State {
  readonly n: number;
  /** c·YW_Q, [n, k]. */
  readonly queries: Float64Array;
  /** [n, k]. */
  readonly keys: Float64Array;
  /** [n, v]. */
  readonly values: Float64Array;
  /** S, [n, n]. */
  readonly attention: Float64Array;
  /** The key with most attention of each query. */
  readonly strongest: Int32Array;
}

/**
 * The map with the given weights.
 *
 * @throws {RangeError} if the shapes of the weights do not fit each other
 *
 * @example
 * ```ts
 * import { selfAttention } from "./self_attention.ts";
 * const identity = [[1, 0], [0, 1]];
 * const map = selfAttention({ WQ: identity, WK: identity, WV: identity, transposed: false, logitScale: 1 });
 * console.log(map.apply(Float64Array.of(1, 0, 0, 1)));
 * ```
 */
export function selfAttention({ transposed, logitScale, ...weights }: HeadWeights): SelfAttention {
  const [WQ, WK, WV] = [weights.WQ, weights.WK, weights.WV].map(matrixOfRows);
  if (WQ.rows !== WK.rows || WQ.rows !== WV.rows || WQ.columns !== WK.columns) {
    const shapes = [WQ, WK, WV].map(({ rows, columns }) => `${rows} × ${columns}`).join(", ");
    throw new RangeError(`Cannot attend with W_Q, W_K, W_V of ${shapes}: d × k, d × k, d × v are wanted`);
  }
  const scaledQuery = scaled(WQ, logitScale);
  const [k, v] = [WQ.columns, WV.columns];
  const rowsOf = (flat: Float64Array, columns: number): Matrix => {
    if (flat.length === 0 || flat.length % columns !== 0) {
      throw new RangeError(`Cannot read ${flat.length} numbers as tokens of width ${columns}`);
    }
    return { rows: flat.length / columns, columns, values: flat };
  };

  const stateAt = (Y: Float64Array): State => {
    const tokens = rowsOf(Y, WQ.rows);
    const [queries, keys, values] = [scaledQuery, WK, WV].map((weight) => product(tokens, weight).values);
    return { n: tokens.rows, queries, keys, values, ...rowSoftmax({ queries, keys, n: tokens.rows, k }) };
  };

  return {
    width: WQ.rows,
    valueWidth: v,
    attention: (Y) => stateAt(Y).attention,
    apply: (Y) => {
      const { n, values, attention } = stateAt(Y);
      const result = new Float64Array(n * v);
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const [to, from] = transposed ? [j, i] : [i, j];
          for (let e = 0; e < v; e++) result[to * v + e] += attention[i * n + j] * values[from * v + e];
        }
      }
      return result;
    },
    derivative: (Y) => {
      const state = stateAt(Y);
      const { n, queries, keys, values, attention } = state;
      const row = new Float64Array(n);
      return {
        rows: n * v,
        columns: n * WQ.rows,
        apply: (dY) => {
          const moved = rowsOf(dY, WQ.rows);
          const [dQueries, dKeys, dValues] = [scaledQuery, WK, WV].map((weight) =>
            product(moved, weight).values
          );
          const result = new Float64Array(n * v);
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
              row[j] = dot(dQueries, i, { b: keys, j, width: k }) +
                dot(queries, i, { b: dKeys, j, width: k });
            }
            throughSoftmax(row, i, state);
            for (let j = 0; j < n; j++) {
              const weight = attention[i * n + j];
              const [to, from] = transposed ? [j, i] : [i, j];
              for (let e = 0; e < v; e++) {
                result[to * v + e] += row[j] * values[from * v + e] + weight * dValues[from * v + e];
              }
            }
          }
          return result;
        },
        applyTransposed: (G) => {
          const [toQueries, toKeys, toValues] = [k, k, v].map((width) => new Float64Array(n * width));
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < n; j++) {
              const [to, from] = transposed ? [j, i] : [i, j];
              row[j] = dot(G, to, { b: values, j: from, width: v });
              const weight = attention[i * n + j];
              for (let e = 0; e < v; e++) toValues[from * v + e] += weight * G[to * v + e];
            }
            throughSoftmax(row, i, state);
            for (let j = 0; j < n; j++) {
              for (let e = 0; e < k; e++) {
                toQueries[i * k + e] += row[j] * keys[j * k + e];
                toKeys[j * k + e] += row[j] * queries[i * k + e];
              }
            }
          }
          const parts = ([[toQueries, scaledQuery], [toKeys, WK], [toValues, WV]] as const).map((
            [flat, weight],
          ) => product(rowsOf(flat, weight.columns), transpose(weight)).values);
          return parts[0].map((value, at) => value + parts[1][at] + parts[2][at]);
        },
      };
    },
  };
}

function rowSoftmax(
  { queries, keys, n, k }: { queries: Float64Array; keys: Float64Array; n: number; k: number },
): Pick<State, "attention" | "strongest"> {
  const attention = new Float64Array(n * n);
  const strongest = new Int32Array(n);
  const logits = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) logits[j] = dot(queries, i, { b: keys, j, width: k });
    for (let j = 1; j < n; j++) if (logits[j] > logits[strongest[i]]) strongest[i] = j;
    attention.set(softmax(logits), i * n);
  }
  return { attention, strongest };
}

/**
 * Takes a change of row i's logits to the change of its softmax, S_i∘(a − ⟨S_i, a⟩), in place; the map is symmetric,
 * so a gradient goes back through it as well. A constant on all logits changes nothing: taking off the strongest key's
 * leaves no difference of large numbers, and a one-hot row gives exact zeros.
 */
function throughSoftmax(row: Float64Array, i: number, { n, attention, strongest }: State): void {
  const base = row[strongest[i]];
  let mean = 0;
  for (let j = 0; j < n; j++) {
    row[j] -= base;
    const weight = attention[i * n + j];
    if (weight !== 0) mean += weight * row[j];
  }
  for (let j = 0; j < n; j++) {
    const weight = attention[i * n + j];
    // Not 0 · ∞ where an unattended key's change is out of range.
    row[j] = weight === 0 ? 0 : weight * (row[j] - mean);
  }
}

function dot(
  a: Float64Array,
  i: number,
  { b, j, width }: { b: Float64Array; j: number; width: number },
): number {
  let sum = 0;
  for (let e = 0; e < width; e++) sum += a[i * width + e] * b[j * width + e];
  return sum;
}
