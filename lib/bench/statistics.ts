/**
 * The few statistics that timings need.
 *
 * @module
 */

/** The quantile of `share` in [0, 1], linear between neighbours. NaN for no values. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at), high = Math.ceil(at);
  return sorted[low] + (at - low) * (sorted[high] - sorted[low]);
}

/** The middle value. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A point of a curve, both coordinates > 0. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The slope of log y against log x by least squares: k where y grows as x^k. NaN for fewer than two different x.
 *
 * @example
 * ```ts
 * import { logLogSlope } from "./statistics.ts";
 * logLogSlope([{ x: 1, y: 3 }, { x: 10, y: 300 }]); // 2
 * ```
 */
export function logLogSlope(points: readonly Point[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const mean = (index: 0 | 1) => logs.reduce((sum, log) => sum + log[index], 0) / logs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let products = 0, squares = 0;
  for (const [x, y] of logs) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  return squares > 1e-12 ? products / squares : NaN;
}
