import { euclideanNorm } from "../../vectors.ts";
import { distance, type FixedPointOptions, type FixedPointResult, type VectorMap } from "./iteration.ts";
import { picard } from "./picard.ts";

/** The map G = F∘F of appendix B.3. */
export function squareOf(map: VectorMap): VectorMap {
  return (point) => map(map(point));
}

/** A fixed point of G = F∘F, seen from F. */
export interface SquareResult extends FixedPointResult {
  /** F at the point. */
  readonly image: Float64Array;
  /** 1: a fixed point of F as well; 2: a 2-cycle of F between `point` and `image`; absent if not converged. */
  readonly period?: 1 | 2;
}

/**
 * A fixed point of G = F∘F. Appendix B.3 says that these coincide with F's; they do where F contracts, and else can be
 * 2-cycles of F.
 *
 * @param options.solve how to solve z = G(z). Default: Picard's iteration, which finds stable ones
 * @throws {RangeError} if an option is out of range or F changes the length of its argument
 */
export function fixedPointOfSquare(
  map: VectorMap,
  { solve = picard, ...options }: FixedPointOptions & {
    readonly solve?: (map: VectorMap, options: FixedPointOptions) => FixedPointResult;
  },
): SquareResult {
  const result = solve(squareOf(map), options);
  const image = map(result.point);
  if (result.reason !== "converged") return { ...result, image };
  // G's residual is small at the point; F's is small there too only if the point does not move.
  const apart = Math.sqrt(options.tolerance ?? 1e-10) * Math.max(1, euclideanNorm(image));
  return { ...result, image, period: distance(image, result.point) > apart ? 2 : 1 };
}
