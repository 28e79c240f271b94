/**
 * What all ways to a fixed point z = F(z) share: the loop, its trace and its reasons for stopping.
 *
 * @module
 */
import { euclideanNorm } from "../../vectors.ts";

/** A map F of a flat vector to one of the same length; it neither changes nor keeps its argument. */
export type VectorMap = (point: Float64Array) => Float64Array;

/** When an iteration starts and stops. */
export interface FixedPointOptions {
  /** z₀. */
  readonly start: Float64Array;
  /** Converged where ‖F(z)−z‖₂ ≤ tolerance·max(1, ‖z‖₂). Default: 1e-10. */
  readonly tolerance?: number;
  /** Most evaluations of F. Default: 1000. */
  readonly limit?: number;
  /** Diverged where ‖z‖₂ is beyond it, or not a number. Default: 1e8. */
  readonly escape?: number;
}

/**
 * Why an iteration stopped.
 * - `converged`: the residual is within the tolerance;
 * - `cycle`: the iterates return to where they were two steps before, within the tolerance, and stay apart;
 * - `diverged`: they left the ball of radius `escape`;
 * - `limit`: none of these within `limit` evaluations.
 */
export type StopReason = "converged" | "cycle" | "diverged" | "limit";

/** Where an iteration came to, and how. */
export interface FixedPointResult {
  /** The last iterate whose residual is known: the fixed point if `reason` is "converged". */
  readonly point: Float64Array;
  /** ‖F(z_k)−z_k‖₂ for k = 0, 1, …: one for each evaluation of F. */
  readonly residuals: readonly number[];
  /** Evaluations of F. */
  readonly iterations: number;
  readonly reason: StopReason;
  /** The two points between which the iteration goes to and fro, if `reason` is "cycle". */
  readonly cycle?: readonly [Float64Array, Float64Array];
}

/** Chooses z_{k+1} from z_k and F(z_k). */
export type NextPoint = (point: Float64Array, image: Float64Array) => Float64Array;

/**
 * Runs z_{k+1} = next(z_k, F(z_k)).
 *
 * Slow alternating convergence looks like a 2-cycle for a while: the iterates must return within the tolerance while
 * two neighbours are farther apart than its square root.
 *
 * @param options.cycles whether to look for 2-cycles: only where z_{k+1} depends on z_k alone
 * @throws {RangeError} if an option is out of range or F changes the length of its argument
 */
export function iterate(
  map: VectorMap,
  { start, tolerance = 1e-10, limit = 1000, escape = 1e8, next, cycles }: FixedPointOptions & {
    readonly next: NextPoint;
    readonly cycles: boolean;
  },
): FixedPointResult {
  assertOptions({ start, tolerance, limit, escape });
  const residuals: number[] = [];
  const result = (reason: StopReason, cycle?: readonly [Float64Array, Float64Array]): FixedPointResult => ({
    point,
    residuals,
    iterations: residuals.length,
    reason,
    ...cycle && { cycle },
  });
  let point: Float64Array = start.slice();
  let previous: Float64Array | undefined;
  while (true) {
    const image = map(point);
    if (image.length !== point.length) {
      throw new RangeError(
        `Cannot iterate a map that makes ${image.length} numbers of ${point.length}: it must keep the length`,
      );
    }
    const residual = distance(image, point);
    residuals.push(residual);
    const scale = Math.max(1, euclideanNorm(point));
    if (residual <= tolerance * scale) return result("converged");
    if (residuals.length >= limit) return result(Number.isFinite(residual) ? "limit" : "diverged");
    const following = next(point, image);
    // NaN is not ≤ anything.
    if (!(euclideanNorm(following) <= escape)) return result("diverged");
    const apart = distance(following, point) > Math.sqrt(tolerance) * scale;
    if (cycles && apart && previous && distance(following, previous) <= tolerance * scale) {
      return result("cycle", [point, following]);
    }
    [previous, point] = [point, following];
  }
}

/** ‖a−b‖₂ of two vectors of the same length. */
export function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

function assertOptions(
  { start, tolerance, limit, escape }: Required<FixedPointOptions>,
): void {
  const refuse = (name: string, wanted: string, value: unknown) =>
    new RangeError(`Cannot iterate to a fixed point as ${name} must be ${wanted}: current value is ${value}`);
  if (!start.every(Number.isFinite)) throw refuse("start", "finite", start.find((z) => !Number.isFinite(z)));
  if (!(tolerance > 0 && tolerance < 1)) throw refuse("tolerance", "in (0, 1)", tolerance);
  if (!(Number.isInteger(limit) && limit > 0)) throw refuse("limit", "a whole number > 0", limit);
  if (!(escape > 0)) throw refuse("escape", "> 0", escape);
}
