/**
 * Paired comparison of two conditions over blocks, such as seeds of directions within seeds of training.
 *
 * @module
 */
import type { RandomStream } from "../random.ts";
import { mean, quantile } from "../statistics.ts";

/** One pair of numbers. */
export interface Pair {
  /** What pairs share that are not independent of each other, such as the seed of training. */
  readonly block: number;
  readonly left: number;
  readonly right: number;
}

/** What a comparison of pairs found. */
export interface PairedComparison {
  readonly pairs: number;
  /** Means over all pairs. */
  readonly left: number;
  readonly right: number;
  /** left − right. */
  readonly difference: number;
  /**
   * 95 % of the bootstrapped mean differences, blocks drawn first and pairs within them second. With few blocks it is
   * too narrow, and no more than a hint.
   */
  readonly interval: readonly [low: number, high: number];
  /** Mean difference within each block, by ascending block. */
  readonly byBlock: readonly number[];
  /** Two-sided, of the sign-flip permutation test. */
  readonly p: number;
}

/**
 * Compares the pairs: under the hypothesis that the conditions do not differ, the sign of each difference is as likely
 * the other one.
 *
 * @param options.stream where the draws come from
 * @throws {RangeError} if there are no pairs, or a number is not finite
 */
export function comparePairs(
  pairs: readonly Pair[],
  { stream, draws = 10_000 }: { stream: RandomStream; draws?: number },
): PairedComparison {
  if (pairs.length === 0) throw new RangeError("Cannot compare no pairs");
  if (!pairs.every(({ left, right }) => Number.isFinite(left - right))) {
    throw new RangeError("Cannot compare pairs with numbers that are not finite");
  }
  const differences = pairs.map(({ left, right }) => left - right);
  const difference = mean(differences);
  const blocks = [...new Set(pairs.map(({ block }) => block))].sort((a, b) => a - b)
    .map((block) => differences.filter((_, at) => pairs[at].block === block));

  const flips = stream.split("flips");
  // Rounding must not tell equal sums apart.
  const threshold = Math.abs(difference) - 1e-12 * mean(differences.map(Math.abs));
  let extreme = 0;
  for (let draw = 0; draw < draws; draw++) {
    const flipped = mean(differences.map((each) => flips.uniform() < 0.5 ? each : -each));
    if (Math.abs(flipped) >= threshold) extreme += 1;
  }

  const resampling = stream.split("bootstrap");
  const drawn = <T>(values: readonly T[]) =>
    values.map(() => values[resampling.integer(0, values.length - 1)]);
  const means = Float64Array.from({ length: draws }, () => mean(drawn(blocks).flatMap(drawn)));
  return {
    pairs: pairs.length,
    left: mean(pairs.map(({ left }) => left)),
    right: mean(pairs.map(({ right }) => right)),
    difference,
    interval: [quantile(means, 0.025), quantile(means, 0.975)],
    byBlock: blocks.map(mean),
    // The data are one of the draws.
    p: (1 + extreme) / (1 + draws),
  };
}

/** Holm's step-down correction of p-values for their number, in their order. */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, at) => at).sort((a, b) => ps[a] - ps[b]);
  const corrected = new Array<number>(ps.length);
  let most = 0;
  order.forEach((at, rank) => {
    most = Math.max(most, Math.min(1, (ps.length - rank) * ps[at]));
    corrected[at] = most;
  });
  return corrected;
}
