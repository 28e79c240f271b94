/**
 * What a constant step does near a fixed point.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { denseOf, type LinearMap } from "../operator_norm.ts";

/** An eigenvalue. */
export interface Complex {
  readonly re: number;
  readonly im: number;
}

/** The eigenvalues of a square map, such as the derivative of F at a fixed point; computed densely. */
export function eigenvalues(map: LinearMap): Complex[] {
  const { rows, columns, values } = denseOf(map);
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(
    Matrix.from1DArray(rows, columns, values),
  );
  return realEigenvalues.map((re, i) => ({ re, im: imaginaryEigenvalues[i] }));
}

/**
 * max |1 − α + αλ|: the factor by which z ← z + α(F(z) − z) shrinks errors, in the long run, near a fixed point where
 * F's derivative has these eigenvalues.
 */
export function dampedRadius(spectrum: readonly Complex[], step: number): number {
  return Math.max(...spectrum.map(({ re, im }) => Math.hypot(1 - step + step * re, step * im)));
}

/**
 * Whether a step a little below 1 is better than 1 for this eigenvalue: exactly if |λ − ½| > ½, the derivative of
 * |1 − α + αλ|² at α = 1 being 2(|λ|² − Re λ). So it helps against λ outside the circle through 0 and 1 around ½, such as every
 * λ < 0, and only delays elsewhere.
 */
export function gainsFromDamping({ re, im }: Complex): boolean {
  return Math.hypot(re - 0.5, im) > 0.5;
}
