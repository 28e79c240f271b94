/**
 * When eq. 1 comes to rest: the eigenvalues of one step, linearised.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { energyHessian, type Landscape, retrievalJacobian } from "./landscape.ts";
import { euclideanNorm } from "../../vectors.ts";
import { type DynamicsParameters, latentDynamics, type Launch } from "./trajectory.ts";

/**
 * Whether eq. 1 converges from everywhere if β = 0 and F_τ did not depend on Z: |μ| < 1 and 0 < α < 2(1 + μ), the
 * Schur–Cohn conditions of z² − (1 + μ − α)z + μ.
 */
export function convergesAtConstantField({ mu, alpha }: { mu: number; alpha: number }): boolean {
  return Math.abs(mu) < 1 && alpha > 0 && alpha < 2 * (1 + mu);
}

/**
 * The larger |z| of z² − (1 + μ − α(1 − λ))z + μ: the rate at which eq. 1 closes in on a fixed point (or leaves it,
 * if > 1) along an eigenvector of the local field's Jacobian D with real eigenvalue λ, where D = DF_τ − (β/α)∇²E_τ.
 * λ = 0 is a constant field.
 */
export function convergenceRate(
  { mu, alpha, lambda = 0 }: { mu: number; alpha: number; lambda?: number },
): number {
  const half = (1 + mu - alpha * (1 - lambda)) / 2;
  const discriminant = half ** 2 - mu;
  // A complex pair has product μ.
  return discriminant < 0 ? Math.sqrt(mu) : Math.abs(half) + Math.sqrt(discriminant);
}

/**
 * The Jacobian of one step (Z_k, V_k) → (Z_{k+1}, V_{k+1}) of eq. 1, [2d, 2d]. Its determinant is μ^d whatever the
 * landscape, α and β: with μ = 1 the step keeps volumes, and nothing can be attracted.
 */
export function stepJacobian(
  landscape: Landscape,
  { Z, mu, alpha, beta }: DynamicsParameters & { Z: ArrayLike<number>; beta: number },
): Matrix {
  const { dimension } = landscape;
  const identity = Matrix.eye(dimension, dimension);
  const force = Matrix.sub(retrievalJacobian(landscape, Z), identity).mul(alpha)
    .sub(energyHessian(landscape, Z).mul(beta));
  const jacobian = new Matrix(2 * dimension, 2 * dimension);
  jacobian.setSubMatrix(Matrix.add(identity, force), 0, 0);
  jacobian.setSubMatrix(Matrix.mul(identity, mu), 0, dimension);
  jacobian.setSubMatrix(force, dimension, 0);
  jacobian.setSubMatrix(Matrix.mul(identity, mu), dimension, dimension);
  return jacobian;
}

/** The spectral radius of {@linkcode stepJacobian}: < 1 at a fixed point that attracts. */
export function stepSpectralRadius(
  landscape: Landscape,
  at: DynamicsParameters & { Z: ArrayLike<number>; beta: number },
): number {
  const { realEigenvalues, imaginaryEigenvalues } = new EigenvalueDecomposition(stepJacobian(landscape, at));
  return realEigenvalues.reduce(
    (most, real, index) => Math.max(most, Math.hypot(real, imaginaryEigenvalues[index])),
    0,
  );
}

/** What a simulation of eq. 1 did at one place of the plane of μ and α. */
export interface SimulatedPoint {
  readonly mu: number;
  readonly alpha: number;
  readonly converged: boolean;
}

/** Runs eq. 1 for every pair of μ and α; it has converged if the last step moved by less than 10⁻⁶. */
export function simulateStability(
  landscape: Landscape,
  { mu, alpha, beta, ...launch }:
    & { mu: readonly number[]; alpha: readonly number[]; beta: number }
    & Launch,
): SimulatedPoint[] {
  return mu.flatMap((mu) =>
    alpha.map((alpha) => {
      const { velocities, leftRangeAt } = latentDynamics(landscape, { mu, alpha, beta, ...launch });
      const last = velocities[velocities.length - 1];
      return { mu, alpha, converged: leftRangeAt === undefined && euclideanNorm(last) < 1e-6 };
    })
  );
}
