import { assert } from "@std/assert";
import type { LossTerms } from "../../lib/objective.ts";

/**
 * Every entry agrees within `tolerance` of the largest expected one (plus `floor`, for where all are 0). A NaN
 * never agrees.
 */
export function assertAllClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  what: string,
  { tolerance = 1e-5, floor = 1e-7 }: { tolerance?: number; floor?: number } = {},
): void {
  assert(actual.length === expected.length, `${what}: ${actual.length} numbers, not ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]));
  for (let i = 0; i < expected.length; i++) {
    assert(
      Math.abs(actual[i] - expected[i]) <= tolerance * largest + floor,
      `${what}: entry ${i} is ${actual[i]}, not ${expected[i]} (the largest entry is ${largest})`,
    );
  }
}

/** Every term agrees within `tolerance` of itself; the penalty |mean S_q − η| within that of mean S_q. */
export function assertTermsClose(actual: LossTerms, expected: LossTerms, tolerance = 1e-5): void {
  for (const term of Object.keys(expected) as (keyof LossTerms)[]) {
    const scale = Math.abs(term === "entropy" ? expected.meanEntropy : expected[term]);
    assert(
      Math.abs(actual[term] - expected[term]) <= tolerance * scale + 1e-6,
      `${term} is ${actual[term]}, not ${expected[term]}`,
    );
  }
}
