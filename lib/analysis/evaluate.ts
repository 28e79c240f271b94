/**
 * Accuracy of a model on fresh sequences: over all positions, over matched ones, by distance to the match, and
 * against the number of loops, each with a 95 % interval.
 *
 * @module
 */
import type { Engine } from "../engines/engine.ts";
import type { RandomStream } from "../random.ts";
import type { Batch, Task } from "../tasks/task.ts";
import { clusteredShare, type Share } from "./interval.ts";

/** What an evaluation at one length found. */
export interface LengthAccuracy {
  readonly length: number;
  readonly sequences: number;
  /** Over all positions that have a target. */
  readonly all: Share;
  /** Over the positions whose symbol occurred before. */
  readonly matched: Share;
  /** Over the positions whose match lies this far back, ascending. */
  readonly byDistance: readonly (Share & { readonly distance: number })[];
}

/** Accuracy read out after each number of loops. */
export interface LoopAccuracy {
  readonly loops: number;
  readonly all: Share;
}

/** What is evaluated, and on which random sequences. */
export interface Evaluation {
  readonly engine: Engine;
  readonly task: Task;
  readonly parameters: Float32Array;
  /** Number of sequences. */
  readonly sequences: number;
  readonly stream: RandomStream;
}

/** L×L attention entries that one forward pass may hold: four sequences of length 1000. */
const ATTENTION_ENTRIES = 4_000_000;

/** Accuracy on fresh sequences of one length. */
export async function accuracyAtLength(evaluation: Evaluation, length: number): Promise<LengthAccuracy> {
  const { engine, task, parameters, sequences } = evaluation;
  const [all, matched] = [tally(sequences), tally(sequences)];
  const byDistance = new Map<number, Tally>();
  for (const { batch, first } of batches(evaluation, length)) {
    const logits = await engine.logits(parameters, batch);
    const distances = task.distances(batch);
    forEachAnswer(logits, batch, (at, right) => {
      const sequence = first + Math.floor(at / length);
      count(all[sequence], right);
      if (distances[at] === 0) return;
      count(matched[sequence], right);
      const known = byDistance.get(distances[at]) ?? tally(sequences);
      byDistance.set(distances[at], known);
      count(known[sequence], right);
    });
  }
  return {
    length,
    sequences,
    all: clusteredShare(all),
    matched: clusteredShare(matched),
    byDistance: [...byDistance].sort(([a], [b]) => a - b)
      .map(([distance, each]) => ({ distance, ...clusteredShare(each) })),
  };
}

/**
 * Accuracy after 0, 1, … loops; the engine's model says how many. It may loop more often than in training.
 */
export async function accuracyByLoops(evaluation: Evaluation, length: number): Promise<LoopAccuracy[]> {
  const { engine, parameters, sequences } = evaluation;
  const tallies = Array.from({ length: engine.problem.model.loops + 1 }, () => tally(sequences));
  for (const { batch, first } of batches(evaluation, length)) {
    const { logits } = await engine.trace(parameters, batch);
    logits.forEach((each, loops) =>
      forEachAnswer(each, batch, (at, right) => count(tallies[loops][first + Math.floor(at / length)], right))
    );
  }
  return tallies.map((each, loops) => ({ loops, all: clusteredShare(each) }));
}

/** Right answers and counted positions of each sequence. */
type Tally = { right: number; counted: number }[];

function tally(sequences: number): Tally {
  return Array.from({ length: sequences }, () => ({ right: 0, counted: 0 }));
}

function count(sequence: Tally[number], right: boolean): void {
  sequence.counted += 1;
  if (right) sequence.right += 1;
}

/**
 * The sequences in batches that fit into memory. Each sequence has its own stream, so neither the batches nor
 * the number of sequences changes what the first ones are.
 */
function* batches(
  { task, sequences, stream }: Evaluation,
  length: number,
): Generator<{ batch: Batch; first: number }> {
  const size = Math.max(1, Math.floor(ATTENTION_ENTRIES / length ** 2));
  for (let first = 0; first < sequences; first += size) {
    const members = Array.from(
      { length: Math.min(size, sequences - first) },
      (_, i) => task.sample(stream.split("length", length, first + i), 1, length),
    );
    const join = (part: "tokens" | "targets") => Int32Array.from(members.flatMap((each) => [...each[part]]));
    yield {
      first,
      batch: { tokens: join("tokens"), targets: join("targets"), count: members.length, length },
    };
  }
}

/** Calls back with every position that has a target, and whether the largest logit is the target's. */
function forEachAnswer(
  logits: Float32Array,
  { targets }: Batch,
  callback: (at: number, right: boolean) => void,
): void {
  const classes = logits.length / targets.length;
  targets.forEach((target, at) => {
    if (target < 0) return;
    const row = logits.subarray(at * classes, (at + 1) * classes);
    callback(at, row.indexOf(Math.max(...row)) === target);
  });
}
