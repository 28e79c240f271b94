/**
 * Means of a few independent runs, with Student's 95 % interval.
 *
 * @module
 */
import { mean } from "../statistics.ts";

/** A mean over seeds. */
export interface Mean {
  readonly value: number;
  /** 95 %; infinite for fewer than two values. */
  readonly interval: readonly [low: number, high: number];
  /** How many values. */
  readonly count: number;
}

/** The mean of independent, about normal values, such as one number of each seed (or the difference of two). */
export function meanInterval(values: readonly number[]): Mean {
  const count = values.length;
  const value = mean(values);
  if (count < 2) return { value, interval: [-Infinity, Infinity], count };
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / (count - 1);
  const half = studentQuantile(count - 1) * Math.sqrt(variance / count);
  return { value, interval: [value - half, value + half], count };
}

/** t with P(|T| ≤ t) = `share` for Student's T with a whole number of degrees of freedom, by bisection. */
export function studentQuantile(freedom: number, share = 0.95): number {
  let [low, high] = [0, 1];
  while (centralShare(high, freedom) < share) high *= 2;
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (centralShare(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return high;
}

/** P(|T| ≤ t), in closed form (Abramowitz & Stegun 26.7.3 and 26.7.4). */
function centralShare(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const square = Math.cos(angle) ** 2;
  const odd = freedom % 2 === 1;
  // 1 + ½cos² + (1·3)/(2·4)cos⁴ + … if even, cos(1 + ⅔cos² + (2·4)/(3·5)cos⁴ + …) if odd.
  let [sum, term] = [0, odd ? Math.cos(angle) : 1];
  for (let k = odd ? 3 : 2; k <= freedom; k += 2) {
    sum += term;
    term *= square * (k - 1) / k;
  }
  return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
