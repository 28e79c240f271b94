/**
 * Along what the cost of the fused engine is measured, and what the algorithm says of each.
 *
 * @module
 */
import type { Work } from "./work.ts";

/** One way to grow. */
export interface Axis {
  readonly name: string;
  readonly title: string;
  /** Of what grows. */
  readonly symbol: string;
  /** What the algorithm says; formulas stand between dollar signs. */
  readonly law: string;
  readonly values: readonly number[];
  work(value: number): Work;
  /** How many workers; one on each core unless given. */
  workers?(value: number): number;
}

/** The axes on a machine with so many cores. */
export function axes(cores: number): Axis[] {
  const step = {
    name: "step",
    title: "train step",
    kind: "train",
    count: 32,
    length: 40,
    model: {},
  } as const;
  const lengths = [10, 20, 50, 100, 200, 500, 1000, 2000, 4000];
  const all: Axis[] = [
    {
      name: "length-forward",
      title: "Forward against L",
      symbol: "L",
      law:
        "Time $L^2$ for all pairs of query and key, but $L$ beyond the reach of the recency bias: keys whose " +
        "share is below $2^{-27}$ are left out. Memory $L$: no row of attention is kept.",
      values: lengths,
      work: (length) => ({ ...step, kind: "forward", count: 4, length }),
    },
    {
      name: "length-train",
      title: "Step against L",
      symbol: "L",
      law:
        "Time $L$ while the work of each token outweighs its pairs, then $L^2$: the objective needs every row " +
        "whole. Memory $L$, besides the rows kept for the way back while they are small ($L^2$).",
      values: lengths,
      work: (length) => ({ ...step, count: 4, length }),
    },
    {
      name: "loops",
      title: "Step against T",
      symbol: "T",
      law:
        "Time $T$ and a constant for read-out and messages. Memory $T$: each loop's states are kept for the way " +
        "back.",
      values: [1, 2, 5, 10, 25, 50, 100],
      work: (loops) => ({ ...step, model: { loops } }),
    },
    {
      name: "batch",
      title: "Step against B",
      symbol: "B",
      law:
        "Time $B$ once every worker has several sequences. Memory next to nothing: a worker does one sequence at " +
        "a time, and only tokens, sums and gradients grow.",
      values: [2, 4, 8, 16, 32, 64, 128, 256],
      work: (count) => ({ ...step, count }),
    },
    {
      name: "width",
      title: "Step against d",
      symbol: "d",
      law:
        "Time $d^2$ in the linear maps (the MLP is $4d$ wide), $d$ in all else. Memory $d$ for states, $d^2$ for " +
        "weights and their gradients.",
      values: [8, 16, 32, 64, 128],
      work: (width) => ({ ...step, model: { width, mlpWidth: 4 * width } }),
    },
    {
      name: "workers",
      title: "Step against workers",
      symbol: "workers",
      law:
        "Time 1/workers as long as each has a core of its own. Memory grows with the workers, each of which has " +
        "its own work space.",
      values: [...new Set([...[1, 2, 4, 8, 16, 32, 64].filter((workers) => workers < cores), cores])],
      work: () => step,
      workers: (workers) => workers,
    },
  ];
  // One point has no slope.
  return all.filter(({ values }) => values.length > 1);
}
