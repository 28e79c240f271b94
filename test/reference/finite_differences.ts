/**
 * The gradient of the objective by central differences in double precision.
 *
 * The objective has kinks, where no difference quotient is a gradient: −log max_j p_j where two keys tie for the
 * largest p, |mean S_q − η| at mean S_q = η, and the kinetic term's plain norm at Z_T = Z_0. With the step below a
 * row only crosses a kink if its two largest entries are within about 1e-5 of each other: {@link nearestTie}
 * lets a test stay away. Two keys that tie for every value of the parameters (the same token twice, without
 * positions and recency) are no kink.
 *
 * @module
 */
import type { EngineProblem } from "../../lib/engines/engine.ts";
import type { Batch } from "../../lib/tasks/task.ts";
import { objective, type Pass } from "./forward.ts";

/**
 * ∂total/∂parameters, flat, by (f(θ+h) − f(θ−h))/2h. Rounding (about 1e-16/h) and curvature (h²) both stay below
 * 1e-9 of the largest entry.
 */
export function gradientByDifferences(
  problem: EngineProblem,
  parameters: ArrayLike<number>,
  batch: Batch,
): Float64Array {
  const total = (at: Float64Array) => objective(problem, at, batch).total;
  return differences(total, Float64Array.from(parameters));
}

/** The gradient of any function of many numbers, by central differences. */
export function differences(f: (at: Float64Array) => number, at: Float64Array, step = 1e-6): Float64Array {
  return at.map((value, i) => {
    const moved = Float64Array.from(at);
    moved[i] = value + step;
    const above = f(moved);
    moved[i] = value - step;
    return (above - f(moved)) / (2 * step);
  });
}

/** The least gap between the two largest entries over all rows of attention, exact ties left out. */
export function nearestTie(passes: Pass[]): number {
  let nearest = Infinity;
  for (const row of passes.flatMap(({ attention }) => attention.flat(2))) {
    const [first, second] = row.toSorted((a, b) => b - a);
    const gap = first - second;
    if (gap > 1e-13 && gap < nearest) nearest = gap;
  }
  return nearest;
}
