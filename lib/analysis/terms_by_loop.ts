/**
 * The three regularisers of eq. 3–5 seen from inside: what each loop contributes to them.
 *
 * @module
 */
import type { Trace } from "../engines/engine.ts";
import type { ObjectiveConfig } from "../models/config.ts";
import type { Sequences } from "../tasks/task.ts";
import { potential } from "../theory/potential.ts";
import { tsallisEntropy } from "../theory/tsallis.ts";

/** The regularisers at one loop; their means over loops (and the last kinetic) are the objective's terms. */
export interface LoopTerms {
  /** 1 … T */
  readonly loop: number;
  /** Mean S_q of this loop's attention rows. */
  readonly entropy: number;
  /** Mean −log max_j p_j of this loop's attention rows. */
  readonly potential: number;
  /** ½·mean‖Z_t−Z_0‖² (or ½·mean‖Z_t−Z_0‖) after this loop. */
  readonly kinetic: number;
}

/**
 * Reads the terms off a trace with attention.
 *
 * @throws {RangeError} if the trace holds no attention
 */
export function termsByLoop(
  { states, attention }: Pick<Trace, "states" | "attention">,
  { count, length }: Pick<Sequences, "count" | "length">,
  { q, kinetic }: Pick<ObjectiveConfig, "q" | "kinetic">,
): LoopTerms[] {
  if (attention.length !== states.length - 1) {
    throw new RangeError("Cannot read terms off a trace without attention: trace with { attention: true }");
  }
  const positions = count * length;
  return attention.map((map, t) => ({
    loop: t + 1,
    entropy: meanOverRows(map, length, (row) => tsallisEntropy(row, q)),
    potential: meanOverRows(map, length, potential),
    kinetic: kineticEnergy(states[0], states[t + 1], { positions, kinetic }),
  }));
}

function kineticEnergy(
  first: Float32Array,
  last: Float32Array,
  { positions, kinetic }: { positions: number; kinetic: ObjectiveConfig["kinetic"] },
): number {
  const moved = last.map((value, i) => value - first[i]);
  return meanOverRows(moved, last.length / positions, (row) => {
    const squared = row.reduce((sum, value) => sum + value * value, 0);
    return (kinetic === "squared" ? squared : Math.sqrt(squared)) / 2;
  });
}

function meanOverRows(values: Float32Array, width: number, each: (row: Float32Array) => number): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += width) sum += each(values.subarray(at, at + width));
  return sum / (values.length / width);
}
