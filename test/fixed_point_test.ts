import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Matrix, solve } from "ml-matrix";
import { randomStream } from "../lib/random.ts";
import { anderson } from "../lib/theory/fixed_point/anderson.ts";
import { damped } from "../lib/theory/fixed_point/damped.ts";
import type { VectorMap } from "../lib/theory/fixed_point/iteration.ts";
import { picard } from "../lib/theory/fixed_point/picard.ts";
import { fixedPointOfSquare } from "../lib/theory/fixed_point/two_cycle.ts";

const vector = (...values: number[]) => new Float64Array(values);
const scalar = (f: (z: number) => number): VectorMap => (z) => z.map(f);

/** F(z) = Az + b with a symmetric A of the given eigenvalues, and its fixed point by elimination. */
function linearMap(eigenvalues: readonly number[], seed: number) {
  const n = eigenvalues.length;
  const stream = randomStream(seed, "linear map");
  // A Householder reflection of a diagonal matrix.
  const v = Array.from({ length: n }, () => stream.normal());
  const square = v.reduce((sum, each) => sum + each * each, 0);
  const Q = Matrix.eye(n).sub(Matrix.columnVector(v).mmul(Matrix.rowVector(v)).mul(2 / square));
  const A = Q.mmul(Matrix.diag([...eigenvalues])).mmul(Q);
  const b = Array.from({ length: n }, () => stream.normal());
  const map: VectorMap = (z) =>
    new Float64Array(A.mmul(Matrix.columnVector(z)).to1DArray().map((value, i) => value + b[i]));
  return { map, fixed: solve(Matrix.eye(n).sub(A), Matrix.columnVector(b)).to1DArray() };
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number) {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) assertAlmostEquals(actual[i], expected[i], tolerance);
}

Deno.test("all three iterations find the fixed point of the cosine", () => {
  const cosine = scalar(Math.cos);
  const start = vector(1);
  for (
    const result of [
      picard(cosine, { start }),
      damped(cosine, { start, step: 0.6 }),
      anderson(cosine, { start }),
    ]
  ) {
    assertEquals(result.reason, "converged");
    assertAlmostEquals(result.point[0], 0.7390851332151607, 1e-10);
    assertEquals(result.residuals.length, result.iterations);
    assert(result.residuals.at(-1)! <= 1e-10);
  }
  assertEquals(start, vector(1));
});

Deno.test("Picard's residuals on a linear map shrink by its eigenvalue at each step", () => {
  const { residuals, iterations, reason } = picard(scalar((z) => 0.5 * z + 1), { start: vector(0) });
  // z_k − 2 = −2^{1−k}, so the residual is 2^{−k} and falls to 2e-10 (tolerance times ‖z‖ = 2) at k = 33.
  residuals.forEach((residual, k) => assertAlmostEquals(residual, 2 ** -k, 1e-15));
  assertEquals([reason, iterations], ["converged", 34]);
});

