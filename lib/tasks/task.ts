/**
 * What a task is: a source of sequences with a target at every position. A task of your own needs these four
 * members and nothing else; pass it to `train` and `evaluate` in place of the configured one.
 *
 * @module
 */
import type { RandomStream } from "../random.ts";

/** Equally long sequences of tokens, row-major [count, length]. */
export interface Sequences {
  readonly tokens: Int32Array;
  /** B, the number of sequences. */
  readonly count: number;
  /** L, the length of each. */
  readonly length: number;
}

/** The target of a position that counts neither for loss nor for accuracy. */
export const IGNORED = -1;

/** Sequences with a target class at every position ({@link IGNORED} where there is none). */
export interface Batch extends Sequences {
  /** [count, length] */
  readonly targets: Int32Array;
}

/** A rule that makes sequences and their targets. */
export interface Task {
  /** V, the number of input symbols. */
  readonly vocabulary: number;
  /** C, the number of target classes. */
  readonly classes: number;
  /** `count` random sequences of the given length, with their targets. */
  sample(stream: RandomStream, count: number, length: number): Batch;
  /** The targets of given sequences. */
  label(sequences: Sequences): Batch;
  /**
   * For every position the distance back to what decides its target, 0 where nothing does: accuracy is also
   * reported over the matched positions (distance > 0) and by distance. [count, length]
   */
  distances(sequences: Sequences): Int32Array;
}
