/**
 * What a Hessian's eigenvalues say in one number each.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** Eigenvalues with how many directions each stands for. */
export interface WeightedEigenvalues {
  readonly eigenvalues: ArrayLike<number>;
  /** Directions a value stands for; 1 each unless given, as stochastic Lanczos quadrature does. */
  readonly weights?: ArrayLike<number>;
}

/** The whole spectrum of a symmetric matrix. */
export interface Spectrum {
  /** Ascending, [P]. */
  readonly eigenvalues: Float64Array;
  /** Unit eigenvectors, row k that of eigenvalue k, row-major [P, P]. */
  readonly vectors: Float64Array;
}

/** What {@linkcode summarizeSpectrum} finds. */
export interface SpectrumSummary {
  readonly largest: number;
  readonly smallest: number;
  /** Σ λ. */
  readonly trace: number;
  /** −Σ p log p with p = |λ|/Σ|λ|, in nats. */
  readonly matrixEntropy: number;
  /** exp of it: how many directions of equal curvature have that entropy. */
  readonly effectiveRank: number;
  /** Σ of |λ| over λ < 0 as a share of Σ |λ|. */
  readonly negativeShare: number;
}

/** Eigenvalues and eigenvectors of a symmetric matrix, row-major [P, P]. */
export function spectrumOf({ matrix, size }: { matrix: Float64Array; size: number }): Spectrum {
  const rows = Array.from({ length: size }, (_, i) => matrix.subarray(i * size, (i + 1) * size));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows), {
    assumeSymmetric: true,
  });
  const order = realEigenvalues.map((_, k) => k).sort((a, b) => realEigenvalues[a] - realEigenvalues[b]);
  const vectors = new Float64Array(size * size);
  order.forEach((column, k) => {
    for (let i = 0; i < size; i++) vectors[k * size + i] = eigenvectorMatrix.get(i, column);
  });
  return { eigenvalues: Float64Array.from(order, (k) => realEigenvalues[k]), vectors };
}

/**
 * Trace, ends, matrix entropy and share of negative curvature.
 *
 * The matrix entropy is von Neumann's of |H|/tr|H|, as the second paper's comparison of looped and single attention
 * needs it: small where few directions hold all curvature. What its abstract does not say, the absolute value among
 * it, is this kit's choice.
 */
export function summarizeSpectrum({ eigenvalues, weights }: WeightedEigenvalues): SpectrumSummary {
  let [largest, smallest, trace, mass, negative] = [-Infinity, Infinity, 0, 0, 0];
  const weight = (k: number) => weights?.[k] ?? 1;
  for (let k = 0; k < eigenvalues.length; k++) {
    const value = eigenvalues[k];
    [largest, smallest] = [Math.max(largest, value), Math.min(smallest, value)];
    trace += weight(k) * value;
    mass += weight(k) * Math.abs(value);
    if (value < 0) negative -= weight(k) * value;
  }
  let matrixEntropy = 0;
  for (let k = 0; k < eigenvalues.length; k++) {
    const p = Math.abs(eigenvalues[k]) / mass;
    if (p > 0) matrixEntropy -= weight(k) * p * Math.log(p);
  }
  const negativeShare = mass > 0 ? negative / mass : 0;
  return { largest, smallest, trace, matrixEntropy, effectiveRank: Math.exp(matrixEntropy), negativeShare };
}

/** Coordinates of a vector in the eigenvectors, [P]. */
export function coordinates({ vectors }: Pick<Spectrum, "vectors">, vector: ArrayLike<number>): Float64Array {
  const size = vector.length;
  return Float64Array.from({ length: size }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += vectors[k * size + i] * vector[i];
    return sum;
  });
}

/** The vector with the given coordinates in the eigenvectors, [P]. */
export function fromCoordinates(
  { vectors }: Pick<Spectrum, "vectors">,
  coordinates: ArrayLike<number>,
): Float64Array {
  const size = coordinates.length;
  const vector = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++) vector[i] += coordinates[k] * vectors[k * size + i];
  }
  return vector;
}
