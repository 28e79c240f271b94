/**
 * The induction-heads task (§5.1; Sanford et al. 2024): at position i the target is the token that came after
 * the most recent earlier occurrence of x_i, or ⊥ where x_i has not occurred before.
 *
 * @module
 */
import type { TaskConfig } from "../models/config.ts";
import type { RandomStream } from "../random.ts";
import { type Batch, IGNORED, type Sequences, type Task } from "./task.ts";

/**
 * @param config alphabet size V; `bottom`: ⊥ is class V (otherwise such positions are left out); `repeats`:
 *   whether a symbol may follow itself
 *
 * @example
 * ```ts
 * import { inductionHeads } from "./induction_heads.ts";
 * const task = inductionHeads({ kind: "induction-heads", alphabet: 3, bottom: true, repeats: true });
 * const batch = task.label({ tokens: Int32Array.of(0, 1, 0, 0), count: 1, length: 4 });
 * console.log(batch.targets); // ⊥ ⊥ 1 0, with ⊥ = 3
 * ```
 */
export function inductionHeads(config: TaskConfig): Task {
  const { alphabet, bottom, repeats } = config;
  const unmatched = bottom ? alphabet : IGNORED;

  const label = (sequences: Sequences): Batch => {
    const { tokens, count, length } = sequences;
    const targets = new Int32Array(tokens.length);
    forEachMatch(sequences, alphabet, (at, distance) => {
      targets[at] = distance === 0 ? unmatched : tokens[at - distance + 1];
    });
    return { tokens, count, length, targets };
  };

  return {
    vocabulary: alphabet,
    classes: bottom ? alphabet + 1 : alphabet,
    label,
    sample: (stream, count, length) => label(randomSequences(stream, count, length, alphabet, repeats)),
    distances: (sequences) => distancesToLast(sequences, alphabet),
  };
}

/** For every position the distance back to the last occurrence of its symbol, 0 where there is none. */
export function distancesToLast(sequences: Sequences, alphabet: number): Int32Array {
  const distances = new Int32Array(sequences.tokens.length);
  forEachMatch(sequences, alphabet, (at, distance) => distances[at] = distance);
  return distances;
}

/** Calls back with each position and the distance back to the same symbol's last occurrence (0: none). */
function forEachMatch(
  { tokens, count, length }: Sequences,
  alphabet: number,
  callback: (at: number, distance: number) => void,
): void {
  const last = new Int32Array(alphabet);
  for (let sequence = 0; sequence < count; sequence++) {
    last.fill(-1);
    for (let at = sequence * length; at < (sequence + 1) * length; at++) {
      const token = tokens[at];
      callback(at, last[token] < 0 ? 0 : at - last[token]);
      last[token] = at;
    }
  }
}

/** Independent symbols; without repeats each is drawn uniformly from those that differ from the one before. */
function randomSequences(
  stream: RandomStream,
  count: number,
  length: number,
  alphabet: number,
  repeats: boolean,
): Sequences {
  const tokens = new Int32Array(count * length);
  for (let at = 0; at < tokens.length; at++) {
    if (repeats || at % length === 0) tokens[at] = stream.integer(0, alphabet - 1);
    else tokens[at] = (tokens[at - 1] + stream.integer(1, alphabet - 1)) % alphabet;
  }
  return { tokens, count, length };
}
