/**
 * The EER objective (eq. 2–5): L = task + λ_P·potential + λ_K·kinetic + λ_S·entropy.
 *
 * The averages run over loops, batch, heads and positions (the paper's 1/T Σ_t leaves this open):
 * - task: mean cross-entropy over the positions that count;
 * - potential (eq. 4): −log max_j p_j of an attention row;
 * - kinetic (eq. 3): ½‖Z_T−Z_0‖² or ½‖Z_T−Z_0‖ of a position;
 * - entropy (eq. 5): |mean S_q − η|, S_q = (1−Σp^q)/(q−1) of an attention row.
 *
 * @module
 */
import type { ObjectiveConfig } from "./models/config.ts";

/** The terms of the objective, each before its λ. */
export interface LossTerms {
  /** Eq. 2. */
  readonly total: number;
  readonly task: number;
  readonly potential: number;
  readonly kinetic: number;
  /** |mean S_q − η|. */
  readonly entropy: number;
  /** Mean S_q itself, Table 2's column. */
  readonly meanEntropy: number;
}

/** Adds up the total (eq. 2) and the entropy penalty (eq. 5) from the four averages. */
export function lossTerms(
  averages: { task: number; potential: number; kinetic: number; meanEntropy: number },
  { lambdaPotential, lambdaKinetic, lambdaEntropy, eta }: ObjectiveConfig,
): LossTerms {
  const entropy = Math.abs(averages.meanEntropy - eta);
  const total = averages.task + lambdaPotential * averages.potential + lambdaKinetic * averages.kinetic +
    lambdaEntropy * entropy;
  return { total, ...averages, entropy };
}
