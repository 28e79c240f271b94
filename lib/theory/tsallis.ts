/**
 * Tsallis entropy S_q = (1 − Σ_i p_i^q)/(q − 1) of a probability vector p (§3.1, §5.5), for every q > 0.
 *
 * All is computed from the q-logarithm ln_q x = (x^{1−q} − 1)/(1 − q), whose limit at q = 1 is ln x: an outcome
 * contributes c_i = p_i ln_q(1/p_i) and S_q = Σ c_i, a sum of terms ≥ 0 in which nothing cancels near q = 1. At q = 1
 * it is Shannon's entropy in nats, at q = 2 the Gini index 1 − Σp².
 *
 * @module
 */

/**
 * S_q(p) with the sign of §5.5.
 *
 * @param p probabilities: each ≥ 0, their sum 1 (to 1e-4, so that rows in single precision pass)
 * @param q > 0
 * @throws {RangeError} if q or p is not so
 *
 * @example
 * ```ts
 * import { tsallisEntropy } from "./tsallis.ts";
 * console.log(tsallisEntropy([0.5, 0.25, 0.25], 2)); // 0.625
 * ```
 */
export function tsallisEntropy(p: ArrayLike<number>, q: number): number {
  assertIndex(q);
  assertDistribution(p);
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += share(p[i], q);
  return sum;
}

/**
 * §3.1's formula to the letter, with ζ = 1: it divides by 1 − q, and so gives −S_q, which is ≤ 0 and least for equal
 * probabilities. At q = 1 the limit.
 *
 * @throws {RangeError} as {@linkcode tsallisEntropy}
 */
export function tsallisEntropyAsPrinted(p: ArrayLike<number>, q: number): number {
  return -tsallisEntropy(p, q);
}

/**
 * Largest S_q of n outcomes, ln_q n = (1 − n^{1−q})/(q − 1), reached only where all are equally likely.
 *
 * @throws {RangeError} if n is not a whole number > 0 or q is not > 0
 */
export function maximumEntropy(n: number, q: number): number {
  assertIndex(q);
  if (!(Number.isInteger(n) && n > 0)) {
    throw new RangeError(`Cannot bound an entropy as n must be a whole number > 0: current value is ${n}`);
  }
  return n * share(1 / n, q);
}

/**
 * ∂S_q/∂p_i = (1 − q p_i^{q−1})/(q − 1), at q = 1 its limit −ln p_i − 1. [n]
 *
 * It is the derivative of Σ p_i ln_q(1/p_i). The printed (1 − Σp^q)/(q − 1) is the same function on the simplex and
 * has the same derivative along it; off it they differ by the constant 1/(q − 1), which has no limit. +∞ at p_i = 0 if
 * q ≤ 1.
 *
 * @throws {RangeError} as {@linkcode tsallisEntropy}
 */
export function entropyGradient(p: ArrayLike<number>, q: number): Float64Array {
  assertIndex(q);
  assertDistribution(p);
  return Float64Array.from(p, (each) => {
    if (q === 1) return -Math.log(each) - 1;
    const x = (q - 1) * Math.log(each);
    return -q * (Math.expm1(x) / (q - 1)) - 1;
  });
}

/**
 * ∂S_q/∂a_j = q (c_j − p_j S_q) where p = softmax(a): the gradient with respect to a row of scores. [n]
 *
 * Its entries add up to 0, and it vanishes at one-hot and at uniform rows.
 *
 * @throws {RangeError} as {@linkcode tsallisEntropy}
 */
export function entropyScoreGradient(p: ArrayLike<number>, q: number): Float64Array {
  const entropy = tsallisEntropy(p, q);
  return Float64Array.from(p, (each) => q * (share(each, q) - each * entropy));
}

/** c = p ln_q(1/p): what one outcome contributes to S_q. */
function share(p: number, q: number): number {
  if (p === 0) return 0;
  if (q === 1) return -p * Math.log(p);
  const x = (q - 1) * Math.log(p);
  // Near q = 1 the difference would cancel, far from it expm1 could overflow.
  return Math.abs(x) < 1 ? -p * (Math.expm1(x) / (q - 1)) : (p - p ** q) / (q - 1);
}

/** @throws {RangeError} if q is not a number > 0 */
export function assertIndex(q: number): void {
  if (!(q > 0 && q < Infinity)) {
    throw new RangeError(`Cannot compute an entropy as q must be > 0: current value is ${q}`);
  }
}

/** @throws {RangeError} if p is no probability vector */
export function assertDistribution(p: ArrayLike<number>): void {
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    if (!(p[i] >= 0)) {
      throw new RangeError(
        `Cannot use a probability vector as its entries must be ≥ 0: entry ${i} is ${p[i]}`,
      );
    }
    sum += p[i];
  }
  if (!(Math.abs(sum - 1) <= 1e-4)) {
    throw new RangeError(`Cannot use a probability vector as its entries must add up to 1, not ${sum}`);
  }
}
