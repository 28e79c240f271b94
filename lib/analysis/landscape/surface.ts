/**
 * One number at every place of a landscape.
 *
 * @module
 */
import type { ObjectiveConfig } from "../../models/config.ts";
import { gridAxis, type GridSize } from "./grid.ts";
import type { StoredLandscape } from "./stored.ts";

/** Numbers on a square grid. */
export interface Surface extends GridSize {
  /** Row by row of equal β: that at (axis[i], axis[j]) is number j·grid + i. */
  readonly values: Float64Array;
}

/** The weights of eq. 2. */
export type ObjectiveWeights = Pick<
  ObjectiveConfig,
  "lambdaPotential" | "lambdaKinetic" | "lambdaEntropy"
>;

/** Those of plain cross-entropy. */
export const crossEntropyAlone: ObjectiveWeights = {
  lambdaPotential: 0,
  lambdaKinetic: 0,
  lambdaEntropy: 0,
};

/**
 * The objective with given weights (eq. 2), put together from the terms: any landscape can be seen in any objective
 * that shares q and η with its own.
 */
export function objectiveSurface(
  { grid, range, rows }: Pick<StoredLandscape, "grid" | "range" | "rows">,
  { lambdaPotential, lambdaKinetic, lambdaEntropy }: ObjectiveWeights,
): Surface {
  // A weight of zero must not make NaN of a term that overflowed.
  const times = (weight: number, term: number) => weight === 0 ? 0 : weight * term;
  const values = Float64Array.from(
    rows,
    ({ task, potential, kinetic, entropy }) =>
      task + times(lambdaPotential, potential) + times(lambdaKinetic, kinetic) +
      times(lambdaEntropy, entropy),
  );
  return { grid, range, values };
}

/** The surface with the largest finite value in place of those that are not finite, where the model overflowed. */
export function bounded(surface: Surface): Surface {
  const finite = surface.values.filter(Number.isFinite);
  const largest = finite.reduce((most, value) => Math.max(most, value), -Infinity);
  return { ...surface, values: surface.values.map((value) => Number.isFinite(value) ? value : largest) };
}

/** A function's values on the grid. */
export function surfaceOf(size: GridSize, value: (alpha: number, beta: number) => number): Surface {
  const axis = gridAxis(size);
  return {
    ...size,
    values: Float64Array.from(axis.flatMap((beta) => axis.map((alpha) => value(alpha, beta)))),
  };
}
