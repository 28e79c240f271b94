/**
 * Lemma B.1, ‖r‖₂² ≤ (1 − (q−1)S_q(r))^{2/q}, and Corollary B.2, its sum over the rows of an attention matrix.
 *
 * As 1 − (q−1)S_q(r) = Σr_j^q, the right side is ‖r‖_q². Norms do not grow with their index, so the lemma holds for
 * every 0 < q ≤ 2 (the paper states it for 1 < q ≤ 2) and turns round for q > 2. Both sides are equal at q = 2 for all
 * r, and otherwise for one-hot r only.
 *
 * @module
 */
import { randomStream } from "../random.ts";
import { assertDistribution, assertIndex } from "./tsallis.ts";

/** Both sides of an inequality. */
export interface Sides {
  readonly left: number;
  readonly right: number;
  /** right − left: the inequality fails where it is negative beyond rounding. */
  readonly slack: number;
}

/**
 * Both sides of Lemma B.1 (eq. B.3-6).
 *
 * @param row r, a probability vector. [n]
 * @throws {RangeError} if q is not > 0 or the row is no probability vector
 */
export function lemmaB1(row: ArrayLike<number>, q: number): Sides {
  assertIndex(q);
  assertDistribution(row);
  return sides(squaredNorm(row, 2), squaredNorm(row, q));
}

/**
 * Both sides of Corollary B.2 (eq. B.3-8): ‖S‖_F² and Σ_i (1 − (q−1)S_q(r_i))^{2/q}. The right one is s_q², the square
 * of the entropy's part in Theorem 3.2.1.
 *
 * @param rows of the attention matrix S, each a probability vector
 * @throws {RangeError} if q is not > 0 or a row is no probability vector
 */
export function corollaryB2(rows: readonly ArrayLike<number>[], q: number): Sides {
  const each = rows.map((row) => lemmaB1(row, q));
  return sides(
    each.reduce((sum, { left }) => sum + left, 0),
    each.reduce((sum, { right }) => sum + right, 0),
  );
}

const sides = (left: number, right: number): Sides => ({ left, right, slack: right - left });

/** ‖r‖_q², its largest entry taken out so that nothing underflows at a large q. */
function squaredNorm(row: ArrayLike<number>, q: number): number {
  let largest = 0;
  for (let j = 0; j < row.length; j++) largest = Math.max(largest, row[j]);
  let sum = 0;
  for (let j = 0; j < row.length; j++) sum += (row[j] / largest) ** q;
  return largest ** 2 * sum ** (2 / q);
}

/** The row with the least slack that a search found. */
export interface LemmaSearch extends Sides {
  readonly row: Float64Array;
  /** Rows that were tried. */
  readonly tried: number;
}

/**
 * Looks for a row that violates Lemma B.1: from random rows downhill in the slack, by moving probability between two
 * outcomes, in steps that are halved where none helps.
 *
 * @param options.outcomes n ≥ 2
 * @param options.restarts number of random rows to start from. Default: 20
 * @throws {RangeError} if q is not > 0 or n is not a whole number ≥ 2
 */
export function searchLemmaB1(
  q: number,
  { outcomes, seed, restarts = 20 }: { outcomes: number; seed: number; restarts?: number },
): LemmaSearch {
  assertIndex(q);
  if (!(Number.isInteger(outcomes) && outcomes >= 2)) {
    throw new RangeError(
      `Cannot search for a violation as outcomes must be a whole number ≥ 2: current value is ${outcomes}`,
    );
  }
  let tried = 0;
  let best: LemmaSearch | undefined;
  const measured = (row: Float64Array): LemmaSearch => ({ row, ...lemmaB1(row, q), tried: ++tried });
  for (let restart = 0; restart < restarts; restart++) {
    const stream = randomStream(seed, "Lemma B.1", q, outcomes, restart);
    // Normalised exponential numbers are uniform on the simplex.
    const draws = Float64Array.from({ length: outcomes }, () => -Math.log(1 - stream.uniform()));
    const sum = draws.reduce((total, draw) => total + draw, 0);
    let here = measured(draws.map((draw) => draw / sum));
    for (let step = 0.25; step > 1e-4;) {
      const better = neighbours(here.row, step).map(measured).find(({ slack }) => slack < here.slack);
      if (better) here = better;
      else step /= 2;
    }
    if (!best || here.slack < best.slack) best = here;
  }
  return { ...best!, tried };
}

/** All rows that differ in a move of up to `step` from one outcome to another. */
function neighbours(row: Float64Array, step: number): Float64Array[] {
  const result: Float64Array[] = [];
  for (let from = 0; from < row.length; from++) {
    const moved = Math.min(step, row[from]);
    for (let to = 0; to < row.length && moved > 0; to++) {
      if (to === from) continue;
      const next = row.slice();
      next[from] -= moved;
      next[to] += moved;
      result.push(next);
    }
  }
  return result;
}
