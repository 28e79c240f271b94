/**
 * Named, splittable streams of random numbers.
 *
 * A stream is fixed by a seed and a path of names, so the draw for training step 7 is the same whether or not
 * steps 0–6 ran in this process: that is what makes a resumed run equal to an uninterrupted one.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";

/** A stream of random numbers; drawing advances it, splitting does not. */
export interface RandomStream {
  /** A number in [0, 1). */
  uniform(): number;
  /** A whole number in [low, high], both ends included. */
  integer(low: number, high: number): number;
  /** A standard normal number (Box–Muller). */
  normal(): number;
  /** An independent stream below this one, fixed by the name alone. */
  split(...path: (string | number)[]): RandomStream;
}

/**
 * The stream with the given seed and path.
 *
 * @param seed a whole number, 0 ≤ seed < 2⁵³
 * @param path names below the seed, such as `"batch", 17`
 * @throws {RangeError} if the seed is not such a number
 *
 * @example
 * ```ts
 * import { randomStream } from "./random.ts";
 * const batch = randomStream(7, "batch", 0);
 * console.log(batch.integer(0, 2), batch.uniform());
 * ```
 */
export function randomStream(seed: number, ...path: (string | number)[]): RandomStream {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(
      `Cannot seed a random stream as the seed must be a whole number ≥ 0: current value is ${seed}`,
    );
  }
  const digest = createHash("sha256").update(JSON.stringify([seed, ...path])).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
  const uniform = () => uniformFloat64(generator);
  return {
    uniform,
    integer: (low, high) => uniformInt(generator, low, high),
    // 1 − u lies in (0, 1], so the logarithm is finite.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    split: (...below) => randomStream(seed, ...path, ...below),
  };
}
