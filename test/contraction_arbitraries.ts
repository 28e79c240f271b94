/**
 * Random problems of Theorem 3.2.1 for fast-check.
 *
 * @module
 */
import fc from "fast-check";
import { randomStream } from "../lib/random.ts";
import type { ContractionProblem } from "../lib/theory/contraction/problem.ts";

/** Rows of normal numbers, fixed by the seed and a name. */
export function normalRows(
  [rows, columns]: readonly [number, number],
  { seed, name, scale = 1 }: { seed: number; name: string; scale?: number },
): number[][] {
  const stream = randomStream(seed, name);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => scale * stream.normal()));
}

/** Any sizes up to 5 × 4, W_Q and W_K with 1–4 columns, W_V square unless told; logits from tiny to saturated. */
export function contractionProblems(
  { square = false }: { square?: boolean } = {},
): fc.Arbitrary<ContractionProblem> {
  const size = (max: number) => fc.integer({ min: 1, max });
  return fc.record({
    n: size(5),
    d: size(4),
    k: size(4),
    v: size(4),
    seed: fc.noShrink(fc.nat()),
    scale: fc.constantFrom(0.01, 0.3, 1, 3),
    transposed: fc.boolean(),
    logitScale: fc.constantFrom(0, 0.5, 1),
    q: fc.constantFrom(0.5, 1, 1.000001, 1.5, 2),
  }).map(({ n, d, k, v, seed, scale, ...rest }) => ({
    ...rest,
    X: normalRows([n, d], { seed, name: "X", scale }),
    Z: normalRows([n, d], { seed, name: "Z", scale }),
    WQ: normalRows([d, k], { seed, name: "WQ" }),
    WK: normalRows([d, k], { seed, name: "WK" }),
    WV: normalRows([d, square ? d : v], { seed, name: "WV" }),
  }));
}
