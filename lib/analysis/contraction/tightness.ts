import { randomStream } from "../../random.ts";
import { searchViolation } from "../../theory/contraction/adversary.ts";
import { type ContractionBounds, contractionBounds } from "../../theory/contraction/bounds.ts";
import type { ContractionProblem } from "../../theory/contraction/problem.ts";
import { randomProblem } from "../../theory/contraction/random_problem.ts";

/** One problem's norm and bounds, and the kind of input it is. */
export interface TightnessPoint
  extends Pick<ContractionBounds, "jacobianNorm" | "stated" | "corrected" | "local"> {
  readonly kind: string;
}

/** Norm and bounds of problems of one kind. */
export function tightnessOf(kind: string, problems: readonly ContractionProblem[]): TightnessPoint[] {
  return problems.map((problem) => ({ kind, ...contractionBounds(problem) }));
}

/**
 * Random problems that meet the theorem's hypotheses: n tokens of width d drawn from 2–8, m in equal ratios from 0.1 to
 * 100, both ways to transpose, q = 1.5.
 */
export function randomProblems(count: number, seed: number): ContractionProblem[] {
  return Array.from({ length: count }, (_, index) => {
    const stream = randomStream(seed, "tightness", index);
    const [n, d] = [stream.integer(2, 8), stream.integer(2, 8)];
    const m = 0.1 * 1000 ** (index / Math.max(1, count - 1));
    return randomProblem({ n, d, m, q: 1.5, transposed: index % 2 === 0 }, stream);
  });
}

/** The worst problems that searches find for each bound, n = d = 2, m from 1 to 16. */
export function adversarialProblems(
  { seed, evaluations, restarts = 2 }: { seed: number; evaluations: number; restarts?: number },
): ContractionProblem[] {
  return (["stated", "corrected", "local"] as const).flatMap((bound) =>
    [1, 4, 16].map((m) =>
      searchViolation({ n: 2, d: 2, m, q: 1.5, transposed: true, seed, bound, restarts, evaluations }).problem
    )
  );
}
