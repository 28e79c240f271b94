/**
 * Gradients through eq. 1, by its adjoint: what training an embedding for the dynamics needs.
 *
 * @module
 */
import { fieldAt, type Landscape } from "./landscape.ts";
import { type DynamicsParameters, latentDynamics, type Launch } from "./trajectory.ts";

/** The gradient of a function of the last position. */
export interface TrajectoryGradient {
  /** With respect to the a_i, [n, d]. */
  readonly keys: Float64Array;
  /** With respect to the v_i, [n, d]. */
  readonly values: Float64Array;
  /** [d] */
  readonly Z0: Float64Array;
  /** [d] */
  readonly V0: Float64Array;
}

/**
 * The last position Z_K of eq. 1 and a way back from it: `pullBack` takes the gradient of a function with respect to
 * Z_K to that with respect to keys, values and start.
 *
 * @throws {RangeError} as {@linkcode latentDynamics}, or if the trajectory leaves the range of numbers
 */
export function differentiableDynamics(
  landscape: Landscape,
  problem: DynamicsParameters & Launch,
): { last: Float64Array; pullBack: (gradient: ArrayLike<number>) => TrajectoryGradient } {
  const { mu, alpha, beta, steps } = problem;
  const { positions, leftRangeAt } = latentDynamics(landscape, problem);
  if (leftRangeAt !== undefined) {
    throw new RangeError(
      `Cannot differentiate a trajectory that leaves the range of numbers at ${leftRangeAt}`,
    );
  }
  const { count, dimension, tau, keys, values } = landscape;
  const pullBack = (gradient: ArrayLike<number>): TrajectoryGradient => {
    const result = {
      keys: new Float64Array(keys.length),
      values: new Float64Array(values.length),
      Z0: Float64Array.from(gradient),
      V0: new Float64Array(dimension),
    };
    const { Z0: position, V0: velocity } = result;
    const attracted = new Float64Array(count);
    for (let k = steps - 1; k >= 0; k--) {
      const pull = typeof beta === "number" ? beta : beta[k];
      const Z = positions[k];
      const { attention } = fieldAt(landscape, Z);
      // Z_{k+1} = Z_k + V_{k+1}: whatever moves V_{k+1} moves Z_{k+1}. The force is Σ p_i w_i − αZ, w_i = αv_i + βa_i.
      for (let c = 0; c < dimension; c++) velocity[c] += position[c];
      let mean = 0;
      for (let i = 0, at = 0; i < count; i++) {
        let along = 0;
        for (let c = 0; c < dimension; c++, at++) {
          along += (alpha * values[at] + pull * keys[at]) * velocity[c];
        }
        attracted[i] = along;
        mean += attention[i] * along;
      }
      for (let c = 0; c < dimension; c++) position[c] -= alpha * velocity[c];
      for (let i = 0, at = 0; i < count; i++) {
        const score = attention[i] * (attracted[i] - mean) / tau;
        for (let c = 0; c < dimension; c++, at++) {
          position[c] += score * keys[at];
          result.keys[at] += score * Z[c] + pull * attention[i] * velocity[c];
          result.values[at] += alpha * attention[i] * velocity[c];
        }
      }
      for (let c = 0; c < dimension; c++) velocity[c] *= mu;
    }
    return result;
  };
  return { last: positions[positions.length - 1], pullBack };
}
