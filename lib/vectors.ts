/**
 * Flat vectors, summed in double precision.
 *
 * @module
 */

/** Σ aᵢbᵢ over the entries of the first. */
export function innerProduct(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** The Euclidean norm. */
export function euclideanNorm(vector: ArrayLike<number>): number {
  return Math.sqrt(innerProduct(vector, vector));
}
