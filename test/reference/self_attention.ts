/**
 * Self-attention as it is written in the paper, with nested arrays: F(Y) = SᵀYW_V or S Y W_V.
 *
 * @module
 */
import type { HeadWeights } from "../../lib/theory/contraction/self_attention.ts";

type Rows = readonly (readonly number[])[];

const times = (a: Rows, b: Rows): number[][] =>
  a.map((row) => b[0].map((_, j) => row.reduce((sum, value, k) => sum + value * b[k][j], 0)));
const flipped = (a: Rows): number[][] => a[0].map((_, j) => a.map((row) => row[j]));

/** F(Y), rows of tokens in and out. */
export function plainSelfAttention(
  { WQ, WK, WV, transposed, logitScale }: HeadWeights,
  Y: Rows,
): number[][] {
  const logits = times(times(Y, WQ), flipped(times(Y, WK)));
  const S = logits.map((row) => {
    const powers = row.map((logit) => Math.exp(logitScale * logit));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  });
  return times(transposed ? flipped(S) : S, times(Y, WV));
}
