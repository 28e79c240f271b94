/**
 * Step sizes α(S_q) for the entropy-gated update of B.4.
 *
 * @module
 */
import { maximumEntropy } from "../tsallis.ts";

/** A step size α as a function of the entropy S_q. */
export type Gate = (entropy: number) => number;

/**
 * α(S) = floor + (1 − floor)·S/S_max: the straight line from a smallest step at one-hot attention to a whole step at
 * uniform attention over `outcomes` keys.
 *
 * @param floor in (0, 1]
 * @throws {RangeError} if floor, outcomes or q is out of range
 */
export function linearGate(
  floor: number,
  { outcomes, q }: { readonly outcomes: number; readonly q: number },
): Gate {
  if (!(floor > 0 && floor <= 1)) {
    throw new RangeError(`Cannot make a gate as floor must be in (0, 1]: current value is ${floor}`);
  }
  const most = maximumEntropy(outcomes, q);
  // With one outcome there is no entropy to speak of, and its attention is spread over all there is.
  return (entropy) => most === 0 ? 1 : Math.min(1, floor + (1 - floor) * entropy / most);
}

/**
 * α(S) = min(1, margin/β(S)): the longest step for which α(S)β(S) ≤ margin.
 *
 * With the bound of Theorem 3.2.1 as β it has all four properties of B.4 exactly where β ≤ margin at the largest
 * entropy, that is, where no gate is needed there.
 *
 * @param bound β, > 0
 * @param options.margin in (0, 1). Default: 0.9
 * @throws {RangeError} if margin is out of range
 */
export function boundGate(
  bound: (entropy: number) => number,
  { margin = 0.9 }: { readonly margin?: number } = {},
): Gate {
  if (!(margin > 0 && margin < 1)) {
    throw new RangeError(`Cannot make a gate as margin must be in (0, 1): current value is ${margin}`);
  }
  return (entropy) => Math.min(1, margin / bound(entropy));
}

/**
 * β(S), the bound of Theorem 3.2.1 as a function of the entropy, for n rows that all have S_q = S:
 * (2m + √n·[1 − (q−1)S]^{1/q})·‖W_V‖_F.
 *
 * @param head `weightProduct` m = ‖W_Q‖₂‖W_K‖₂ (times the scale of the logits), `valueNorm` ‖W_V‖_F
 */
export function entropyBound(
  { weightProduct, valueNorm, n, q }: {
    readonly weightProduct: number;
    readonly valueNorm: number;
    readonly n: number;
    readonly q: number;
  },
): (entropy: number) => number {
  // Rounding may take an entropy beyond its largest value.
  const rows = (entropy: number) => Math.sqrt(n) * Math.max(0, 1 - (q - 1) * entropy) ** (1 / q);
  return (entropy) => (2 * weightProduct + rows(entropy)) * valueNorm;
}
