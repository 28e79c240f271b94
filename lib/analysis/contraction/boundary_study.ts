import { randomStream } from "../../random.ts";
import { attractors } from "../../theory/contraction/attractors.ts";
import { injectedRecurrence, type RecurrentProblem } from "../../theory/contraction/recurrence.ts";
import { correctedTheorem } from "../../theory/contraction/theorem.ts";
import type { Rows } from "../../theory/matrix.ts";
import { clusteredShare, type Share } from "../interval.ts";

/** What became of the instances with one value of L. */
export interface BoundaryPoint {
  /** L = ρ + ‖W_V‖₂‖cW_QW_Kᵀ‖₂R² of the corrected theorem. */
  readonly rate: number;
  /** Of instances that reach one and the same fixed point from Z₀ = 0 and from random starts. */
  readonly settled: Share;
}

/**
 * The corrected theorem at its boundary L = 1 and beyond: random heads of one to three tokens of width one or two, ρ
 * uniform in (0, 0.9), W_V a multiple of ±I, W_Q scaled so that L is what is wanted. Each is iterated from Z₀ = 0 and
 * from three random starts.
 *
 * @param rates the values of L, each > 0.9
 * @param options.instances number for each L
 */
export function boundaryStudy(
  rates: readonly number[],
  { instances, seed }: { instances: number; seed: number },
): BoundaryPoint[] {
  return rates.map((rate) => {
    const outcomes = Array.from({ length: instances }, (_, instance) => {
      const { problem, starts } = instanceAt(rate, seed, instance);
      const { found, ends } = attractors(injectedRecurrence(problem).map, starts, {
        limit: 3000,
        tolerance: 1e-9,
      });
      const one = found.length === 1 && found[0].points.length === 1 && ends.every((end) => end === 0);
      return { right: one ? 1 : 0, counted: 1 };
    });
    return { rate, settled: clusteredShare(outcomes) };
  });
}

function instanceAt(rate: number, seed: number, instance: number): {
  problem: RecurrentProblem;
  starts: Float64Array[];
} {
  const stream = randomStream(seed, "boundary", rate, instance);
  const [n, d] = [stream.integer(1, 3), stream.integer(1, 2)];
  const normal = (rows: number): Rows =>
    Array.from({ length: rows }, () => Array.from({ length: d }, () => stream.normal()));
  const growth = 0.9 * stream.uniform();
  const value = (stream.integer(0, 1) === 0 ? -1 : 1) * growth / Math.sqrt(n);
  const drawn = {
    X: normal(n),
    WQ: normal(d),
    WK: normal(d),
    WV: Array.from({ length: d }, (_, i) => Array.from({ length: d }, (_, j) => i === j ? value : 0)),
    transposed: stream.integer(0, 1) === 0,
    logitScale: 1,
  };
  // L − ρ is proportional to W_Q.
  const factor = (rate - growth) / (correctedTheorem(drawn, drawn.X).rate - growth);
  const problem = { ...drawn, WQ: drawn.WQ.map((row) => row.map((entry) => factor * entry)) };
  const size = n * d;
  const starts = [
    new Float64Array(size),
    ...Array.from({ length: 3 }, () => Float64Array.from({ length: size }, () => 3 * stream.normal())),
  ];
  return { problem, starts };
}
