/**
 * Intervals for shares of right answers and for medians.
 *
 * @module
 */
import type { RandomStream } from "../random.ts";
import { median, quantile } from "../statistics.ts";

/** A share of right answers with its 95 % interval. */
export interface Share {
  /** In [0, 1]; NaN where nothing was counted. */
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
  /** Number of positions counted. */
  readonly positions: number;
}

const Z95 = 1.959964;

/**
 * The share of right answers over all sequences with its 95 % interval.
 *
 * Positions of one sequence depend on each other, so the interval is Wilson's at the effective number of
 * answers (Kish): p(1−p) over the variance of the ratio estimate between sequences. Where that variance is 0,
 * every sequence counts as one answer, which errs on the wide side.
 *
 * @param sequences right answers and counted positions of each sequence
 */
export function clusteredShare(sequences: readonly { right: number; counted: number }[]): Share {
  const clusters = sequences.filter(({ counted }) => counted > 0);
  const positions = clusters.reduce((sum, { counted }) => sum + counted, 0);
  if (positions === 0) return { value: NaN, interval: [0, 1], positions };
  const value = clusters.reduce((sum, { right }) => sum + right, 0) / positions;
  const squares = clusters.reduce((sum, { right, counted }) => sum + (right - value * counted) ** 2, 0);
  const variance = squares * clusters.length / Math.max(clusters.length - 1, 1) / positions ** 2;
  const answers = variance > 0 ? Math.min(value * (1 - value) / variance, positions) : clusters.length;
  return { value, interval: wilson(value, answers), positions };
}

/** Wilson's score interval of a share `p` of `n` answers. */
function wilson(p: number, n: number): [number, number] {
  const shrink = 1 + Z95 ** 2 / n;
  const centre = (p + Z95 ** 2 / (2 * n)) / shrink;
  const half = Z95 * Math.sqrt(p * (1 - p) / n + Z95 ** 2 / (4 * n ** 2)) / shrink;
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}

/** A median with its 95 % interval. */
export interface Median {
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
}

/**
 * The median of independent values, some of which may be infinite, with a bootstrap interval (percentiles of the
 * medians of samples drawn with replacement).
 *
 * @throws {RangeError} if there are no values, or one is NaN
 */
export function medianInterval(
  values: readonly number[],
  { stream, resamples = 1000 }: { stream: RandomStream; resamples?: number },
): Median {
  if (values.length === 0 || values.some(Number.isNaN)) {
    throw new RangeError("Cannot take a median of no values, or of NaN");
  }
  const medians = Float64Array.from(
    { length: resamples },
    () => median(values.map(() => values[stream.integer(0, values.length - 1)])),
  );
  return { value: median(values), interval: [quantile(medians, 0.025), quantile(medians, 0.975)] };
}
