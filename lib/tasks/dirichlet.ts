import type { RandomStream } from "../random.ts";

/**
 * A draw from the symmetric Dirichlet distribution over `size` outcomes.
 *
 * Gamma variates are drawn and normalised as logarithms, so that concentrations far below 1, whose draws are nearly
 * one-hot, do not underflow.
 *
 * @param concentration α > 0: 1 is uniform over the simplex, small values give draws near its corners
 */
export function dirichlet(
  stream: RandomStream,
  { size, concentration }: { size: number; concentration: number },
): Float64Array {
  const logs = Float64Array.from({ length: size }, () => logGamma(stream, concentration));
  const most = Math.max(...logs);
  const weights = logs.map((value) => Math.exp(value - most));
  const sum = weights.reduce((total, value) => total + value, 0);
  return weights.map((value) => value / sum);
}

/** Logarithm of a Gamma(shape, 1) variate: Marsaglia & Tsang (2000) at shape + 1, times U^(1/shape). */
function logGamma(stream: RandomStream, shape: number): number {
  const d = shape + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const normal = stream.normal();
    const cube = (1 + c * normal) ** 3;
    if (cube <= 0) continue;
    const accepted = Math.log(1 - stream.uniform()) < normal ** 2 / 2 + d - d * cube + d * Math.log(cube);
    if (accepted) return Math.log(d * cube) + Math.log(1 - stream.uniform()) / shape;
  }
}
