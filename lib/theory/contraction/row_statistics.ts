/**
 * What the bounds ask of the rows of an attention matrix.
 *
 * @module
 */
import { corollaryB2 } from "../lemma_b1.ts";
import { type Matrix, rowsOf } from "../matrix.ts";

/**
 * s_q = √Σᵢ[1 − (q−1)S_q(rᵢ)]^{2/q}, the entropy term of Theorem 3.2.1: √n at q = 1 whatever the rows, ‖S‖_F at q = 2,
 * and an upper bound of ‖S‖_F for 0 < q ≤ 2 (Corollary B.2).
 *
 * @param attention row-stochastic, [n, n]
 * @throws {RangeError} unless q > 0
 */
export function entropyTerm(attention: Matrix, q: number): number {
  return Math.sqrt(corollaryB2(rowsOf(attention), q).right);
}

/**
 * p₁(1 − p₁ + p₂) with p₁ ≥ p₂ the largest entries of a probability vector (p₂ = 0 where there is one): an upper bound,
 * never above ½, of ‖diag p − ppᵀ‖₂, the derivative of softmax (Yudin et al.).
 */
export function softmaxGain(row: Float64Array): number {
  let first = 0;
  for (let j = 1; j < row.length; j++) if (row[j] > row[first]) first = j;
  let [rest, second] = [0, 0];
  for (let j = 0; j < row.length; j++) {
    if (j === first) continue;
    // 1 − p₁ would lose what little the others have.
    rest += row[j];
    second = Math.max(second, row[j]);
  }
  return row[first] * (rest + second);
}

/** The largest {@linkcode softmaxGain} over the rows of an attention matrix. */
export function largestSoftmaxGain({ rows, columns, values }: Matrix): number {
  let gain = 0;
  for (let i = 0; i < rows; i++) {
    gain = Math.max(gain, softmaxGain(values.subarray(i * columns, (i + 1) * columns)));
  }
  return gain;
}
