/**
 * How much arithmetic a model takes, counted from its configuration, so that a time can be held against what the
 * processor can do.
 *
 * A multiplication with an addition is 2 FLOPs, every other operation on a number is 1, whether it is an addition
 * or an exponential. The way back of a matrix product is two products of its size, so a step has three times the
 * products of a forward pass. What does not grow with the tokens (AdamW, folding weights) is left out.
 *
 * @module
 */
import type { ModelShape } from "../models/specification.ts";

/** FLOPs of a piece of work. */
export interface Arithmetic {
  /** In matrix products: linear maps, q·k and the mixing of values. */
  readonly products: number;
  /** In all else: softmax, GELU, LayerNorm, the objective, sums of states. */
  readonly others: number;
}

/** What is done with the model. */
export interface WorkSize {
  /** "forward" gives logits, "train" also the objective and its gradient. */
  readonly kind: "forward" | "train";
  /** B */
  readonly count: number;
  /** L */
  readonly length: number;
  /** Only so many of the nearest keys are looked at by each query; all unless given. */
  readonly window?: number;
}

// For each number that it is done to: [forward, backward].
const BIAS = [1, 1]; // added; summed over the tokens
const NORM = [7, 11]; // mean, centring, variance, scale, gain and bias; the same and their gradients
const GELU = [7, 7]; // x/(1 + e^{x(a + bx²)}); its slope times what comes back
const PAIR = [7, 7]; // scale, penalty, maximum, difference, exponential, sum, quotient
const TERMS = [3, 0]; // Tsallis entropy: √p, its product with p, the sum (its slope is within PAIR)
const STATE = [1, 1]; // u = X + Z and the like
const LOSS = [5, 1]; // maximum, difference, exponential, sum, quotient; less the target

/** FLOPs of one piece of work. */
export function arithmetic(
  { classes, model }: ModelShape,
  { kind, count, length, window = Infinity }: WorkSize,
): Arithmetic {
  const { width, heads, headWidth, mlpWidth, bias, output, norm, loops, recurrence, causal } = model;
  const training = kind === "train";
  const inner = heads * headWidth;
  const tokens = count * length;
  const pairs = count * heads * pairsSeen(length, { causal, window });
  const both = ([forward, backward]: readonly number[]) => forward + (training ? backward : 0);

  const inLoop = tokens * (3 * width * inner + (output ? inner * width : 0) + 2 * width * mlpWidth) +
    pairs * 2 * headWidth;
  const multiplyAdds = loops * inLoop + tokens * width * classes;

  const maps = 3 * inner + (output ? width : 0) + (mlpWidth > 0 ? mlpWidth + width : 0);
  const norms = norm === "pre" ? width * (mlpWidth > 0 ? 2 : 1) : 0;
  const sums = width *
    ((recurrence === "plain" ? 0 : 1) + (mlpWidth > 0 ? 2 : 0) + (recurrence === "residual" ? 1 : 0));
  const eachToken = (bias ? maps * both(BIAS) : 0) + norms * both(NORM) + mlpWidth * both(GELU) +
    sums * both(STATE);
  const eachPair = both(PAIR) + (training ? both(TERMS) : 0);
  const readout = classes * ((bias ? both(BIAS) : 0) + (training ? both(LOSS) : 0));
  return {
    products: 2 * multiplyAdds * (training ? 3 : 1),
    others: loops * (tokens * eachToken + pairs * eachPair) + tokens * readout,
  };
}

/** Pairs of query and key that one head looks at in one sequence. */
function pairsSeen(length: number, { causal, window }: { causal: boolean; window: number }): number {
  const most = Math.min(length, Math.max(1, Math.floor(window)));
  // Query i (from 0) sees min(i + 1, most) keys, or with both sides open also as many less itself after it.
  const before = most * (most + 1) / 2 + (length - most) * most;
  return causal ? before : 2 * before - length;
}

/**
 * How many keys back the fused engine's forward pass looks at least, where recency makes the others negligible: with
 * a slope m, those (27 − log₂(1 − 2^{−m'}))/m' or more back (m' = m·log₂e) have a share below 2^{−27} even
 * if all q·k are equal. How much further it looks depends on the weights.
 */
export function leastWindow(recency: number): number {
  const slope = recency * Math.LOG2E;
  return recency === 0 ? Infinity : Math.ceil((27 - Math.log2(-Math.expm1(-recency))) / slope);
}

/**
 * FLOPs that a piece of work takes at least: a train step looks at all pairs, a forward pass needs no more than
 * {@linkcode leastWindow}.
 */
export function leastArithmetic(shape: ModelShape, work: WorkSize): Arithmetic {
  const window = work.kind === "forward" ? leastWindow(shape.model.recency) : undefined;
  return arithmetic(shape, { ...work, window });
}

/** Both kinds together. */
export const total = ({ products, others }: Arithmetic): number => products + others;