Deno.test("on contracting linear maps every iteration ends at the solution of (I − A)z = b", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -0.9, max: 0.9, noNaN: true }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 1000 }),
      (eigenvalues, seed) => {
        const { map, fixed } = linearMap(eigenvalues, seed);
        const start = new Float64Array(fixed.length);
        for (const solver of [picard, anderson]) {
          const { point, reason } = solver(map, { start });
          assertEquals(reason, "converged");
          assertNear(point, fixed, 1e-7);
        }
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

Deno.test("Anderson needs about n + 1 evaluations on a linear map of n dimensions, expanding ones too", () => {
  for (const eigenvalues of [[0.9, -0.5, 0.3, 0.1], [-2, 3, 0.5, -0.9]]) {
    const { map, fixed } = linearMap(eigenvalues, 3);
    const { point, reason, iterations } = anderson(map, { start: new Float64Array(4), memory: 4 });
    assertEquals(reason, "converged");
    assert(iterations <= 8, `${iterations} evaluations`);
    assertNear(point, fixed, 1e-7);
  }
});

Deno.test("a memory of none makes Anderson the damped iteration", () => {
  const { map } = linearMap([0.9, -0.7], 4);
  const start = vector(1, 2);
  assertEquals(anderson(map, { start, memory: 0, mixing: 0.7 }), damped(map, { start, step: 0.7 }));
});

Deno.test("damping converges where Picard's iteration cycles or diverges", () => {
  const start = vector(0.3, -0.2);
  assertEquals(picard(scalar((z) => -z), { start }).reason, "cycle");
  assertEquals(picard(scalar((z) => -3 * z), { start }).reason, "diverged");
  // 1 − α + αλ = 0 at α = 1/2 for λ = −1 and at α = 1/4 for λ = −3: one step, then the check.
  for (const [lambda, step] of [[-1, 0.5], [-3, 0.25]]) {
    const { reason, iterations } = damped(scalar((z) => lambda * z), { start, step });
    assertEquals([reason, iterations], ["converged", 2]);
  }
});

Deno.test("the logistic map's 2-cycle is found, and told from its fixed point", () => {
  const r = 3.2;
  const logistic = scalar((z) => r * z * (1 - z));
  const low = (r + 1 - Math.sqrt((r - 3) * (r + 1))) / (2 * r);
  const high = (r + 1 + Math.sqrt((r - 3) * (r + 1))) / (2 * r);
  const { reason, cycle } = picard(logistic, { start: vector(0.3) });
  assertEquals(reason, "cycle");
  assertNear(cycle!.map(([z]) => z).sort(), [low, high], 1e-8);

  const square = fixedPointOfSquare(logistic, { start: vector(0.3) });
  assertEquals([square.reason, square.period], ["converged", 2]);
  assertNear([square.point[0], square.image[0]].sort(), [low, high], 1e-8);
  // The fixed point 1 − 1/r repels Picard's iteration, not Anderson's.
  const repelling = fixedPointOfSquare(logistic, { start: vector(0.68), solve: anderson });
  assertEquals([repelling.reason, repelling.period], ["converged", 1]);
  assertAlmostEquals(repelling.point[0], 1 - 1 / r, 1e-8);
});

Deno.test("slow alternating convergence is no cycle", () => {
  const { reason } = picard(scalar((z) => -0.999 * z), { start: vector(1), limit: 100_000 });
  assertEquals(reason, "converged");
});

Deno.test("chaos and slow drift reach the limit; overflow and NaN are divergence", () => {
  assertEquals(picard(scalar((z) => 3.9 * z * (1 - z)), { start: vector(0.3), limit: 50 }).reason, "limit");
  assertEquals(picard(scalar((z) => z + 1), { start: vector(0), limit: 10 }).iterations, 10);
  for (const solver of [picard, anderson]) {
    const { reason, point } = solver(scalar((z) => Math.exp(z * z) + 1), { start: vector(3) });
    assertEquals([reason, point.every(Number.isFinite)], ["diverged", true]);
    assertEquals(solver(scalar(() => NaN), { start: vector(3) }).reason, "diverged");
  }
});

Deno.test("options out of range and maps of another length are refused", () => {
  const start = vector(1);
  const half = scalar((z) => z / 2);
  assertThrows(() => picard(half, { start, tolerance: 0 }), RangeError, "tolerance");
  assertThrows(() => picard(half, { start, limit: 1.5 }), RangeError, "limit");
  assertThrows(() => picard(half, { start: vector(1, NaN) }), RangeError, "start");
  assertThrows(() => damped(half, { start, step: 0 }), RangeError, "step");
  assertThrows(() => anderson(half, { start, memory: -1 }), RangeError, "memory");
  assertThrows(() => anderson(half, { start, mixing: 2 }), RangeError, "mixing");
  assertThrows(() => picard(() => vector(1, 2), { start }), RangeError, "2 numbers of 1");
});
