/**
 * The last-token induction task (§4.2): if x_n = x_i, retrieve x_{i+1}.
 *
 * @module
 */
import type { RandomStream } from "../../random.ts";

/** A sequence and what is to be retrieved from it. */
export interface LastTokenSequence {
  readonly tokens: readonly number[];
  /** The token that came after the most recent earlier occurrence of the last one. */
  readonly target: number;
}

/** What the sequences are like. */
export interface LastTokenTask {
  /** Number of symbols, at least 2. */
  readonly symbols: number;
  /** n, the number of tokens. */
  readonly length: number;
  /**
   * How often the last token occurs before, at places drawn at random. With one occurrence, as §4.2 has it, the answer
   * is unique; eq. 1 knows nothing of which of several came last. Default: 1.
   */
  readonly occurrences?: number;
}

/**
 * A random sequence: the last token and its earlier occurrences are drawn uniformly, all other tokens from the other
 * symbols.
 *
 * @throws {RangeError} if there are fewer than 2 symbols or no room for the occurrences
 */
export function lastTokenSequence(
  stream: RandomStream,
  { symbols, length, occurrences = 1 }: LastTokenTask,
): LastTokenSequence {
  if (symbols < 2 || occurrences < 1 || occurrences >= length) {
    throw new RangeError(
      `Cannot place ${occurrences} earlier occurrences among ${length} tokens of ${symbols} symbols`,
    );
  }
  const query = stream.integer(0, symbols - 1);
  const places = new Set([length - 1]);
  while (places.size <= occurrences) places.add(stream.integer(0, length - 2));
  const tokens = Array.from(
    { length },
    (_, i) => places.has(i) ? query : (query + stream.integer(1, symbols - 1)) % symbols,
  );
  return { tokens, target: tokens[tokens.lastIndexOf(query, length - 2) + 1] };
}

/**
 * The guess of one who sees which tokens there are and not in which order: the most frequent token but the last, the
 * least symbol of equally frequent ones.
 */
export function orderBlindGuess(tokens: readonly number[]): number {
  const query = tokens[tokens.length - 1];
  const counts = new Map<number, number>();
  for (const token of tokens) if (token !== query) counts.set(token, (counts.get(token) ?? 0) + 1);
  const ranked = [...counts].sort(([a, count], [b, other]) => other - count || a - b);
  return ranked.length === 0 ? query : ranked[0][0];
}
