/**
 * A test for one sudden change in a training curve: what "phase transition" (§5.6, §7.1) asks of it.
 *
 * H₀: the series is a smooth function of the logarithm of the step, plus autocorrelated noise. Smooth is a polynomial in
 * ln(step + first step), as learning slows down with time; its degree, at most 8, is the one of least BIC. H₁: the
 * series also jumps once. For each gap between neighbours a jump there is added to the regression; the gap where it
 * explains most is the change point, its |t| (with the sum of squares under H₀) the statistic. Its distribution under H₀
 * comes from series drawn anew: the smooth curve plus first-order autoregressive noise whose innovations are the
 * residuals' own times normal numbers (a wild bootstrap: noise may be larger in some parts). The location's interval
 * comes from series drawn about the curve with the jump.
 *
 * A jump among the first or last `margin` points cannot be seen, nor can one be told from a rise between two
 * neighbouring points: evaluate more often to tell.
 *
 * @module
 */
import { type RandomStream, randomStream } from "../random.ts";
import { quantile } from "../statistics.ts";
import { euclideanNorm, innerProduct } from "../vectors.ts";

/** A value at a training step. */
export interface SeriesPoint {
  readonly step: number;
  readonly value: number;
}

/** What {@linkcode changePoint} found. */
export interface ChangePoint {
  /** Middle of the gap with the jump that explains most, in steps. */
  readonly step: number;
  /** Its size: value after less value before. */
  readonly jump: number;
  /** How often a smooth curve shows a jump that explains so much. */
  readonly p: number;
  /** 95 % interval of the step, given that there is a jump. */
  readonly interval: readonly [low: number, high: number];
  /** Of the smooth curve. */
  readonly degree: number;
  /** Of neighbouring points' noise under H₀. */
  readonly autocorrelation: number;
}

/** How {@linkcode changePoint} looks for a change. */
export interface ChangePointOptions {
  readonly seed: number;
  /** Fewest points before and after the jump. Default: 5 */
  readonly margin?: number;
  /** Series drawn, for p and for the interval. Default: 999 */
  readonly resamples?: number;
}

const MOST_DEGREE = 8;

/**
 * Looks for one jump in a series.
 *
 * @param series ascending in step from ≥ 0 on, at least 30 points
 * @throws {RangeError} if the series is too short, not ascending or not finite, or an option is out of range
 *
 * @example
 * ```ts
 * import { changePoint } from "./change_point.ts";
 * const series = Array.from({ length: 60 }, (_, i) => ({ step: i, value: i < 20 ? 0 : 1 }));
 * console.log(changePoint(series, { seed: 0 }).step); // 19.5
 * ```
 */
export function changePoint(
  series: readonly SeriesPoint[],
  { seed, margin = 5, resamples = 999 }: ChangePointOptions,
): ChangePoint {
  assertArguments(series, { margin, resamples });
  const steps = series.map(({ step }) => step);
  const y = series.map(({ value }) => value);
  const basis = smoothBasis(steps, y);
  const jumps = jumpRegressors(basis, { n: y.length, margin });

  const smooth = fitted(y, basis);
  const noise = noiseOf(y, smooth);
  const statistic = (values: readonly number[]) => {
    const most = strongest(values, jumps);
    const rest = minus(values, fitted(values, basis));
    return { ...most, t: most.along === 0 ? 0 : Math.abs(most.along) / euclideanNorm(rest) };
  };
  const found = statistic(y);
  const nullStream = randomStream(seed, "no change");
  const nullValues = Array.from({ length: resamples }, () => statistic(drawn(smooth, noise, nullStream)).t);

  // The regressors are orthonormal to the smooth ones, so the jump's part of the fit is simply added.
  const broken = smooth.map((value, i) => value + found.along * found.regressor[i]);
  const brokenNoise = noiseOf(y, broken);
  const stream = randomStream(seed, "change");
  const middle = (gap: number) => (steps[gap] + steps[gap + 1]) / 2;
  const located = Array.from(
    { length: resamples },
    () => middle(strongest(drawn(broken, brokenNoise, stream), jumps).gap),
  );
  return {
    step: middle(found.gap),
    jump: found.along / found.length,
    p: (1 + nullValues.filter((t) => t >= found.t).length) / (1 + resamples),
    interval: [quantile(located, 0.025), quantile(located, 0.975)],
    degree: basis.length - 1,
    autocorrelation: noise.autocorrelation,
  };
}

