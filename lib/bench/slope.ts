/**
 * How cost grows: slopes on logarithmic axes.
 *
 * @module
 */
import { mean } from "../statistics.ts";

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
 * import { logLogSlope } from "./slope.ts";
 * logLogSlope([{ x: 1, y: 3 }, { x: 10, y: 300 }]); // 2
 * ```
 */
export function logLogSlope(points: readonly Point[]): number {
  const logs = points.map(({ x, y }) => [Math.log(x), Math.log(y)] as const);
  const [meanX, meanY] = [0, 1].map((index) => mean(logs.map((log) => log[index])));
  let products = 0, squares = 0;
  for (const [x, y] of logs) {
    products += (x - meanX) * (y - meanY);
    squares += (x - meanX) ** 2;
  }
  return squares > 1e-12 ? products / squares : NaN;
}
