import type { Surface } from "./surface.ts";

/**
 * How much a surface's curvature changes from place to place: the standard deviation of the discrete Laplacian (the
 * sum of the four neighbours less four times the place itself) over that of the surface.
 *
 * It is 0 for every quadratic function, whose Laplacian is constant, and does not change when the surface is scaled
 * or lifted. It depends on the spacing of the grid: compare equal grids. Values that are not finite count as the
 * largest finite one.
 *
 * @returns NaN for a surface that is constant, or a grid too small to have an inside
 */
export function roughness({ grid, values }: Surface): number {
  const largest = values.reduce(
    (most, value) => Number.isFinite(value) ? Math.max(most, value) : most,
    -Infinity,
  );
  const known = values.map((value) => Number.isFinite(value) ? value : largest);
  const laplacian: number[] = [];
  for (let y = 1; y < grid - 1; y++) {
    for (let x = 1; x < grid - 1; x++) {
      const at = y * grid + x;
      laplacian.push(known[at - 1] + known[at + 1] + known[at - grid] + known[at + grid] - 4 * known[at]);
    }
  }
  const spread = deviation(known);
  return spread > 0 ? deviation(laplacian) / spread : NaN;
}

function deviation(values: ArrayLike<number>): number {
  const all = Array.from(values);
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  return Math.sqrt(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length);
}