/** An orthonormal basis of the polynomials in ln(step + first step) of the degree with the least BIC. */
function smoothBasis(steps: readonly number[], y: readonly number[]): number[][] {
  const n = steps.length;
  const offset = steps.find((step) => step > 0)!;
  const u = steps.map((step) => Math.log(step + offset));
  const [low, high] = [u[0], u[n - 1]];
  const scaled = u.map((each) => 2 * (each - low) / (high - low) - 1);
  const basis: number[][] = [];
  let best = { criterion: Infinity, size: 0 };
  for (let size = 1; size <= MOST_DEGREE + 1; size++) {
    const next = size === 1 ? scaled.map(() => 1) : basis[size - 2].map((value, i) => value * scaled[i]);
    basis.push(unit(orthogonal(orthogonal(next, basis), basis)));
    const rest = minus(y, fitted(y, basis));
    const criterion = n * Math.log(innerProduct(rest, rest) + Number.MIN_VALUE) + size * Math.log(n);
    if (criterion < best.criterion) best = { criterion, size };
  }
  return basis.slice(0, best.size);
}

/** A jump at the gap between points `gap` and `gap + 1`, as a regressor. */
interface JumpRegressor {
  readonly gap: number;
  /** What is left of the step function beside the smooth basis, of length 1. */
  readonly regressor: readonly number[];
  /** The length that it had. */
  readonly length: number;
}

function jumpRegressors(
  basis: readonly number[][],
  { n, margin }: { n: number; margin: number },
): JumpRegressor[] {
  return Array.from({ length: n - 2 * margin + 1 }, (_, index) => {
    const gap = margin - 1 + index;
    const step = Array.from({ length: n }, (_, i) => i > gap ? 1 : 0);
    const rest = orthogonal(orthogonal(step, basis), basis);
    return { gap, regressor: unit(rest), length: euclideanNorm(rest) };
  });
}

/** The jump that explains most, and how far the values reach along its regressor. */
function strongest(
  values: readonly number[],
  jumps: readonly JumpRegressor[],
): JumpRegressor & { along: number } {
  let most = { jump: jumps[0], along: 0 };
  for (const jump of jumps) {
    const along = innerProduct(values, jump.regressor);
    if (Math.abs(along) > Math.abs(most.along)) most = { jump, along };
  }
  return { ...most.jump, along: most.along };
}

interface Noise {
  readonly autocorrelation: number;
  /** What each point adds to its share of the last one's noise. */
  readonly innovations: readonly number[];
}

function noiseOf(y: readonly number[], curve: readonly number[]): Noise {
  const residuals = minus(y, curve);
  const square = innerProduct(residuals, residuals);
  const product = innerProduct(residuals.slice(1), residuals);
  const autocorrelation = square > 0 ? Math.min(Math.max(product / square, 0), 0.95) : 0;
  const innovations = residuals.map((each, i) => i === 0 ? each : each - autocorrelation * residuals[i - 1]);
  return { autocorrelation, innovations };
}

function drawn(
  curve: readonly number[],
  { autocorrelation, innovations }: Noise,
  stream: RandomStream,
): number[] {
  let noise = 0;
  return curve.map((value, i) => {
    noise = autocorrelation * noise + innovations[i] * stream.normal();
    return value + noise;
  });
}

function fitted(values: readonly number[], basis: readonly (readonly number[])[]): number[] {
  return minus(values, orthogonal(values, basis));
}

/** What is left of a vector beside an orthonormal basis. */
function orthogonal(values: readonly number[], basis: readonly (readonly number[])[]): number[] {
  const rest = [...values];
  for (const direction of basis) {
    const along = innerProduct(rest, direction);
    for (let i = 0; i < rest.length; i++) rest[i] -= along * direction[i];
  }
  return rest;
}

const minus = (a: readonly number[], b: readonly number[]) => a.map((value, i) => value - b[i]);

const unit = (values: readonly number[]) => {
  const length = euclideanNorm(values);
  return values.map((value) => value / length);
};

function assertArguments(
  series: readonly SeriesPoint[],
  { margin, resamples }: { margin: number; resamples: number },
): void {
  const refuse = (name: string, wanted: string, value: unknown) =>
    new RangeError(`Cannot look for a change as ${name} must be ${wanted}: current value is ${value}`);
  if (!(Number.isInteger(resamples) && resamples > 0)) {
    throw refuse("resamples", "a whole number > 0", resamples);
  }
  if (series.length < 30) throw refuse("the number of points", "≥ 30", series.length);
  if (!(Number.isInteger(margin) && margin >= 2 && 2 * margin < series.length)) {
    throw refuse("margin", "a whole number ≥ 2 and less than half the points", margin);
  }
  const wrong = series.findIndex(({ step, value }, i) =>
    !Number.isFinite(value) || !(i === 0 ? step >= 0 : step > series[i - 1].step)
  );
  if (wrong >= 0) {
    throw new RangeError(
      `Cannot look for a change as values must be finite and steps ascend from ≥ 0: point ${wrong} does not`,
    );
  }
}
