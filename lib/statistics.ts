/**
 * Means and quantiles.
 *
 * @module
 */

/** The arithmetic mean. NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The quantile of `share` in [0, 1], linear between neighbours, which may be infinite. NaN for no values. */
export function quantile(values: Iterable<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return NaN;
  const at = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  // Not ∞ − ∞ of two equal ones.
  return low === high ? low : low + (at - Math.floor(at)) * (high - low);
}

/** The middle value, or the mean of the two in the middle. NaN for no values. */
export const median = (values: Iterable<number>): number => quantile(values, 0.5);
