/**
 * Theorem 3.2.1's hypotheses, and a theorem that holds in its place.
 *
 * @module
 */
import { euclideanNorm } from "../../vectors.ts";
import { matrixOfRows, type Rows } from "../matrix.ts";
import { spectralNorm } from "../operator_norm.ts";
import { type ContractionProblem, logitForm } from "./problem.ts";
import type { HeadWeights } from "./self_attention.ts";

/** One hypothesis: a number, and what it may be at most. */
export interface Hypothesis {
  /** As LaTeX. */
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly holds: boolean;
}

/** The hypotheses of Theorem 3.2.1, each with what it is here. */
export function statedHypotheses({ X, Z, WV }: ContractionProblem): Hypothesis[] {
  const norm = (rows: Rows) => euclideanNorm(matrixOfRows(rows).values);
  return [
    atMost("\\lVert X\\rVert_F", norm(X), 1),
    atMost("\\lVert Z\\rVert_F", norm(Z), 1),
    atMost("\\lVert W_V\\rVert_F", norm(WV), 0.5),
  ];
}

// Rounding of a norm that was set to the limit is no violation.
const atMost = (name: string, value: number, limit: number): Hypothesis => ({
  name,
  value,
  limit,
  holds: value <= limit * (1 + 1e-12),
});

/** What the corrected theorem says of a head and an input. */
export interface CorrectedTheorem {
  /** ρ = √n‖W_V‖₂: how much F can enlarge its argument. */
  readonly growth: number;
  /** R = ‖X‖_F/(1 − ρ): no iterate X + Z_k is longer. ∞ unless ρ < 1. */
  readonly radius: number;
  /** L = ρ + ‖W_V‖₂‖cW_QW_Kᵀ‖₂R²: ‖Z_{k+1} − Z*‖ ≤ L‖Z_k − Z*‖. ∞ unless ρ < 1. */
  readonly rate: number;
  /**
   * ρ < 1 and L < 1: Z = F(X+Z) has exactly one solution, and Picard's iteration from Z₀ = 0 converges to it at
   * least as fast as Lᵏ. Nothing is said where it does not hold.
   */
  readonly holds: boolean;
}

/**
 * Whether the corrected theorem applies: with ρ = √n‖W_V‖₂ < 1, R = ‖X‖_F/(1−ρ) and
 * L = ρ + ‖W_V‖₂‖cW_QW_Kᵀ‖₂R² < 1 the map Z ↦ F(X+Z) has one fixed point, for F(Y) = SᵀYW_V as for S Y W_V. It asks
 * for weights and input alone, not for the attention at some Z.
 */
export function correctedTheorem(weights: HeadWeights, X: Rows): CorrectedTheorem {
  const valueNorm = spectralNorm(matrixOfRows(weights.WV));
  const growth = Math.sqrt(X.length) * valueNorm;
  if (!(growth < 1)) return { growth, radius: Infinity, rate: Infinity, holds: false };
  const radius = euclideanNorm(matrixOfRows(X).values) / (1 - growth);
  const rate = growth + valueNorm * spectralNorm(logitForm(weights)) * radius ** 2;
  return { growth, radius, rate, holds: rate < 1 };
}
