import { mean } from "../../statistics.ts";
import type { Surface } from "./surface.ts";

/**
 * How much a surface's curvature changes from place to place: the standard deviation of the discrete Laplacian (the
 * sum of the four neighbours less four times the place itself) over that of the surface.
 *
 * It is 0 for every quadratic function, whose Laplacian is constant, and does not change when the surface is scaled
 * or lifted. It depends on the spacing of the grid: compare equal grids. The values are finite.
 *
 * @returns NaN for a surface that is constant, or a grid too small to have an inside
 */
export function roughness({ grid, values }: Surface): number {
  const laplacian: number[] = [];
  for (let y = 1; y < grid - 1; y++) {
    for (let x = 1; x < grid - 1; x++) {
      const at = y * grid + x;
      laplacian.push(
        values[at - 1] + values[at + 1] + values[at - grid] + values[at + grid] - 4 * values[at],
      );
    }
  }
  const spread = deviation(values);
  return spread > 0 ? deviation(laplacian) / spread : NaN;
}

function deviation(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const middle = mean(all);
  return Math.sqrt(mean(all.map((value) => (value - middle) ** 2)));
}
