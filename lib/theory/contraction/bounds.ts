/**
 * The norm of the Jacobian of self-attention, and three upper bounds that are claimed for it.
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import { euclideanNorm } from "../../vectors.ts";
import { type Matrix, matrixOfRows, product, scaled, transpose } from "../matrix.ts";
import { operatorNorm, type OperatorNormOptions, spectralNorm } from "../operator_norm.ts";
import { attentionMatrix, type ContractionProblem, logitForm, residualInput } from "./problem.ts";
import { entropyTerm, largestSoftmaxGain } from "./row_statistics.ts";
import { selfAttention } from "./self_attention.ts";

/** A Jacobian's norm beside its bounds; c is the scale of the logits and m = ‖W_Q‖₂‖W_K‖₂. */
export interface ContractionBounds {
  /** ‖D_ZF(X+Z)‖_op, exact up to {@linkcode residual}. */
  readonly jacobianNorm: number;
  /** Theorem 3.2.1: (2cm + s_q)‖W_V‖_F. */
  readonly stated: number;
  /** What its proof gives: (4cm + s_q)‖W_V‖_F, true where ‖X‖_F ≤ 1, ‖Z‖_F ≤ 1 and q ≤ 2. */
  readonly corrected: number;
  /** True everywhere: ‖W_V‖₂(‖S‖₂ + 2g‖Y‖₂²‖cW_QW_Kᵀ‖₂). */
  readonly local: number;
  /** Of the Jacobian's largest singular triplet. */
  readonly residual: number;
  /** The numbers that the bounds are made of. */
  readonly parts: BoundParts;
}

/** The numbers that the bounds are made of. */
export interface BoundParts {
  /** m = ‖W_Q‖₂‖W_K‖₂. */
  readonly weightProduct: number;
  /** ‖cW_QW_Kᵀ‖₂, at most cm. */
  readonly logitNorm: number;
  /** s_q. */
  readonly entropyTerm: number;
  /** g, at most ½. */
  readonly softmaxGain: number;
  /** ‖S‖₂. */
  readonly attentionNorm: number;
  /** ‖W_V‖₂. */
  readonly valueNorm: number;
  /** ‖W_V‖_F. */
  readonly valueFrobenius: number;
  /** ‖X+Z‖₂. */
  readonly inputNorm: number;
}

/**
 * @throws {UserError} if the logits or a norm leave the range of double precision
 * @throws {RangeError} if shapes do not fit, q ≤ 0 or the logits' scale is negative
 *
 * @example
 * ```ts
 * import { contractionBounds } from "./bounds.ts";
 * import { counterexample } from "./examples.ts";
 * const { jacobianNorm, stated } = contractionBounds({ ...counterexample(4), q: 2 });
 * console.log(jacobianNorm, stated); // 8 and 4.5: Theorem 3.2.1 does not hold
 * ```
 */
export function contractionBounds(
  problem: ContractionProblem,
  options: OperatorNormOptions = {},
): ContractionBounds {
  const { logitScale: c, q } = problem;
  if (!(c >= 0)) throw new RangeError(`Cannot scale logits by ${c} as it must be ≥ 0`);
  const Y = residualInput(problem);
  const S = attended(problem, Y);
  const WV = matrixOfRows(problem.WV);
  const parts = {
    weightProduct: spectralNorm(matrixOfRows(problem.WQ)) * spectralNorm(matrixOfRows(problem.WK)),
    logitNorm: spectralNorm(logitForm(problem)),
    entropyTerm: entropyTerm(S, q),
    softmaxGain: largestSoftmaxGain(S),
    attentionNorm: spectralNorm(S),
    valueNorm: spectralNorm(WV),
    valueFrobenius: euclideanNorm(WV.values),
    inputNorm: spectralNorm(Y),
  };
  const { norm: jacobianNorm, residual } = operatorNorm(
    selfAttention(problem).derivative(Y.values),
    options,
  );
  const { weightProduct: m, entropyTerm: s, softmaxGain: g } = parts;
  const softmaxPart = g === 0 ? 0 : 2 * g * parts.inputNorm ** 2 * parts.logitNorm;
  const bounds = {
    jacobianNorm,
    stated: (2 * c * m + s) * parts.valueFrobenius,
    corrected: (4 * c * m + s) * parts.valueFrobenius,
    local: parts.valueNorm * (parts.attentionNorm + softmaxPart),
  };
  for (const [name, value] of Object.entries(bounds)) {
    if (!Number.isFinite(value)) {
      throw new UserError(
        `Cannot compute ${name} as it is beyond double precision: make the problem smaller`,
      );
    }
  }
  return { ...bounds, residual, parts };
}

/** S(Y), or what is wrong with the problem if its logits overflow. */
function attended(problem: ContractionProblem, Y: Matrix): Matrix {
  const WQ = matrixOfRows(problem.WQ);
  const queries = product(Y, scaled(WQ, problem.logitScale));
  const logits = product(queries, transpose(product(Y, matrixOfRows(problem.WK))));
  if (!logits.values.every(Number.isFinite)) {
    throw new UserError("Cannot attend as a logit is beyond double precision: make X, Z, WQ or WK smaller");
  }
  return attentionMatrix(problem, Y);
}
