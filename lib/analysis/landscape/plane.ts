/**
 * Planes in parameter space: the parameters at (α, β) are origin + α·a + β·b.
 *
 * @module
 */
import { euclideanNorm, innerProduct } from "../../vectors.ts";

/** An origin and two directions, each flat as the parameters are. */
export interface Plane {
  readonly origin: Float32Array;
  /** The direction a. */
  readonly alpha: Float32Array;
  /** The direction b. */
  readonly beta: Float32Array;
}

/** A place in a plane. */
export interface Coordinates {
  readonly alpha: number;
  readonly beta: number;
}

/** A place in a plane, and how far from it the parameters lie that were projected there. */
export interface Projection extends Coordinates {
  /** Euclidean distance from the plane. */
  readonly distance: number;
}

/** The parameters at a place: summed in double precision, then rounded to float32. */
export function parametersAt(
  { origin, alpha: a, beta: b }: Plane,
  { alpha, beta }: Coordinates,
): Float32Array {
  return origin.map((value, i) => value + alpha * a[i] + beta * b[i]);
}

/** The place in the plane that is nearest to the parameters; the directions need not be orthogonal. */
export function projectOnto({ origin, alpha: a, beta: b }: Plane, parameters: Float32Array): Projection {
  const offset = Float64Array.from(parameters, (value, i) => value - origin[i]);
  const [aa, ab, bb] = [innerProduct(a, a), innerProduct(a, b), innerProduct(b, b)];
  const [ao, bo] = [innerProduct(a, offset), innerProduct(b, offset)];
  const determinant = aa * bb - ab * ab;
  const alpha = (bb * ao - ab * bo) / determinant;
  const beta = (aa * bo - ab * ao) / determinant;
  const rest = offset.map((value, i) => value - alpha * a[i] - beta * b[i]);
  return { alpha, beta, distance: euclideanNorm(rest) };
}
