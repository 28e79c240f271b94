/**
 * A Markov language (after Gong & Teng 2025, whose own generator is not public): every sequence is written by a
 * Markov chain of its own, and the target at position i is the next token x_{i+1}.
 *
 * The chain of a sequence is drawn as follows. A concentration α is drawn uniformly from `concentrations`; each row of
 * the transition matrix P is a draw from Dirichlet(α, …, α) over the symbols that may follow (all, or all others
 * where nothing repeats). The first symbol is uniform. Small α gives rows near one-hot: a low entropy rate, simple
 * sequences; α = 1 gives all rows the same density: complex ones. No chain comes twice, so a model cannot know
 * the rows beforehand and has to infer them from the tokens so far.
 *
 * This is the setting of Edelman et al. (2024), who take α = 1 alone. How hard a sequence is, is its information content under its own chain, −Σ_i log₂ P[x_i, x_{i+1}].
 *
 * @module
 */
import type { TaskConfig } from "../models/config.ts";
import type { RandomStream } from "../random.ts";
import { dirichlet } from "./dirichlet.ts";
import { distancesToLast } from "./induction_heads.ts";
import { type Batch, IGNORED, type Sequences, type Task } from "./task.ts";

/** A batch of a Markov language with what wrote it. */
export interface MarkovBatch extends Batch {
  /** The transition matrix of each sequence, row-major [V, V]; rows are the symbols that come before. */
  readonly chains: readonly Float64Array[];
  /** Information content of each sequence in bits for each of its length − 1 transitions (NaN if there is none). */
  readonly information: Float64Array;
}

/** The task, which also tells the chains behind its samples. */
export interface MarkovLanguage extends Task {
  sample(stream: RandomStream, count: number, length: number): MarkovBatch;
}

/**
 * @param config alphabet size V; `repeats`: whether a symbol may follow itself; `concentrations`; `bottom`: whether the
 *   read-out has a class ⊥, which is never a target here. The last position has no target.
 *
 * @example
 * ```ts
 * import { preset } from "../models/presets.ts";
 * import { randomStream } from "../random.ts";
 * import { markovLanguage } from "./markov_language.ts";
 * const language = markovLanguage(preset("looped-attn").task);
 * const { tokens, information } = language.sample(randomStream(0), 2, 16);
 * console.log(tokens, information); // bits a token: at most log₂ 4 on average
 * ```
 */
export function markovLanguage(config: TaskConfig): MarkovLanguage {
  const { alphabet, bottom, repeats, concentrations } = config;
  if (!concentrations?.length) {
    throw new RangeError("Cannot make a Markov language without concentrations: name at least one α > 0");
  }

  const newChain = (stream: RandomStream): Float64Array => {
    const concentration = concentrations[stream.integer(0, concentrations.length - 1)];
    const matrix = new Float64Array(alphabet * alphabet);
    for (let from = 0; from < alphabet; from++) {
      const row = dirichlet(stream, { size: repeats ? alphabet : alphabet - 1, concentration });
      row.forEach((probability, at) => {
        const to = repeats || at < from ? at : at + 1;
        matrix[from * alphabet + to] = probability;
      });
    }
    return matrix;
  };

  return {
    vocabulary: alphabet,
    classes: bottom ? alphabet + 1 : alphabet,
    label: nextTokens,
    distances: (sequences) => distancesToLast(sequences, alphabet),
    sample: (stream, count, length) => {
      const tokens = new Int32Array(count * length);
      const chains = Array.from({ length: count }, (_, sequence) => {
        const matrix = newChain(stream);
        write(tokens.subarray(sequence * length, (sequence + 1) * length), { matrix, alphabet, stream });
        return matrix;
      });
      const batch = nextTokens({ tokens, count, length });
      return { ...batch, chains, information: informationContent(batch, chains) };
    },
  };
}

/** Information content of each sequence under its chain, in bits a transition; see {@linkcode MarkovBatch}. */
export function informationContent(
  { tokens, count, length }: Sequences,
  chains: readonly Float64Array[],
): Float64Array {
  return Float64Array.from({ length: count }, (_, sequence) => {
    const alphabet = Math.sqrt(chains[sequence].length);
    let bits = 0;
    for (let at = sequence * length + 1; at < (sequence + 1) * length; at++) {
      bits -= Math.log2(chains[sequence][tokens[at - 1] * alphabet + tokens[at]]);
    }
    return bits / (length - 1);
  });
}

/** Writes one sequence. */
function write(
  tokens: Int32Array,
  { matrix, alphabet, stream }: { matrix: Float64Array; alphabet: number; stream: RandomStream },
): void {
  tokens.forEach((_, at) => {
    if (at === 0) {
      tokens[at] = stream.integer(0, alphabet - 1);
      return;
    }
    const row = matrix.subarray(tokens[at - 1] * alphabet, (tokens[at - 1] + 1) * alphabet);
    let rest = stream.uniform();
    let next = row.findIndex((probability) => (rest -= probability) < 0);
    // Rounding may leave a hair's breadth beyond the last symbol.
    if (next < 0) next = row.indexOf(Math.max(...row));
    tokens[at] = next;
  });
}

function nextTokens({ tokens, count, length }: Sequences): Batch {
  const targets = Int32Array.from(tokens, (_, at) => at % length === length - 1 ? IGNORED : tokens[at + 1]);
  return { tokens, count, length, targets };
}
