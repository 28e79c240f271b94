/**
 * Where the energy alone (α = 0) takes the particle: E_τ is concave and unbounded below unless all a_i are 0, so it
 * never comes to rest but on a maximum.
 *
 * @module
 */
import { euclideanNorm } from "../../vectors.ts";
import { fieldAt, type Landscape } from "./landscape.ts";
import type { LatentTrajectory } from "./trajectory.ts";

/** How a particle escapes. */
export interface EscapeGrowth {
  /** The slope of log‖Z_k‖ against log k over the last half of the steps. */
  readonly exponent: number;
  /** What the exponent tends to: 2 with μ = 1, 1 with |μ| < 1. */
  readonly expectedExponent: number;
  /** ‖Z_k‖/k^expectedExponent at the last step. */
  readonly rate: number;
  /** What that tends to: β‖a‖/2 or β‖a‖/(1 − μ), with a = −∇E_τ at the last position. */
  readonly expectedRate: number;
}

/**
 * The growth of a trajectory of eq. 1 with α = 0 and constant β beside what a constant force gives: far out p is
 * constant, so the force is.
 *
 * @throws {RangeError} for |μ| ≥ 1 other than μ = 1, and for fewer than 4 steps
 */
export function escapeGrowth(
  landscape: Landscape,
  { positions }: LatentTrajectory,
  { mu, beta }: { mu: number; beta: number },
): EscapeGrowth {
  const last = positions.length - 1;
  if (last < 4) throw new RangeError(`Cannot tell how a particle escapes from ${last} steps: 4 are needed`);
  if (mu !== 1 && Math.abs(mu) >= 1) {
    throw new RangeError(`Cannot tell how a particle escapes unless |mu| < 1 or mu = 1: mu is ${mu}`);
  }
  const middle = Math.floor(last / 2);
  const [near, far] = [middle, last].map((k) => euclideanNorm(positions[k]));
  const force = beta * euclideanNorm(fieldAt(landscape, positions[last]).gradient);
  const expectedExponent = mu === 1 ? 2 : 1;
  return {
    exponent: Math.log(far / near) / Math.log(last / middle),
    expectedExponent,
    rate: far / last ** expectedExponent,
    expectedRate: mu === 1 ? force / 2 : force / (1 - mu),
  };
}
