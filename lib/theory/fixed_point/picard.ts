import { type FixedPointOptions, type FixedPointResult, iterate, type VectorMap } from "./iteration.ts";

/**
 * Picard's iteration z_{k+1} = F(z_k), that of Theorem 3.2.1.
 *
 * Converges from every start, linearly, where F is a contraction. Where it does not, a 2-cycle is told from
 * divergence.
 *
 * @throws {RangeError} if an option is out of range or F changes the length of its argument
 *
 * @example
 * ```ts
 * import { picard } from "./picard.ts";
 * const { point, reason } = picard((z) => z.map(Math.cos), { start: new Float64Array([1]) });
 * console.log(reason, point[0]); // converged 0.739085…
 * ```
 */
export function picard(map: VectorMap, options: FixedPointOptions): FixedPointResult {
  return iterate(map, { ...options, next: (_, image) => image, cycles: true });
}
