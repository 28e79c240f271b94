import { movement, riverValley, splitVector } from "./river_valley.ts";
import type { HessianSnapshot } from "./snapshot.ts";

/** River and valley of one snapshot at one threshold. */
export interface ThresholdPoint {
  readonly threshold: number;
  readonly valleyDimension: number;
  /** The same as a share of all directions: what a movement of random direction has across. */
  readonly valleyShare: number;
  /** κ of the valley; no more than 1/threshold. */
  readonly condition: number;
  /** Share of ‖g‖² across the valley. */
  readonly gradientAcross: number;
  /** Share of the squared length of the way to the next snapshot that is across; NaN where there is none. */
  readonly movementAcross: number;
  /** Cosine between the ways from the snapshot before and to the next one, across and along; NaN likewise. */
  readonly acrossCosine: number;
  readonly alongCosine: number;
}

/** Thresholds from 10⁻⁴ to 0.3, four a decade. */
export const sweptThresholds: readonly number[] = Array.from({ length: 15 }, (_, k) => 10 ** (-4 + k / 4));

/** How what is seen of river and valley depends on the threshold. */
export function sweepThresholds(
  { eigenvalues, gradient, arrival, departure }: HessianSnapshot,
  thresholds: readonly number[] = sweptThresholds,
): ThresholdPoint[] {
  return thresholds.map((threshold) => {
    const { inValley, valleyDimension, condition } = riverValley(eigenvalues, { threshold });
    const both = arrival && departure ? movement([arrival, departure], { inValley }) : undefined;
    return {
      threshold,
      valleyDimension,
      valleyShare: valleyDimension / eigenvalues.length,
      condition,
      gradientAcross: splitVector(gradient, { inValley }).acrossShare,
      movementAcross: departure ? splitVector(departure, { inValley }).acrossShare : NaN,
      acrossCosine: both?.acrossCosine ?? NaN,
      alongCosine: both?.alongCosine ?? NaN,
    };
  });
}
