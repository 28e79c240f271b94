/**
 * The whole Hessian of a model of about a thousand parameters.
 *
 * It is the Hessian of the loss where the loss has one. −log max_j p_j has kinks where two keys of a row tie, which
 * add no curvature beside them; differences over a step see them all the same, and a batch is so full of them that
 * no step is short enough. They are told apart sequence by sequence (`gradientOf`, `hessianProduct`).
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import { euclideanNorm } from "../../vectors.ts";
import { chooseStep, type Differencing, hessianProduct, unit } from "./difference.ts";
import type { GradientFunction } from "./gradient.ts";

/** A Hessian and what is known of its error. */
export interface Hessian {
  /** (M + Mᵀ)/2 with M's columns as differenced, row-major [P, P]. */
  readonly matrix: Float64Array;
  /** P. */
  readonly size: number;
  /** ‖M − Mᵀ‖/‖M‖ (Frobenius): 0 but for errors of differencing. */
  readonly symmetryError: number;
  /**
   * ‖(M − Mᵀ)/2‖₂: about how far each eigenvalue is off. The symmetric part of the error, which moves the eigenvalues
   * by no more than its own norm (Weyl), cannot be seen; the skew part is as large where columns err independently.
   */
  readonly eigenvalueError: number;
  /** How far the differences reached. */
  readonly step: number;
}

/** The most parameters of an exact Hessian: its eigenvectors take P² numbers and about P³ operations. */
export const MOST_EXACT_PARAMETERS = 3000;

/** How a Hessian is computed. */
export interface HessianOptions {
  /** How far differences reach. Default: where a sample of the matrix is most symmetric. */
  readonly step?: number;
  /** Told after each column. */
  readonly onColumn?: (done: number, size: number) => void;
  /** Ends the work, which then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * The Hessian by differencing the gradient along every parameter: four gradients a parameter.
 *
 * @param gradient of an engine (`gradientOf`) or of any loss
 * @throws {UserError} if there are more than {@linkcode MOST_EXACT_PARAMETERS}, or a gradient is not finite
 *
 * @example
 * ```ts
 * import { exactHessian } from "./exact.ts";
 * // ½(x² + 3y²)
 * const { matrix } = await exactHessian((at) => Promise.resolve([[at[0], 3 * at[1]]]), Float32Array.of(1, 2));
 * console.log(matrix);
 * ```
 */
export async function exactHessian(
  gradient: GradientFunction,
  parameters: Float32Array,
  { step: given, onColumn, signal }: HessianOptions = {},
): Promise<Hessian> {
  const size = parameters.length;
  if (size > MOST_EXACT_PARAMETERS) {
    throw new UserError(
      `Cannot compute the exact Hessian of ${size} parameters as it is limited to ${MOST_EXACT_PARAMETERS}: ` +
        `use Lanczos's method`,
    );
  }
  const centre = await gradient(parameters);
  const at = { gradient, parameters, centre };
  const step = given ?? await chooseStep(at, { signal });
  const columns = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    signal?.throwIfAborted();
    columns.set(await hessianProduct({ ...at, step }, unit(size, i)), i * size);
    onColumn?.(i + 1, size);
  }
  await repair(columns, { ...at, step, signal });
  const whole = euclideanNorm(columns);
  const relative = (value: number) => whole === 0 ? 0 : value / whole;
  const { symmetric, skew } = parts(columns, size);
  return {
    matrix: symmetric,
    size,
    symmetryError: relative(2 * euclideanNorm(skew)),
    eigenvalueError: spectralNorm(skew, size),
    step,
  };
}

/** A column is done again if it disagrees with the others so many times as much as the median column does. */
const DISAGREES = 3;

/**
 * Now and then kinks spoil most slopes of a column. Every entry but the diagonal's was measured twice, in its own
 * column and in the other's: a column that disagrees with all others is differenced over shorter and longer steps,
 * and what agrees best is kept.
 */
async function repair(
  columns: Float64Array,
  { signal, step, ...at }: Differencing & { signal?: AbortSignal },
): Promise<void> {
  const size = at.parameters.length;
  const disagreement = (i: number, column: Float64Array) => {
    let sum = 0;
    for (let j = 0; j < size; j++) if (j !== i) sum += (column[j] - columns[j * size + i]) ** 2;
    return sum;
  };
  const own = (i: number) => columns.subarray(i * size, (i + 1) * size);
  const before = Array.from({ length: size }, (_, i) => disagreement(i, own(i)));
  const median = before.toSorted((a, b) => a - b)[Math.floor(size / 2)];
  const suspects = before.map((_, i) => i).filter((i) => before[i] > DISAGREES ** 2 * median);
  for (const i of suspects.sort((a, b) => before[b] - before[a])) {
    for (const factor of [1 / 4, 1 / 2, 2]) {
      signal?.throwIfAborted();
      const again = await hessianProduct({ ...at, step: factor * step }, unit(size, i));
      if (disagreement(i, again) < disagreement(i, own(i))) own(i).set(again);
    }
  }
}

/** (M + Mᵀ)/2 and (M − Mᵀ)/2. */
function parts(matrix: Float64Array, size: number): { symmetric: Float64Array; skew: Float64Array } {
  const [symmetric, skew] = [new Float64Array(size * size), new Float64Array(size * size)];
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [here, there] = [matrix[i * size + j], matrix[j * size + i]];
      symmetric[i * size + j] = (here + there) / 2;
      skew[i * size + j] = (here - there) / 2;
    }
  }
  return { symmetric, skew };
}

/** ‖A‖₂ of a skew matrix by the power method on −A², which is enough for an error's size. */
function spectralNorm(skew: Float64Array, size: number): number {
  let vector = Float64Array.from({ length: size }, (_, i) => 1 + Math.sin(i + 1));
  let value = 0;
  for (let round = 0; round < 60; round++) {
    const length = euclideanNorm(vector);
    if (length === 0) return 0;
    const unit = vector.map((entry) => entry / length);
    vector = multiply(skew, unit);
    value = euclideanNorm(vector);
  }
  return value;
}

/** The product of a square matrix and a vector. */
export function multiply(matrix: Float64Array, vector: Float64Array): Float64Array<ArrayBuffer> {
  const size = vector.length;
  const product = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += matrix[i * size + j] * vector[j];
    product[i] = sum;
  }
  return product;
}
