/**
 * Second derivatives as differences of gradients, Richardson-extrapolated.
 *
 * A central difference D(h) = (g(θ+hv) − g(θ−hv))/2h of a single-precision gradient is wrong by about h²/6·g″ for
 * the step and by σ/h for rounding, σ being the gradient's own error. (4·D(h) − D(2h))/3 has no h² term, so that h
 * can be large enough for σ to be small. How fast g bends differs by orders of magnitude between the parameters of
 * one model, hence the step is halved where D(h) and D(2h) differ much.
 *
 * @module
 */
import { euclideanNorm } from "../../parameters.ts";
import { finiteGradient, type GradientFunction } from "./gradient.ts";

/** How derivatives are taken. */
export interface DifferenceOptions {
  /** First step, which is halved where it proves too long. Default: 2⁻¹². */
  readonly step?: number;
}

/** Where differencing stands at, and how large its results are. */
export interface Difference {
  /** H·v, [P]. */
  readonly product: Float64Array;
  /** The step h that was used. */
  readonly step: number;
  /** ‖(4·D(h) − D(2h))/3 − D(h)‖: an upper estimate of what the length of the step still changes. */
  readonly truncation: number;
}

/** Halving ends where D(h) and D(2h) differ by less than this part of the largest column seen. */
const GOOD = 0.005;
/** No step is halved more often: rounding then outweighs what is gained. */
const HALVINGS = 3;

/**
 * H·v by differences of the gradient along v.
 *
 * @param direction v, [P]; not 0
 * @param options.scale the largest ‖H·v‖/‖v‖ known so far; what matters little beside it is not refined
 */
export async function differenceAlong(
  { gradient, parameters, step = 2 ** -12 }: {
    gradient: GradientFunction;
    parameters: Float32Array;
  } & DifferenceOptions,
  { direction, scale = 0 }: { direction: Float64Array; scale?: number },
): Promise<Difference> {
  const length = euclideanNorm(direction);
  const central = (h: number) => centralDifference({ gradient, parameters }, direction, h / length);
  let h = step;
  let [coarse, fine] = [await central(2 * h), await central(h)];
  let gap = distance(coarse, fine);
  for (let halvings = 0; halvings < HALVINGS; halvings++) {
    if (gap <= GOOD * Math.max(euclideanNorm(fine), scale * length)) break;
    const finer = await central(h / 2);
    const finerGap = distance(fine, finer);
    // A smooth gradient makes the gap four times smaller; a kink or rounding makes it larger.
    if (finerGap > gap) break;
    [coarse, fine, gap, h] = [fine, finer, finerGap, h / 2];
  }
  return { product: fine.map((value, i) => value + (value - coarse[i]) / 3), step: h, truncation: gap / 3 };
}

/** (g(θ+hv) − g(θ−hv))/2h */
async function centralDifference(
  { gradient, parameters }: { gradient: GradientFunction; parameters: Float32Array },
  direction: Float64Array,
  h: number,
): Promise<Float64Array> {
  const [above, below] = [
    parameters.map((value, i) => value + h * direction[i]),
    parameters.map((value, i) => value - h * direction[i]),
  ];
  // Parameters are single-precision: what they moved by is not quite 2hv.
  let [moved, wanted] = [0, 0];
  for (let i = 0; i < parameters.length; i++) {
    moved += (above[i] - below[i]) * direction[i];
    wanted += direction[i] * direction[i];
  }
  const plus = await finiteGradient(gradient, above);
  // Some engines give the same array each time.
  const copy = Float64Array.from(plus);
  const minus = await finiteGradient(gradient, below);
  return copy.map((value, i) => (value - minus[i]) * wanted / moved);
}

function distance(a: Float64Array, b: Float64Array): number {
  return euclideanNorm(a.map((value, i) => value - b[i]));
}
