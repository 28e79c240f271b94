/**
 * Spectra of models too large for a whole Hessian, from products H·v alone.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { UserError } from "../../errors.ts";
import { euclideanNorm, innerProduct } from "../../vectors.ts";
import { type RandomStream, randomStream } from "../../random.ts";
import { hessianProduct } from "./difference.ts";
import type { GradientFunction } from "./gradient.ts";

/** A spectrum as stochastic Lanczos quadrature sees it. */
export interface LanczosSpectrum {
  /** Nodes of the quadrature over all probes, ascending. */
  readonly eigenvalues: Float64Array;
  /** Directions each node stands for; they add up to P. */
  readonly weights: Float64Array;
  /** The largest and the smallest eigenvalues that have converged, ascending. */
  readonly converged: readonly number[];
  /** Estimate of the trace and its standard error over the probes (NaN for one probe). */
  readonly trace: number;
  readonly traceError: number;
  /** Products H·v done. */
  readonly products: number;
}

/** How much is computed, and from which random directions. */
export interface LanczosOptions {
  /**
   * How far differences reach. Default: 2⁻¹³; along the sharp directions of a trained model the gradient bends over
   * not much more, and steps much shorter drown in the rounding of the parameters they move.
   */
  readonly step?: number;
  /** Steps from each random direction: the more, the more eigenvalues converge. Default: 80. */
  readonly iterations?: number;
  /** Random directions, over which the density and the trace are averaged. Default: 8. */
  readonly probes?: number;
  /** Of the directions. Default: 0. */
  readonly seed?: number;
  readonly onProduct?: (done: number, most: number) => void;
  /** Ends the work, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A Ritz value has converged where its residual is below this part of the largest. */
const CONVERGED = 1e-3;

/**
 * Stochastic Lanczos quadrature (Ubaru, Chen & Saad 2017; for Hessians Ghorbani, Krishnan & Xiao 2019), every new
 * vector made orthogonal to all before it, as rounding would else give copies of the leading eigenvalues.
 *
 * Beside the potential's kinks it is less exact than the whole Hessian: on a trained `eer` run the six largest
 * eigenvalues were up to 1 % of the largest one off.
 *
 * @param gradient of an engine (`gradientOf`) or of any loss
 * @throws {UserError} if `iterations` or `probes` is no whole number ≥ 1, or a gradient is not finite
 */
export async function lanczosSpectrum(
  gradient: GradientFunction,
  parameters: Float32Array,
  { iterations = 80, probes = 8, seed = 0, step = 2 ** -13, onProduct, signal }: LanczosOptions = {},
): Promise<LanczosSpectrum> {
  for (const [name, value] of Object.entries({ iterations, probes })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new UserError(`Cannot use ${value} ${name}: there must be a whole number ≥ 1 of them`);
    }
  }
  const size = parameters.length;
  const most = probes * Math.min(iterations, size);
  const at = { gradient, parameters, centre: await gradient(parameters) };
  let products = 0;
  const product = async (direction: Float64Array) => {
    signal?.throwIfAborted();
    const result = await hessianProduct({ ...at, step }, direction);
    products++;
    onProduct?.(products, most);
    return result;
  };
  const nodes: { value: number; weight: number }[] = [];
  const converged: number[][] = [];
  const traces: number[] = [];
  for (let probe = 0; probe < probes; probe++) {
    const start = randomDirection(size, randomStream(seed, "lanczos", probe));
    const ritz = ritzValues(await tridiagonal(product, start, iterations));
    const largest = ritz.reduce((most, { value }) => Math.max(most, Math.abs(value)), 0);
    converged.push(ritz.filter(({ residual }) => residual <= CONVERGED * largest).map(({ value }) => value));
    for (const { value, share } of ritz) nodes.push({ value, weight: share * size / probes });
    traces.push(size * ritz.reduce((sum, { value, share }) => sum + share * value, 0));
  }
  nodes.sort((a, b) => a.value - b.value);
  const trace = traces.reduce((sum, each) => sum + each, 0) / probes;
  const variance = traces.reduce((sum, each) => sum + (each - trace) ** 2, 0) / (probes - 1);
  return {
    eigenvalues: Float64Array.from(nodes, ({ value }) => value),
    weights: Float64Array.from(nodes, ({ weight }) => weight),
    // Each probe sees all eigenvalues; the one in which most have converged tells them.
    converged: converged.reduce((best, each) => each.length > best.length ? each : best),
    trace,
    traceError: Math.sqrt(variance / probes),
    products,
  };
}

/** The density of a spectrum: a normal bump of width `bandwidth` at each eigenvalue, [at.length], in directions. */
export function spectralDensity(
  { eigenvalues, weights }: { eigenvalues: ArrayLike<number>; weights?: ArrayLike<number> },
  { at, bandwidth }: { at: ArrayLike<number>; bandwidth: number },
): Float64Array {
  return Float64Array.from(at, (x) => {
    let sum = 0;
    for (let k = 0; k < eigenvalues.length; k++) {
      sum += (weights?.[k] ?? 1) * Math.exp(-0.5 * ((x - eigenvalues[k]) / bandwidth) ** 2);
    }
    return sum / (bandwidth * Math.sqrt(2 * Math.PI));
  });
}

/** Diagonal and side diagonal of H in the basis that Lanczos's method builds. */
interface Tridiagonal {
  readonly diagonal: number[];
  /** Its last entry is the residual's norm, outside the matrix. */
  readonly side: number[];
}

async function tridiagonal(
  product: (direction: Float64Array) => Promise<Float64Array>,
  start: Float64Array,
  iterations: number,
): Promise<Tridiagonal> {
  const basis: Float64Array[] = [start];
  const [diagonal, side]: number[][] = [[], []];
  while (diagonal.length < Math.min(iterations, start.length)) {
    const last = basis[basis.length - 1];
    const next = await product(last);
    const size = euclideanNorm(next);
    diagonal.push(innerProduct(next, last));
    // Twice, as once leaves rounding of the size of what was taken away.
    for (let round = 0; round < 2; round++) {
      for (const vector of basis) subtract(next, vector, innerProduct(next, vector));
    }
    const length = euclideanNorm(next);
    side.push(length);
    // Nothing new is left but rounding: the basis holds all that `start` reaches.
    if (length <= 1e-10 * size || size === 0) break;
    basis.push(next.map((value) => value / length));
  }
  return { diagonal, side };
}

/** Eigenvalues of the small matrix, what share of the start each holds, and how far each is from converged. */
function ritzValues({ diagonal, side }: Tridiagonal): { value: number; share: number; residual: number }[] {
  const size = diagonal.length;
  const matrix = Matrix.zeros(size, size);
  for (let k = 0; k < size; k++) {
    matrix.set(k, k, diagonal[k]);
    if (k + 1 < size) {
      matrix.set(k, k + 1, side[k]);
      matrix.set(k + 1, k, side[k]);
    }
  }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  return realEigenvalues.map((value, k) => ({
    value,
    share: eigenvectorMatrix.get(0, k) ** 2,
    residual: Math.abs(side[size - 1] * eigenvectorMatrix.get(size - 1, k)),
  })).sort((a, b) => a.value - b.value);
}

function randomDirection(size: number, stream: RandomStream): Float64Array {
  const vector = Float64Array.from({ length: size }, () => stream.normal());
  const length = euclideanNorm(vector);
  return vector.map((value) => value / length);
}

function subtract(from: Float64Array, vector: Float64Array, times: number): void {
  for (let i = 0; i < from.length; i++) from[i] -= times * vector[i];
}
