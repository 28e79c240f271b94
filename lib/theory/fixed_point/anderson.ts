import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { type FixedPointOptions, type FixedPointResult, iterate, type VectorMap } from "./iteration.ts";

/**
 * Anderson's iteration: mixes the last few iterates so that their residuals cancel as well as they can.
 *
 * With f = F(z) − z and the last differences ΔZ, Δf as columns: γ minimises ‖f_k − Δf γ‖₂ and
 * z_{k+1} = z_k + βf_k − (ΔZ + βΔf)γ. On a linear map of n dimensions with memory ≥ n it ends in about n + 1 steps.
 * It needs no contraction, and can find fixed points that Picard's iteration runs away from; there is no guarantee
 * that it converges.
 *
 * @param options.memory how many differences are kept. Default: 5
 * @param options.mixing β in (0, 1]. Default: 1
 * @throws {RangeError} if an option is out of range or F changes the length of its argument
 */
export function anderson(
  map: VectorMap,
  { memory = 5, mixing = 1, ...options }: FixedPointOptions & {
    readonly memory?: number;
    readonly mixing?: number;
  },
): FixedPointResult {
  if (!(Number.isInteger(memory) && memory >= 0)) {
    throw new RangeError(
      `Cannot use Anderson's iteration as memory must be a whole number ≥ 0: current value is ${memory}`,
    );
  }
  if (!(mixing > 0 && mixing <= 1)) {
    throw new RangeError(
      `Cannot use Anderson's iteration as mixing must be in (0, 1]: current value is ${mixing}`,
    );
  }
  const moves: Float64Array[] = [];
  const changes: Float64Array[] = [];
  let last: { point: Float64Array; residual: Float64Array } | undefined;
  const next = (point: Float64Array, image: Float64Array) => {
    const residual = minus(image, point);
    if (last) {
      moves.push(minus(point, last.point));
      changes.push(minus(residual, last.residual));
    }
    while (moves.length > memory) {
      moves.shift();
      changes.shift();
    }
    last = { point, residual };
    const following = point.map((z, i) => z + mixing * residual[i]);
    leastSquares(changes, residual).forEach((gamma, column) => {
      for (let i = 0; i < following.length; i++) {
        following[i] -= gamma * (moves[column][i] + mixing * changes[column][i]);
      }
    });
    return following;
  };
  return iterate(map, { ...options, next, cycles: false });
}

const minus = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]);

/** γ of least norm that minimises ‖target − Σ γ_j columns_j‖₂; directions lost in rounding are left out. */
function leastSquares(columns: readonly Float64Array[], target: Float64Array): number[] {
  const dependent = columns.every((column) => column.every((value) => value === 0));
  if (dependent || !target.every(Number.isFinite)) return [];
  const matrix = new Matrix(columns.map((column) => Array.from(column))).transpose();
  const { diagonal, leftSingularVectors: U, rightSingularVectors: V } = new SingularValueDecomposition(
    matrix,
    {
      autoTranspose: true,
    },
  );
  const gamma = new Array<number>(columns.length).fill(0);
  diagonal.forEach((sigma, k) => {
    if (sigma <= 1e-12 * diagonal[0]) return;
    const along = target.reduce((sum, value, i) => sum + value * U.get(i, k), 0) / sigma;
    for (let j = 0; j < gamma.length; j++) gamma[j] += along * V.get(j, k);
  });
  return gamma;
}
