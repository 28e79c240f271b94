/**
 * The latent dynamics of eq. 1.
 *
 * @module
 */
import { fieldAt, type Landscape } from "./landscape.ts";

/** The coefficients of eq. 1. */
export interface DynamicsParameters {
  /** μ, the share of the velocity that is kept. */
  readonly mu: number;
  /** α, the coupling to F_τ(Z) − Z. */
  readonly alpha: number;
  /** β, the pull of the energy: one number, or β_k for each step from k to k + 1. */
  readonly beta: number | ArrayLike<number>;
}

/** Where the particle starts, and how long it moves. */
export interface Launch {
  /** Z_0, [d] */
  readonly Z0: ArrayLike<number>;
  /** V_0, [d]; at rest unless given. */
  readonly V0?: ArrayLike<number>;
  readonly steps: number;
}

/** A particle's way: each list has an entry for k = 0 … steps. */
export interface LatentTrajectory {
  readonly positions: readonly Float64Array[];
  readonly velocities: readonly Float64Array[];
  /** E_τ(Z_k) */
  readonly energy: readonly number[];
  /**
   * The first step at which position, velocity or energy was no finite number, if there was one: the lists end
   * before it.
   */
  readonly leftRangeAt?: number;
}

/**
 * Iterates eq. 1:
 *
 *     V_{k+1} = μ V_k + α (F_τ(Z_k) − Z_k) − β_k ∇E_τ(Z_k)        Z_{k+1} = Z_k + V_{k+1}
 *
 * @throws {RangeError} if a list of β_k has not one entry a step, or Z_0 or V_0 has not d entries
 *
 * @example
 * ```ts
 * import { attentionLandscape } from "./landscape.ts";
 * import { latentDynamics } from "./trajectory.ts";
 * const weights = { X: [[1], [-1]], WQ: [[2]], WK: [[1]], WV: [[1]], tau: 0.1 };
 * const launch = { Z0: [0.1], steps: 50 };
 * const { positions } = latentDynamics(attentionLandscape(weights), {
 *   mu: 0.5,
 *   alpha: 0.5,
 *   beta: 0,
 *   ...launch,
 * });
 * console.log(positions.at(-1)); // near 1, the value of the token that was closer
 * ```
 */
export function latentDynamics(
  landscape: Landscape,
  { mu, alpha, beta, Z0, V0 = new Float64Array(Z0.length), steps }: DynamicsParameters & Launch,
): LatentTrajectory {
  const { dimension } = landscape;
  for (const [name, { length }] of Object.entries({ Z0, V0 })) {
    if (length !== dimension) {
      throw new RangeError(`Cannot start from ${name} of ${length} entries as tokens have ${dimension}`);
    }
  }
  if (typeof beta !== "number" && beta.length !== steps) {
    throw new RangeError(`Cannot take ${steps} steps with ${beta.length} values of beta`);
  }
  const positions: Float64Array[] = [];
  const velocities: Float64Array[] = [];
  const energy: number[] = [];
  let Z = Float64Array.from(Z0);
  let V = Float64Array.from(V0);
  for (let k = 0;; k++) {
    const field = fieldAt(landscape, Z);
    if (!Number.isFinite(field.energy) || !isFinite(Z) || !isFinite(V)) {
      return { positions, velocities, energy, leftRangeAt: k };
    }
    positions.push(Z);
    velocities.push(V);
    energy.push(field.energy);
    if (k === steps) return { positions, velocities, energy };
    const pull = typeof beta === "number" ? beta : beta[k];
    [Z, V] = step({ Z, V }, { ...field, mu, alpha, pull });
  }
}

function isFinite(vector: Float64Array): boolean {
  for (let c = 0; c < vector.length; c++) if (!Number.isFinite(vector[c])) return false;
  return true;
}

function step(
  { Z, V }: { Z: Float64Array; V: Float64Array },
  { mu, alpha, pull, retrieved, gradient }: {
    mu: number;
    alpha: number;
    pull: number;
    retrieved: Float64Array;
    gradient: Float64Array;
  },
): [Z: Float64Array<ArrayBuffer>, V: Float64Array<ArrayBuffer>] {
  const velocity = new Float64Array(Z.length);
  const position = new Float64Array(Z.length);
  for (let c = 0; c < Z.length; c++) {
    velocity[c] = mu * V[c] + alpha * (retrieved[c] - Z[c]) - pull * gradient[c];
    position[c] = Z[c] + velocity[c];
  }
  return [position, velocity];
}
