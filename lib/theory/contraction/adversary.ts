/**
 * A search for inputs and weights that violate a bound although they meet Theorem 3.2.1's hypotheses.
 *
 * @module
 */
import { type RandomStream, randomStream } from "../../random.ts";
import { type ContractionBounds, contractionBounds } from "./bounds.ts";
import type { Rows } from "../matrix.ts";
import type { ContractionProblem } from "./problem.ts";
import { onHypotheses, type ProblemShape, randomProblem } from "./random_problem.ts";

/** The worst problem that was found for a bound. */
export interface Violation {
  readonly problem: ContractionProblem;
  readonly bounds: ContractionBounds;
  /** ‖DF‖ over the bound: above 1 the bound is violated. */
  readonly ratio: number;
  /** The best ratio so far after each evaluation, of the restart that found it. */
  readonly trace: readonly number[];
  /** The best ratio of each restart. */
  readonly restarts: readonly number[];
}

/** What to search for, and how long. */
export interface ViolationSearch extends ProblemShape {
  readonly seed: number;
  /** Default: "stated". */
  readonly bound?: "stated" | "corrected" | "local";
  /** Random problems to climb from. Default: 4. */
  readonly restarts?: number;
  /** Evaluations of each restart, a tenth of them on random problems to start from the best. Default: 1200. */
  readonly evaluations?: number;
}

/**
 * Random-restart hill climbing on ‖DF‖/bound: normal noise on one matrix at a time, projected back onto the hypotheses,
 * kept where it does not lower the ratio; the noise grows after a success and shrinks after a failure, so that about
 * one step in five succeeds (Rechenberg's rule).
 *
 * @throws {RangeError} if restarts or evaluations are < 1
 */
export function searchViolation(
  { seed, bound = "stated", restarts = 4, evaluations = 1200, ...shape }: ViolationSearch,
): Violation {
  if (!(restarts >= 1 && evaluations >= 1)) {
    throw new RangeError(
      `Cannot search with ${restarts} restarts of ${evaluations} evaluations: both must be ≥ 1`,
    );
  }
  const measured = (problem: ContractionProblem) => {
    const bounds = contractionBounds(problem);
    return { problem, bounds, ratio: bounds.jacobianNorm / bounds[bound] };
  };
  const climbs = Array.from({ length: restarts }, (_, restart) => {
    const stream = randomStream(seed, "violation", restart);
    let best = measured(randomProblem(shape, stream));
    const trace = [best.ratio];
    let step = 0.3;
    while (trace.length < evaluations) {
      const drawing = 10 * trace.length < evaluations;
      const next = measured(
        drawing ? randomProblem(shape, stream) : onHypotheses(disturbed(best.problem, step, stream), shape),
      );
      const better = next.ratio >= best.ratio;
      if (better) best = next;
      if (!drawing) step *= better ? Math.exp(0.2) : Math.exp(-0.05);
      trace.push(best.ratio);
    }
    return { ...best, trace };
  });
  const best = climbs.reduce((most, climb) => climb.ratio > most.ratio ? climb : most);
  return { ...best, restarts: climbs.map(({ ratio }) => ratio) };
}

const matrices = ["X", "Z", "WQ", "WK", "WV"] as const;

/** One of the matrices plus noise in proportion to their root mean square. */
function disturbed(
  problem: ContractionProblem,
  step: number,
  stream: RandomStream,
): Pick<ContractionProblem, typeof matrices[number]> {
  const chosen = stream.integer(0, matrices.length - 1);
  const moved = (rows: Rows, index: number): Rows => {
    if (index !== chosen) return rows;
    const entries = rows.flat();
    const size = Math.sqrt(entries.reduce((sum, value) => sum + value * value, 0) / entries.length);
    return rows.map((row) => row.map((value) => value + step * size * stream.normal()));
  };
  const [X, Z, WQ, WK, WV] = matrices.map((name, index) => moved(problem[name], index));
  return { X, Z, WQ, WK, WV };
}
