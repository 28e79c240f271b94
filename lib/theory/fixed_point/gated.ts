import { type FixedPointOptions, type FixedPointResult, iterate, type VectorMap } from "./iteration.ts";

/**
 * Gated iteration z_{k+1} = z_k + α(z_k)(F(z_k) − z_k), whose step depends on where it is: B.4's with
 * α(z) = α(S_q(z)). Its fixed points are F's, as long as α > 0.
 *
 * @param options.step α(z), finite
 * @throws {RangeError} if an option is out of range or F changes the length of its argument
 */
export function gated(
  map: VectorMap,
  { step, ...options }: FixedPointOptions & { readonly step: (point: Float64Array) => number },
): FixedPointResult {
  return iterate(map, {
    ...options,
    next: (point, image) => {
      const alpha = step(point);
      return point.map((z, i) => z + alpha * (image[i] - z));
    },
    cycles: true,
  });
}
