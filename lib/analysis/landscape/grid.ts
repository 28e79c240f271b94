/**
 * The objective on a square grid of a plane in parameter space.
 *
 * @module
 */
import type { Engine } from "../../engines/engine.ts";
import type { LossTerms } from "../../objective.ts";
import type { Batch } from "../../tasks/task.ts";
import { type Coordinates, parametersAt, type Plane } from "./plane.ts";

/** The terms that are kept of each point, in the order of the file's columns; each before its λ, as in eq. 2. */
export const landscapeTerms = ["total", "task", "potential", "kinetic", "entropy"] as const;

/** One of {@linkcode landscapeTerms}. */
export type LandscapeTerm = typeof landscapeTerms[number];

/** The objective at one place; not finite where the model's numbers overflow. */
export type LandscapePoint = Coordinates & Readonly<Record<LandscapeTerm, number>>;

/** The square grid with `grid` places a side over [−range, range]². */
export interface GridSize {
  readonly grid: number;
  readonly range: number;
}

/** The places along a side, ascending; an odd number of them has 0 in its middle. */
export function gridAxis({ grid, range }: GridSize): number[] {
  const middle = (grid - 1) / 2;
  return Array.from({ length: grid }, (_, i) => range * (i - middle) / middle);
}

/** All places, row by row of equal β, both ascending. */
export function gridPlaces(size: GridSize): Coordinates[] {
  const axis = gridAxis(size);
  return axis.flatMap((beta) => axis.map((alpha) => ({ alpha, beta })));
}

/** What the objective is computed with. */
export interface Measure {
  readonly engine: Engine;
  readonly batch: Batch;
}

/** The objective at the parameters. */
export async function termsAt(
  { engine, batch }: Measure,
  parameters: Float32Array,
): Promise<Readonly<Record<LandscapeTerm, number>>> {
  const { terms: { total, task, potential, kinetic, entropy } }: { terms: LossTerms } = await engine
    .lossAndGradient(parameters, batch);
  return { total, task, potential, kinetic, entropy };
}

/** The objective at places of a plane, one after the other. */
export async function* lossOnGrid(
  plane: Plane,
  { places, ...measure }: Measure & { places: readonly Coordinates[] },
): AsyncGenerator<LandscapePoint> {
  for (const { alpha, beta } of places) {
    yield { alpha, beta, ...await termsAt(measure, parametersAt(plane, { alpha, beta })) };
  }
}
