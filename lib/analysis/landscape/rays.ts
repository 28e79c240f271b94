/**
 * A surface along straight lines through the centre of its grid.
 *
 * @module
 */
import type { Coordinates } from "./plane.ts";
import type { Surface } from "./surface.ts";

/** Values along a ray from the centre, one for each place in `radii`. */
export interface Ray {
  readonly radii: readonly number[];
  readonly values: readonly number[];
}

/**
 * The surface along `count` rays at equal angles, from the centre to the circle that touches the grid's sides, as
 * many places a ray as the grid has from its centre to a side. Between the grid's places it is interpolated
 * bilinearly.
 */
export function raysOf(surface: Surface, count: number): Ray[] {
  const { grid, range } = surface;
  const steps = Math.floor(grid / 2);
  const radii = Array.from({ length: steps + 1 }, (_, k) => range * k / steps);
  return Array.from({ length: count }, (_, ray) => {
    const angle = 2 * Math.PI * ray / count;
    const values = radii.map((radius) =>
      interpolated(surface, { alpha: radius * Math.cos(angle), beta: radius * Math.sin(angle) })
    );
    return { radii, values };
  });
}

/** The surface at a place within its range, bilinear between those of the grid. */
export function interpolated({ grid, range, values }: Surface, { alpha, beta }: Coordinates): number {
  const place = (coordinate: number) => {
    const at = (coordinate / range + 1) / 2 * (grid - 1);
    // Rounding may lead out of the grid by 1e-16.
    const low = Math.min(Math.max(Math.floor(at + 1e-9), 0), grid - 2);
    return [low, Math.min(Math.max(at - low, 0), 1)];
  };
  const [[x, right], [y, up]] = [place(alpha), place(beta)];
  const at = y * grid + x;
  const mixed = (low: number, high: number, share: number) =>
    share < 1e-9 ? low : share > 1 - 1e-9 ? high : low + share * (high - low);
  return mixed(
    mixed(values[at], values[at + 1], right),
    mixed(values[at + grid], values[at + grid + 1], right),
    up,
  );
}

/**
 * How far a function of one variable is from quasi-convex, that is, from falling to its minimum and rising from there:
 * the part of its total variation that is against this, over its range. 0 exactly where it is quasi-convex.
 */
export function quasiConvexityViolation(values: readonly number[]): number {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  const variation = values.slice(1).reduce((sum, value, at) => sum + Math.abs(value - values[at]), 0);
  const needed = values[0] - low + values.at(-1)! - low;
  return range > 0 ? (variation - needed) / range : 0;
}

/** A line's violation up to which it counts as quasi-convex. */
export const VIOLATION_TOLERANCE = 0.01;

/** Share of the lines through the centre, two opposite rays each, on which the surface is quasi-convex. */
export function quasiConvexShare(rays: readonly Ray[]): number {
  const half = rays.length / 2;
  const lines = rays.slice(0, half).map(({ values }, at) =>
    [...values].reverse().concat(rays[at + half].values.slice(1))
  );
  return lines.filter((line) => quasiConvexityViolation(line) <= VIOLATION_TOLERANCE).length / half;
}

/**
 * Mean distance from the centre at which the surface has risen by `height`, interpolated linearly; a ray that never
 * does counts with its whole length, so the mean is a lower bound where there are such.
 */
export function basinWidth(rays: readonly Ray[], height: number): number {
  const widths = rays.map(({ radii, values }) => {
    const level = values[0] + height;
    const at = values.findIndex((value) => value >= level);
    if (at < 0) return radii.at(-1)!;
    const share = (level - values[at - 1]) / (values[at] - values[at - 1]);
    return radii[at - 1] + (radii[at] - radii[at - 1]) * share;
  });
  return widths.reduce((sum, width) => sum + width, 0) / widths.length;
}
