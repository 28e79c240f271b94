/**
 * Second derivatives as differences of gradients.
 *
 * The gradient is taken at five points of a line, θ and θ ± h/2·v, θ ± h·v, which gives four slopes. Where all agree,
 * their combination without an h² error is the derivative. Where a kink of the loss lies between two of the points,
 * that slope stands out by (jump)/(h/2), however short h is, and is left out: what remains is the derivative of the
 * loss where it has one.
 *
 * @module
 */
import { euclideanNorm } from "../../vectors.ts";
import { randomStream } from "../../random.ts";
import { mean } from "../../statistics.ts";
import type { GradientFunction } from "./gradient.ts";

/** A loss's gradient, where, and how far a difference reaches. */
export interface Differencing {
  readonly gradient: GradientFunction;
  /** θ, [P] */
  readonly parameters: Float32Array;
  /** h: how far ‖h·v‖ the outermost points are. */
  readonly step: number;
  /** Parts of the gradient at θ itself. */
  readonly centre: readonly ArrayLike<number>[];
}

/** A slope stands out if it is further from the two closest than so many times their distance. */
const OUTLIER = 2;

/** H·v, [P], for a direction v ≠ 0. */
export async function hessianProduct(
  { gradient, parameters, step, centre }: Differencing,
  direction: Float64Array,
): Promise<Float64Array<ArrayBuffer>> {
  const length = euclideanNorm(direction);
  const points: { readonly at: number; readonly parts: readonly ArrayLike<number>[] }[] = [];
  for (const at of [-step, -step / 2, 0, step / 2, step]) {
    if (at === 0) {
      points.push({ at, parts: centre });
      continue;
    }
    const moved = parameters.map((value, i) => value + at / length * direction[i]);
    // Parameters are single-precision: how far they have moved along v is not quite what was asked.
    let reached = 0;
    for (let i = 0; i < moved.length; i++) reached += (moved[i] - parameters[i]) * direction[i] / length;
    const parts = await gradient(moved);
    // Some engines give the same array each time.
    points.push({ at: reached, parts: parts.map((part) => Float64Array.from(part)) });
  }
  const product = new Float64Array(parameters.length);
  for (let part = 0; part < centre.length; part++) {
    const slopes = points.slice(1).map(({ at, parts }, k) => {
      const before = points[k];
      return Float64Array.from(
        product,
        (_, j) => (parts[part][j] - before.parts[part][j]) / (at - before.at),
      );
    });
    // A loss that comes as one part has no kinks to keep apart.
    const derivative = centre.length > 1 ? agreed(slopes) : extrapolated(slopes);
    for (let j = 0; j < product.length; j++) product[j] += length * derivative[j] / centre.length;
  }
  return product;
}

/** The derivative that four neighbouring slopes agree on. */
function agreed(slopes: readonly Float64Array[]): Float64Array {
  const distances = slopes.map((a) => slopes.map((b) => distance(a, b)));
  let [first, second] = [1, 2];
  for (let a = 0; a < slopes.length; a++) {
    for (let b = a + 1; b < slopes.length; b++) {
      if (distances[a][b] < distances[first][second]) [first, second] = [a, b];
    }
  }
  const limit = OUTLIER * distances[first][second];
  const kept = slopes.filter((_, k) => Math.min(distances[k][first], distances[k][second]) <= limit);
  if (kept.length < slopes.length) return kept[0].map((_, j) => mean(kept.map((slope) => slope[j])));
  return extrapolated(slopes);
}

/** Richardson: 4/3 of the inner difference less 1/3 of the whole one. */
function extrapolated(slopes: readonly Float64Array[]): Float64Array {
  return slopes[0].map((_, j) => {
    const [a, b, c, d] = slopes.map((slope) => slope[j]);
    return 4 / 3 * (b + c) / 2 - 1 / 3 * (a + b + c + d) / 4;
  });
}

/** Steps that {@linkcode chooseStep} tries. */
const STEPS = [-16, -15, -14, -13, -12, -10].map((power) => 2 ** power);
/** Parameters on which it tries them. */
const SAMPLE = 16;

/**
 * The step at which the sharpest part of the Hessian is most symmetric: short ones suffer from the gradient's
 * rounding, long ones from how it bends and from kinks, and each parameter's column errs in its own way.
 */
export async function chooseStep(
  { gradient, parameters, centre }: Omit<Differencing, "step">,
  { signal }: { signal?: AbortSignal } = {},
): Promise<number> {
  const size = parameters.length;
  const along = (direction: Float64Array, step: number) =>
    hessianProduct({ gradient, parameters, centre, step }, direction);
  // A sharp direction that some parameter takes part in shows in H·v at that parameter.
  const stream = randomStream(0, "sample of the Hessian");
  const seen = await along(Float64Array.from({ length: size }, () => stream.normal()), 2 ** -12);
  const sharpest = Array.from(seen.keys()).sort((a, b) => Math.abs(seen[b]) - Math.abs(seen[a]));
  const sample = sharpest.slice(0, SAMPLE);
  let [best, least] = [STEPS[0], Infinity];
  for (const step of STEPS) {
    const block: number[][] = [];
    for (const i of sample) {
      signal?.throwIfAborted();
      const column = await along(unit(size, i), step);
      block.push(sample.map((j) => column[j]));
    }
    let asymmetry = 0;
    block.forEach((row, a) => row.forEach((value, b) => asymmetry += (value - block[b][a]) ** 2));
    if (asymmetry < least) [best, least] = [step, asymmetry];
  }
  return best;
}

/** The unit vector along parameter i. */
export function unit(size: number, i: number): Float64Array {
  const vector = new Float64Array(size);
  vector[i] = 1;
  return vector;
}

function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
