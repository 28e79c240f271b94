import type { Coordinates } from "./plane.ts";
import { interpolated } from "./rays.ts";
import type { Surface } from "./surface.ts";

/** How much a surface rises between two places. */
export interface Barrier {
  /** The higher of the surface's values at the two places. */
  readonly ends: number;
  /** Its highest value on the straight line between them. */
  readonly top: number;
}

/**
 * The surface on the straight lines between every two of the given places, in the order 0–1, 0–2, …, 1–2, …;
 * interpolated bilinearly between the grid's places, so a pit narrower than its spacing seems shallower.
 */
export function barriers(surface: Surface, places: readonly Coordinates[]): Barrier[] {
  const steps = 2 * surface.grid;
  return places.flatMap((from, i) =>
    places.slice(i + 1).map((to) => {
      const line = Array.from({ length: steps + 1 }, (_, k) => {
        const at = (name: keyof Coordinates) => from[name] + (to[name] - from[name]) * k / steps;
        return interpolated(surface, { alpha: at("alpha"), beta: at("beta") });
      });
      return { ends: Math.max(line[0], line[steps]), top: Math.max(...line) };
    })
  );
}
