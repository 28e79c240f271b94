import { gated } from "./gated.ts";
import type { FixedPointOptions, FixedPointResult, VectorMap } from "./iteration.ts";

/**
 * Damped iteration z_{k+1} = z_k + α(F(z_k) − z_k) with a constant step α; α = 1 is Picard's.
 *
 * An eigenvalue λ of F's Jacobian at the fixed point becomes 1 − α + αλ: a small α tames λ ≤ −1, and slows down λ near
 * 1. A 2-cycle that it finds is one of the damped map.
 *
 * @param options.step α > 0
 * @throws {RangeError} if an option is out of range or F changes the length of its argument
 */
export function damped(
  map: VectorMap,
  { step, ...options }: FixedPointOptions & { readonly step: number },
): FixedPointResult {
  if (!(step > 0 && step < Infinity)) {
    throw new RangeError(`Cannot damp an iteration as step must be > 0: current value is ${step}`);
  }
  return gated(map, { ...options, step: () => step });
}
