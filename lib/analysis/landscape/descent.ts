/**
 * Steepest descent from place to place of a grid: its local minima and their basins.
 *
 * @module
 */
import type { Surface } from "./surface.ts";

/** Where steepest descent ends. */
export interface Descent {
  /** Of each place, the number of the minimum that descent from it ends in. */
  readonly end: Int32Array;
  /** The minima that are not on the grid's border, where the lowest place may only be the way on. */
  readonly inner: readonly number[];
  /** All of them. */
  readonly minima: readonly number[];
}

/**
 * From each place goes on to that of its eight neighbours to which the slope falls most, until none is lower. Of equal
 * values the one with the smaller number counts as lower. The values are finite.
 */
export function steepestDescent({ grid, values }: Surface): Descent {
  const isLower = (a: number, b: number) => values[a] < values[b] || (values[a] === values[b] && a < b);
  const next = Int32Array.from(values, (value, at) => {
    const [x, y] = [at % grid, Math.floor(at / grid)];
    let best = at;
    let steepest = -Infinity;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        if ((dx === 0 && dy === 0) || !within(x + dx, grid) || !within(y + dy, grid)) continue;
        const neighbour = (y + dy) * grid + x + dx;
        if (!isLower(neighbour, at)) continue;
        const slope = (value - values[neighbour]) / Math.hypot(dx, dy);
        if (slope > steepest) [best, steepest] = [neighbour, slope];
      }
    }
    return best;
  });
  const end = next.map((_, start) => {
    let at = start;
    while (next[at] !== at) at = next[at];
    return at;
  });
  const minima = [...new Set(end)].sort((a, b) => a - b);
  const isInner = (at: number) =>
    [at % grid, Math.floor(at / grid)].every((each) => each > 0 && each < grid - 1);
  return { end, minima, inner: minima.filter(isInner) };
}

/** Share of the grid's places from which steepest descent ends where it ends from the centre. */
export function basinShare({ grid }: Surface, { end }: Descent): number {
  const middle = Math.floor(grid / 2);
  const home = end[middle * grid + middle];
  return end.filter((each) => each === home).length / end.length;
}

const within = (at: number, grid: number) => at >= 0 && at < grid;
