/**
 * The potential of an attention row, min_j(−log p_j) = −log max_j p_j (eq. 4).
 *
 * @module
 */
import { assertDistribution } from "./tsallis.ts";

/**
 * −log max_j p_j.
 *
 * @throws {RangeError} if p is no probability vector
 */
export function potential(p: ArrayLike<number>): number {
  assertDistribution(p);
  return -Math.log(p[largestAt(p)]);
}

/**
 * The gradient of {@linkcode potential} with respect to the row of scores a, p = softmax(a): p_j, less 1 at the largest
 * (the first of equals). [n]
 *
 * Its product with the score gradient of S_q is never negative, whatever q > 0: with a_j = ln_q(1/p_j), which falls with
 * p_j, it is q(f_m − Σp_j f_j) with f_j = p_j(S_q − a_j), and f is greatest at the largest probability p_m. A step that
 * lowers eq. 4 never raises, to first order, eq. 5 at η = 0.
 *
 * @throws {RangeError} if p is no probability vector
 */
export function potentialScoreGradient(p: ArrayLike<number>): Float64Array {
  assertDistribution(p);
  const largest = largestAt(p);
  return Float64Array.from(p, (each, j) => j === largest ? each - 1 : each);
}

function largestAt(p: ArrayLike<number>): number {
  let at = 0;
  for (let j = 1; j < p.length; j++) if (p[j] > p[at]) at = j;
  return at;
}
