/**
 * The landscape near a point as a river in a valley (Wen et al. 2024; Gong & Teng 2025): the steep directions of the
 * Hessian are the valley's walls, all others the river along its floor.
 *
 * Everything is in coordinates of the eigenvectors (`coordinates`), where the split is a choice of entries.
 *
 * @module
 */

/** A split of the eigenvectors. */
export interface RiverValley {
  /** ε as a part of the largest eigenvalue: the valley has λ > ε·λ_max, the river all else, λ < 0 among it. */
  readonly threshold: number;
  /** Whether eigenvector k belongs to the valley, [P]. */
  readonly inValley: readonly boolean[];
  readonly valleyDimension: number;
  /** κ, the valley's largest eigenvalue over its smallest: ≤ 1 + δ for a U-shaped valley, ≫ 1 for a V-shaped one. */
  readonly condition: number;
}

/** How a vector lies to the split. */
export interface SplitVector {
  /** Length of its part in the river. */
  readonly along: number;
  /** Length of its part in the valley. */
  readonly across: number;
  /** across²/(along² + across²). A vector of random direction has valleyDimension/P. */
  readonly acrossShare: number;
}

/** A path of several steps, seen along the river and across the valley. */
export interface Movement {
  /** Each step's parts. */
  readonly steps: readonly SplitVector[];
  /** Mean cosine between the valley parts of successive steps: negative where the path hops from wall to wall. */
  readonly acrossCosine: number;
  /** The same along the river: near 1 where the path flows. */
  readonly alongCosine: number;
  /** Length of the way from start to end over the length of the path, in the valley: small where the path hops. */
  readonly acrossProgress: number;
  /** The same along the river. */
  readonly alongProgress: number;
}

/**
 * Splits at a threshold.
 *
 * @param eigenvalues ascending
 * @param options.threshold in (0, 1)
 * @throws {RangeError} if the threshold is outside, or no eigenvalue is positive
 */
export function riverValley(
  eigenvalues: ArrayLike<number>,
  { threshold }: { threshold: number },
): RiverValley {
  const largest = eigenvalues[eigenvalues.length - 1];
  if (!(threshold > 0 && threshold < 1)) {
    throw new RangeError(`Cannot split at ${threshold}: a threshold must be > 0 and < 1`);
  }
  if (!(largest > 0)) throw new RangeError("Cannot split a spectrum without a positive eigenvalue");
  const inValley = Array.from(eigenvalues, (value) => value > threshold * largest);
  const valley = Array.from(eigenvalues).filter((_, k) => inValley[k]);
  return { threshold, inValley, valleyDimension: valley.length, condition: largest / valley[0] };
}

/** A vector's parts. */
export function splitVector(
  vector: ArrayLike<number>,
  { inValley }: Pick<RiverValley, "inValley">,
): SplitVector {
  let [along, across] = [0, 0];
  for (let k = 0; k < vector.length; k++) {
    if (inValley[k]) across += vector[k] ** 2;
    else along += vector[k] ** 2;
  }
  const whole = along + across;
  return {
    along: Math.sqrt(along),
    across: Math.sqrt(across),
    acrossShare: whole > 0 ? across / whole : NaN,
  };
}

/** The part of a vector in the river or in the valley. */
export function partOf(
  vector: ArrayLike<number>,
  { inValley, part }: Pick<RiverValley, "inValley"> & { part: "river" | "valley" },
): Float64Array {
  return Float64Array.from(vector, (value, k) => inValley[k] === (part === "valley") ? value : 0);
}

/** The river's direction of descent: the unit vector along the river's part of −g. */
export function riverDirection(
  gradient: ArrayLike<number>,
  { inValley }: Pick<RiverValley, "inValley">,
): Float64Array {
  const part = partOf(gradient, { inValley, part: "river" });
  const length = Math.hypot(...part);
  return part.map((value) => length > 0 ? -value / length : 0);
}

/**
 * Movement along and across.
 *
 * @param steps successive displacements, each [P]
 */
export function movement(
  steps: readonly ArrayLike<number>[],
  { inValley }: Pick<RiverValley, "inValley">,
): Movement {
  const of = (part: "river" | "valley") => {
    const parts = steps.map((step) => partOf(step, { inValley, part }));
    const lengths = parts.map((each) => Math.hypot(...each));
    const cosines = parts.slice(1).map((each, k) =>
      each.reduce((sum, value, i) => sum + value * parts[k][i], 0) / (lengths[k] * lengths[k + 1])
    );
    const net = parts.reduce((sum, each) => sum.map((value, i) => value + each[i]));
    return {
      cosine: cosines.reduce((sum, each) => sum + each, 0) / cosines.length,
      progress: Math.hypot(...net) / lengths.reduce((sum, each) => sum + each, 0),
    };
  };
  const [river, valley] = [of("river"), of("valley")];
  return {
    steps: steps.map((step) => splitVector(step, { inValley })),
    acrossCosine: valley.cosine,
    alongCosine: river.cosine,
    acrossProgress: valley.progress,
    alongProgress: river.progress,
  };
}
