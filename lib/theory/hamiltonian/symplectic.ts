/**
 * Eq. 1 with α = 0 and μ = 1 as an integrator: with h = √β and momentum P = V/h it is the symplectic Euler step
 *
 *     P_{k+1} = P_k − h ∇E_τ(Z_k)        Z_{k+1} = Z_k + h P_{k+1}
 *
 * of a particle of unit mass in the potential E_τ, whose energy H = ½‖P‖² + E_τ the exact flow keeps.
 *
 * @module
 */
import { fieldAt, type Landscape } from "./landscape.ts";
import { latentDynamics, type LatentTrajectory } from "./trajectory.ts";

/** The energies of a particle at one step. */
export interface ParticleEnergy {
  /** ½‖P_k‖² */
  readonly kinetic: number;
  /** E_τ(Z_k) */
  readonly potential: number;
  /** H, their sum. */
  readonly total: number;
}

/**
 * Kinetic, potential and total energy along a trajectory.
 *
 * V_k belongs to the time half a step before Z_k. `centred` moves the momentum on to the time of Z_k by half a
 * kick, P_k − (h/2)∇E_τ(Z_k), which turns the error of H from first order in h into second.
 *
 * @param options `beta` > 0 as in the dynamics
 */
export function particleEnergies(
  landscape: Landscape,
  { positions, velocities, energy }: LatentTrajectory,
  { beta, centred = false }: { beta: number; centred?: boolean },
): ParticleEnergy[] {
  const h = Math.sqrt(beta);
  return positions.map((Z, k) => {
    const { gradient } = fieldAt(landscape, Z);
    let squares = 0;
    velocities[k].forEach((velocity, c) => {
      squares += (velocity / h - (centred ? h / 2 * gradient[c] : 0)) ** 2;
    });
    const [kinetic, potential] = [squares / 2, energy[k]];
    return { kinetic, potential, total: kinetic + potential };
  });
}

/** A particle that is followed for a time with a step h. */
export interface Flight {
  readonly Z0: ArrayLike<number>;
  /** The momentum P_0 that it starts with, [d]. */
  readonly P0: ArrayLike<number>;
  readonly time: number;
  /** h, rounded so that it divides the time. */
  readonly step: number;
}

/** max_k |H_k − H_0| over a flight with α = 0 and μ = 1: O(h), or O(h²) if `centred`. */
export function energyError(
  landscape: Landscape,
  { Z0, P0, time, step, centred }: Flight & { centred?: boolean },
): number {
  const steps = Math.round(time / step);
  const h = time / steps;
  const beta = h ** 2;
  const V0 = Float64Array.from(P0, (momentum) => h * momentum);
  const trajectory = latentDynamics(landscape, { mu: 1, alpha: 0, beta, Z0, V0, steps });
  const [first, ...rest] = particleEnergies(landscape, trajectory, { beta, centred });
  return rest.reduce((most, { total }) => Math.max(most, Math.abs(total - first.total)), 0);
}
