/**
 * What "a funnel" may mean for a loss surface around a solution, in numbers, and the test by which two kinds of
 * landscape are compared.
 *
 * **Fixed before the landscapes of the runs `eer` and `ce` in `data/landscape` were computed.** The scale was chosen on
 * the runs `*-as-written`; of `eer` one landscape of 5×5 had been seen, when the command was tried:
 *
 * - The landscapes: grids of 21×21 over [−1, 1]² along random directions normalised by filter; three training seeds,
 *   eight seeds of directions; the run's held-out batch. The same closer, over [−¼, ¼]² (compared once along the first
 *   four seeds of directions before the other four were computed).
 * - The measures are those of {@linkcode funnelMeasures}.
 * - The comparisons, paired by training seed and seed of directions:
 *   1. `figure 1`: EER-trained weights in the EER objective against CE-trained weights in cross-entropy, as the paper's
 *      Figure 1;
 *   2. `same objective`: both in cross-entropy: is the neighbourhood that EER leads to a better one?
 *   3. `same weights`: EER-trained weights in the EER objective against the same in cross-entropy: what do the
 *      regularisers themselves add?
 * - The test: sign flips of the paired differences, two-sided, 10,000 draws; Holm's correction over all measures and
 *   comparisons of one range at once.
 * - The verdict: two landscapes differ in a measure if the corrected p is below 0.05 **and** the mean difference has the
 *   same sign for every training seed. The directions are a random sample, the trained networks are three: the p-value
 *   speaks of these networks, and only the second condition of others.
 * - What Figure 1 claims is a smaller `roughness`, fewer `minima`, and a larger `basinShare`, `quasiConvexShare`,
 *   `widthAt2` and `widthAt10` in comparison 1.
 *
 * @module
 */
import { basinShare, steepestDescent } from "./descent.ts";
import { basinWidth, quasiConvexShare, raysOf } from "./rays.ts";
import { roughness } from "./roughness.ts";
import { bounded, type Surface } from "./surface.ts";

/** The numbers of one surface; see {@linkcode funnelMeasures}. */
export interface FunnelMeasures {
  /** {@linkcode roughness} of the logarithm. */
  readonly roughness: number;
  /** Local minima inside the grid. */
  readonly minima: number;
  /** Share of the grid from which steepest descent reaches the centre's basin. */
  readonly basinShare: number;
  /** Share of the lines through the centre on which the logarithm is quasi-convex. */
  readonly quasiConvexShare: number;
  /** Mean distance from the centre at which the loss has doubled. */
  readonly widthAt2: number;
  /** Mean distance from the centre at which the loss is tenfold. */
  readonly widthAt10: number;
}

/** Their names, in the order of tables, with the sign that a funnel would have: +1 where more of it is more funnel. */
export const funnelMeasureSigns: Readonly<Record<keyof FunnelMeasures, 1 | -1>> = {
  roughness: -1,
  minima: -1,
  basinShare: 1,
  quasiConvexShare: 1,
  widthAt2: 1,
  widthAt10: 1,
};

const RAYS = 48;

/**
 * Measures a surface of positive values, such as a loss. Curvature, variation and the places between the grid's are those
 * of its logarithm, as a loss grows a hundredfold and more from the centre to the border, and everything but the
 * border would be flat without. Values that are not finite count as the largest finite one.
 *
 * @throws {RangeError} if a value is not positive
 */
export function funnelMeasures(measured: Surface): FunnelMeasures {
  const surface = bounded(measured);
  if (surface.values.some((value) => value <= 0)) {
    throw new RangeError("Cannot measure a surface as a funnel unless all its values are positive");
  }
  const logarithm = { ...surface, values: surface.values.map(Math.log) };
  const descent = steepestDescent(logarithm);
  const rays = raysOf(logarithm, RAYS);
  return {
    roughness: roughness(logarithm),
    minima: descent.inner.length,
    basinShare: basinShare(logarithm, descent),
    quasiConvexShare: quasiConvexShare(rays),
    widthAt2: basinWidth(rays, Math.log(2)),
    widthAt10: basinWidth(rays, Math.log(10)),
  };
}
