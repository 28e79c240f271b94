/**
 * What ½‖Z‖² changes: E_τ alone is concave and has no wells; E_τ + ½‖Z‖² is the energy of modern Hopfield networks
 * (Ramsauer et al., arXiv 2008.02217), bounded below and with wells.
 *
 * Eq. 1 holds that term already: where W_V = W_QᵀW_K/√d, that is v_i = a_i, it reads V' = μV − ∇U(Z) with
 * U = (α + β)E_τ + ½α‖Z‖², a heavy ball on this energy.
 *
 * @module
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { energyHessian, fieldAt, type Landscape } from "./landscape.ts";

/** E_τ(Z) + ½‖Z‖² */
export function confinedEnergy(landscape: Landscape, Z: ArrayLike<number>): number {
  let squares = 0;
  for (let c = 0; c < Z.length; c++) squares += Z[c] ** 2;
  return fieldAt(landscape, Z).energy + squares / 2;
}

/** A local minimum of E_τ + ½‖Z‖². */
export interface Well {
  readonly position: Float64Array;
  /** E_τ + ½‖Z‖² there. */
  readonly energy: number;
  /** Which of the a_i lie in its basin of the iteration Z ← −∇E_τ(Z). */
  readonly tokens: readonly number[];
}

/**
 * The wells that the iteration Z ← −∇E_τ(Z) = Σ p_i a_i reaches from the a_i, where E_τ + ½‖Z‖² falls at every step.
 * Saddles, on which a symmetric start may end, are left out.
 *
 * @param options `iterations` at most, from each a_i
 */
export function wells(
  landscape: Landscape,
  { iterations = 10_000 }: { iterations?: number } = {},
): Well[] {
  const { count, dimension, keys } = landscape;
  const scale = Math.max(...keys.map(Math.abs));
  const found: { position: Float64Array; tokens: number[] }[] = [];
  for (let token = 0; token < count; token++) {
    const start = keys.slice(token * dimension, (token + 1) * dimension);
    const position = settled(landscape, start, { iterations, tolerance: 1e-13 * scale });
    const known = found.find((each) => distance(each.position, position) <= 1e-6 * scale);
    if (known) known.tokens.push(token);
    else if (leastCurvature(landscape, position) > 0) found.push({ position, tokens: [token] });
  }
  return found.map((each) => ({ ...each, energy: confinedEnergy(landscape, each.position) }));
}

function settled(
  landscape: Landscape,
  start: Float64Array,
  { iterations, tolerance }: { iterations: number; tolerance: number },
): Float64Array {
  let position = start;
  for (let k = 0; k < iterations; k++) {
    const next = fieldAt(landscape, position).gradient.map((entry) => -entry);
    const moved = distance(position, next);
    position = next;
    if (moved <= tolerance) break;
  }
  return position;
}

const distance = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((entry, c) => entry - b[c]));

/** The least eigenvalue of I + ∇²E_τ(Z). */
function leastCurvature(landscape: Landscape, Z: Float64Array): number {
  const { dimension } = landscape;
  const hessian = Matrix.eye(dimension, dimension).add(energyHessian(landscape, Z));
  return Math.min(...new EigenvalueDecomposition(hessian, { assumeSymmetric: true }).realEigenvalues);
}
