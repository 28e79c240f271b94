/**
 * What eq. 1 is to retrieve from: tokens as vectors, weights, a start and a read-out.
 *
 * @module
 */
import type { AttentionWeights } from "../../theory/hamiltonian/landscape.ts";

/** A sequence as eq. 1 sees it. */
export interface Recollection {
  readonly weights: Omit<AttentionWeights, "tau">;
  /** The last token's vector, from which the latent state starts. [d] */
  readonly Z0: ArrayLike<number>;
}

/** An embedding with the weights and read-out that belong to it. */
export interface Memory {
  readonly name: string;
  readonly symbols: number;
  /** Tokens and weights for a sequence. */
  recall(tokens: readonly number[]): Recollection;
  /** A score for each symbol: the read-out of a latent state. */
  readOut(Z: ArrayLike<number>): ArrayLike<number>;
}
