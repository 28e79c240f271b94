/**
 * The iterations of §3.2, B.3 and §5 as maps of a flat latent.
 *
 * @module
 */
import { matrixOfRows } from "../matrix.ts";
import type { LinearMap } from "../operator_norm.ts";
import type { ContractionProblem } from "./problem.ts";
import { type SelfAttention, selfAttention } from "./self_attention.ts";

/** An iteration Z ← f(Z) of flat latents [n, d] with its derivative. */
export interface Recurrence {
  readonly map: (Z: Float64Array) => Float64Array;
  derivative(Z: Float64Array): LinearMap;
}

/** A head and its input, without a latent. */
export type RecurrentProblem = Omit<ContractionProblem, "Z" | "q">;

/**
 * Theorem 3.2.1's Z ← F(X+Z), whose fixed points are the equilibria of §2.
 *
 * @throws {RangeError} if shapes do not fit or W_V is not square
 */
export function injectedRecurrence(problem: RecurrentProblem): Recurrence {
  const { attention, X } = parts(problem);
  const residual = (Z: Float64Array) => X.map((value, i) => value + Z[i]);
  return {
    map: (Z) => attention.apply(residual(Z)),
    derivative: (Z) => attention.derivative(residual(Z)),
  };
}

/**
 * §5's Z ← Z + F(X+Z), whose fixed points solve F(X+Z) = 0: another equation, and another derivative, I + DF.
 *
 * @throws {RangeError} if shapes do not fit or W_V is not square
 */
export function residualRecurrence(problem: RecurrentProblem): Recurrence {
  const { map, derivative } = injectedRecurrence(problem);
  const plus = (a: Float64Array, b: Float64Array) => a.map((value, i) => value + b[i]);
  return {
    map: (Z) => plus(Z, map(Z)),
    derivative: (Z) => {
      const { apply, applyTransposed, ...shape } = derivative(Z);
      return {
        ...shape,
        apply: (v) => plus(v, apply(v)),
        applyTransposed: (u) => plus(u, applyTransposed(u)),
      };
    },
  };
}

/**
 * The derivative of k steps at Z by the chain rule (B.3's eq. 11 for k = 2), never as a dense matrix.
 *
 * @throws {RangeError} unless k ≥ 1
 */
export function derivativeOfSteps({ map, derivative }: Recurrence, Z: Float64Array, k: number): LinearMap {
  if (!(Number.isInteger(k) && k >= 1)) {
    throw new RangeError(`Cannot compose ${k} steps: it must be a whole number ≥ 1`);
  }
  const steps: LinearMap[] = [];
  for (let at = Z; steps.length < k; at = map(at)) steps.push(derivative(at));
  return {
    rows: Z.length,
    columns: Z.length,
    apply: (v) => steps.reduce((vector, step) => step.apply(vector), v),
    applyTransposed: (u) => steps.reduceRight((vector, step) => step.applyTransposed(vector), u),
  };
}

function parts({ X, ...weights }: RecurrentProblem): { attention: SelfAttention; X: Float64Array } {
  const attention = selfAttention(weights);
  const input = matrixOfRows(X);
  if (attention.width !== attention.valueWidth || attention.width !== input.columns) {
    throw new RangeError(
      `Cannot iterate on X with ${input.columns} columns as F takes ${attention.width} and gives ` +
        `${attention.valueWidth}: all must be equal`,
    );
  }
  return { attention, X: input.values };
}
