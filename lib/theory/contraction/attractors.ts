/**
 * Where an iteration ends from many starts.
 *
 * @module
 */
import {
  distance,
  type FixedPointOptions,
  type StopReason,
  type VectorMap,
} from "../fixed_point/iteration.ts";
import { picard } from "../fixed_point/picard.ts";

/** A stable fixed point or 2-cycle that was found. */
export interface Attractor {
  /** One point, or the two of a cycle. */
  readonly points: readonly Float64Array[];
  /** How many starts ended there. */
  readonly starts: number;
}

/** The ends of an iteration. */
export interface Attractors {
  /** The one that most starts lead to first. */
  readonly found: readonly Attractor[];
  /** For each start the index of its attractor in `found`, or why there is none. */
  readonly ends: readonly (number | Exclude<StopReason, "converged" | "cycle">)[];
}

/**
 * Runs Picard's iteration from every start and tells its ends apart.
 *
 * @param options those of {@linkcode picard}; `apart`: ends within this distance are one. Default: 1e-4
 */
export function attractors(
  map: VectorMap,
  starts: readonly Float64Array[],
  { apart = 1e-4, ...options }: Omit<FixedPointOptions, "start"> & { readonly apart?: number } = {},
): Attractors {
  const found: { points: readonly Float64Array[]; starts: number }[] = [];
  const ends = starts.map((start) => {
    const { reason, point, cycle } = picard(map, { ...options, start });
    if (reason === "limit" || reason === "diverged") return reason;
    const points = cycle ?? [point];
    // A cycle may be met at either of its points.
    let at = found.findIndex((known) =>
      known.points.length === points.length && known.points.some((each) => distance(each, points[0]) < apart)
    );
    if (at < 0) at = found.push({ points, starts: 0 }) - 1;
    found[at].starts++;
    return at;
  });
  const order = found.map((_, index) => index).sort((a, b) => found[b].starts - found[a].starts);
  return {
    found: order.map((index) => found[index]),
    ends: ends.map((end) => typeof end === "number" ? order.indexOf(end) : end),
  };
}

/** Starts at the centres of `cells`² squares that fill [−reach, reach]². */
export function planeOfStarts(cells: number, reach: number): Float64Array[] {
  const at = (index: number) => reach * ((2 * index + 1) / cells - 1);
  return Array.from(
    { length: cells * cells },
    (_, index) => Float64Array.of(at(index % cells), at(Math.floor(index / cells))),
  );
}
