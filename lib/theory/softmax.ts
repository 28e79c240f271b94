/**
 * softmax(a)_i = exp(a_i) / Σ_j exp(a_j), for logits of any size: the largest is taken off first, so nothing overflows
 * and a saturated row is exactly one-hot. A logit of −∞ (a masked key) gets weight 0.
 *
 * @throws {RangeError} if there is no finite logit, or one is NaN or +∞
 *
 * @example
 * ```ts
 * import { softmax } from "./softmax.ts";
 * console.log(softmax([1e300, 0])); // 1, 0
 * ```
 */
export function softmax(logits: ArrayLike<number>): Float64Array {
  let largest = -Infinity;
  for (let i = 0; i < logits.length; i++) {
    if (!(logits[i] < Infinity)) {
      throw new RangeError(
        `Cannot take the softmax as logits must be finite or −Infinity: current value is ${logits[i]}`,
      );
    }
    largest = Math.max(largest, logits[i]);
  }
  if (largest === -Infinity) {
    throw new RangeError("Cannot take the softmax as at least one logit must be finite");
  }
  // Loops, as this is the innermost work of every iteration.
  const weights = new Float64Array(logits.length);
  let sum = 0;
  for (let i = 0; i < weights.length; i++) {
    weights[i] = Math.exp(logits[i] - largest);
    sum += weights[i];
  }
  for (let i = 0; i < weights.length; i++) weights[i] /= sum;
  return weights;
}
