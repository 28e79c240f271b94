/**
 * What can be known of the next token of a Markov language: predictors to hold a trained model against.
 *
 * Each gives the predicted class at every position, [count, length]; of equally likely symbols the first.
 *
 * @module
 */
import type { MarkovBatch } from "./markov_language.ts";
import type { Sequences } from "./task.ts";

/**
 * The Bayes-optimal prediction from the tokens so far: the symbol that has followed the current one most often. It is
 * so for every concentration, and hence for any mixture of them: given n_ab transitions the predictive probability
 * of b is (n_ab + α)/(n_a + Vα), which grows with n_ab alone. Where nothing repeats the current symbol is left out.
 */
export function bayesPredictions(
  { tokens, count, length }: Sequences,
  { alphabet, repeats }: { alphabet: number; repeats: boolean },
): Int32Array {
  const predictions = new Int32Array(tokens.length);
  for (let sequence = 0; sequence < count; sequence++) {
    const transitions = new Int32Array(alphabet * alphabet);
    for (let at = sequence * length; at < (sequence + 1) * length; at++) {
      const current = tokens[at];
      if (at > sequence * length) transitions[tokens[at - 1] * alphabet + current] += 1;
      const row = [...transitions.subarray(current * alphabet, (current + 1) * alphabet)];
      if (!repeats) row[current] = -1;
      predictions[at] = largest(row);
    }
  }
  return predictions;
}

/** The symbol that has been most frequent so far, the current one included: what needs no order of the tokens. */
export function frequencyPredictions(
  { tokens, count, length }: Sequences,
  { alphabet }: { alphabet: number },
): Int32Array {
  const predictions = new Int32Array(tokens.length);
  for (let sequence = 0; sequence < count; sequence++) {
    const counts = new Int32Array(alphabet);
    for (let at = sequence * length; at < (sequence + 1) * length; at++) {
      counts[tokens[at]] += 1;
      predictions[at] = largest(counts);
    }
  }
  return predictions;
}

/** The prediction of one who knows the chain: the likeliest successor of the current symbol. */
export function oraclePredictions({ tokens, length, chains }: MarkovBatch): Int32Array {
  return Int32Array.from(tokens, (current, at) => {
    const chain = chains[Math.floor(at / length)];
    const alphabet = Math.sqrt(chain.length);
    return largest(chain.subarray(current * alphabet, (current + 1) * alphabet));
  });
}

function largest(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) if (values[index] > values[best]) best = index;
  return best;
}
