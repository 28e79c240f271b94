/**
 * A problem of Theorem 3.2.1: weights, an input X, a latent Z and the order q of the entropy, as `eer bound` reads
 * them from JSON.
 *
 * @module
 */
import { type Matrix, matrixOfRows, product, type Rows, scaled, transpose } from "../matrix.ts";
import { type HeadWeights, selfAttention } from "./self_attention.ts";

/** Everything that the theorem speaks of. */
export interface ContractionProblem extends HeadWeights {
  /** The input, [n, d]: rows are tokens. */
  readonly X: Rows;
  /** The latent, [n, d]. */
  readonly Z: Rows;
  /** The order of the Tsallis entropy, > 0. */
  readonly q: number;
}

/**
 * Y = X + Z.
 *
 * @throws {RangeError} if the shapes differ
 */
export function residualInput({ X, Z }: Pick<ContractionProblem, "X" | "Z">): Matrix {
  const [input, latent] = [X, Z].map(matrixOfRows);
  if (input.rows !== latent.rows || input.columns !== latent.columns) {
    throw new RangeError(
      `Cannot add X and Z of ${input.rows} × ${input.columns} and ${latent.rows} × ${latent.columns}`,
    );
  }
  return { ...input, values: input.values.map((value, at) => value + latent.values[at]) };
}

/** c·W_QW_Kᵀ, the bilinear form of the logits, [d, d]. */
export function logitForm({ WQ, WK, logitScale }: HeadWeights): Matrix {
  return product(scaled(matrixOfRows(WQ), logitScale), transpose(matrixOfRows(WK)));
}

/** S(Y) as a matrix. */
export function attentionMatrix(weights: HeadWeights, { rows, values }: Matrix): Matrix {
  return { rows, columns: rows, values: selfAttention(weights).attention(values) };
}
