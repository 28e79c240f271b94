import { EigenvalueDecomposition } from "ml-matrix";
import type { RandomStream } from "../../random.ts";
import { energyHessian, fieldAt, type Landscape } from "./landscape.ts";

/** What a search for a place where E_τ is not concave found. */
export interface ConcavityCheck {
  /** How many pairs of points were tried. */
  readonly pairs: number;
  /** The largest eigenvalue of ∇²E_τ over all points: a well needs one > 0. */
  readonly largestCurvature: number;
  /** The least of E_τ at the middle of two points less the mean of its values there: negative where not concave. */
  readonly leastRise: number;
}

/** Looks for a place where E_τ is not concave, at pairs of random points with normal entries of size `reach`. */
export function checkConcavity(
  landscape: Landscape,
  { stream, pairs, reach }: { stream: RandomStream; pairs: number; reach: number },
): ConcavityCheck {
  const { dimension } = landscape;
  let largestCurvature = -Infinity, leastRise = Infinity;
  for (let pair = 0; pair < pairs; pair++) {
    const [Y, Z] = [0, 1].map(() => Float64Array.from({ length: dimension }, () => reach * stream.normal()));
    const [one, other, middle] = [Y, Z, Y.map((y, c) => (y + Z[c]) / 2)].map((at) =>
      fieldAt(landscape, at).energy
    );
    leastRise = Math.min(leastRise, middle - (one + other) / 2);
    const hessian = energyHessian(landscape, Z);
    const { realEigenvalues } = new EigenvalueDecomposition(hessian, { assumeSymmetric: true });
    largestCurvature = Math.max(largestCurvature, ...realEigenvalues);
  }
  return { pairs, largestCurvature, leastRise };
}
