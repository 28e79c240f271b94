import type { Gate } from "./gate.ts";

/** Whether a property holds, and if not, an entropy (or two) where it fails. */
export interface GateProperty {
  readonly holds: boolean;
  /** The entropies concerned, with the gate's values there in a sentence. */
  readonly witness?: { readonly entropies: readonly number[]; readonly because: string };
}

/** The four properties that B.4 asks of α(S_q). */
export interface GateProperties {
  /** 0 < α ≤ 1. */
  readonly positivity: GateProperty;
  /** More entropy never means a smaller step. */
  readonly monotonicity: GateProperty;
  /** αβ < 1 with the β that was given; without one, with some β > 0, which asks for nothing but a finite α. */
  readonly contraction: GateProperty;
  /** α ≥ 1 − tolerance at the largest entropy. */
  readonly saturation: GateProperty;
}

/**
 * Checks any α(S_q) for the four properties of B.4, on a grid over [0, S_max] with both ends.
 *
 * B.4 says of β only that it must exist. Read so, the third property is empty: β = 1/(2α) will do. Read with the
 * theorem's bound as β it can be checked, but it is not what convergence needs: the step (1−α)Z + αF(X+Z) has a
 * derivative of norm up to 1 − α + αβ (plus what α's own change adds), which is < 1 only if β is.
 *
 * @param options.maximum S_max, such as {@linkcode maximumEntropy}'s
 * @param options.bound β(S)
 * @param options.tolerance what "≈ 1" allows. Default: 0.05
 * @param options.points of the grid. Default: 1001
 * @throws {RangeError} if maximum is not > 0
 */
export function gateProperties(
  gate: Gate,
  { maximum, bound, tolerance = 0.05, points = 1001 }: {
    readonly maximum: number;
    readonly bound?: (entropy: number) => number;
    readonly tolerance?: number;
    readonly points?: number;
  },
): GateProperties {
  if (!(maximum > 0 && maximum < Infinity)) {
    throw new RangeError(`Cannot check a gate as maximum must be > 0: current value is ${maximum}`);
  }
  const grid = Array.from({ length: points }, (_, i) => {
    const entropy = maximum * i / (points - 1);
    return { entropy, step: gate(entropy) };
  });
  const last = grid[points - 1];
  const failing = (
    fails: (at: typeof last) => boolean,
    because: (at: typeof last) => string,
  ): GateProperty => {
    const witness = grid.find(fails);
    if (!witness) return { holds: true };
    return { holds: false, witness: { entropies: [witness.entropy], because: because(witness) } };
  };
  const falls = grid.findIndex(({ step }, i) => i > 0 && !(step >= grid[i - 1].step));
  return {
    positivity: failing(({ step }) => !(step > 0 && step <= 1), ({ step }) => `α = ${step}`),
    monotonicity: falls < 0 ? { holds: true } : {
      holds: false,
      witness: {
        entropies: [grid[falls - 1].entropy, grid[falls].entropy],
        because: `α goes from ${grid[falls - 1].step} to ${grid[falls].step}`,
      },
    },
    contraction: bound
      ? failing(
        ({ entropy, step }) => !(step * bound(entropy) < 1),
        ({ entropy, step }) => `αβ = ${step * bound(entropy)}`,
      )
      : failing(({ step }) => !Number.isFinite(step), ({ step }) => `α = ${step}`),
    saturation: last.step >= 1 - tolerance ? { holds: true } : {
      holds: false,
      witness: { entropies: [maximum], because: `α = ${last.step}` },
    },
  };
}
