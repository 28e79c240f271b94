import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { matrixOfRows } from "../lib/theory/matrix.ts";
import {
  denseOf,
  type LinearMap,
  matrixMap,
  operatorNorm,
  spectralNorm,
} from "../lib/theory/operator_norm.ts";
import { normalRows } from "./contraction_arbitraries.ts";

Deno.test("both methods find the largest singular value of any matrix, within the residual they report", () => {
  const shapes = fc.record({
    rows: fc.integer({ min: 1, max: 30 }),
    columns: fc.integer({ min: 1, max: 30 }),
    seed: fc.noShrink(fc.nat()),
  });
  fc.assert(
    fc.property(shapes, ({ rows, columns, seed }) => {
      const given = normalRows([rows, columns], { seed, name: "matrix" });
      const expected = Math.sqrt(largestGramEigenvalue(given));
      for (const dense of [0, 96]) {
        const { norm, residual, method } = operatorNorm(matrixMap(matrixOfRows(given)), { dense });
        assertEquals(method, dense === 0 ? "lanczos" : "dense");
        assertAlmostEquals(norm, expected, 1e-9 * expected);
        assertLess(residual, 1e-10 * norm);
      }
    }),
    { seed: 5, numRuns: 60 },
  );
});

/** Of AᵀA, by squaring it until only the leading direction is left. */
function largestGramEigenvalue(rows: number[][]): number {
  const matrix = new Matrix(rows);
  const gram = matrix.transpose().mmul(matrix);
  let power = gram.clone();
  for (let round = 0; round < 40; round++) {
    power = power.mmul(power);
    power.div(power.norm());
  }
  return power.mmul(gram).trace() / power.trace();
}

Deno.test("a map of 4096 numbers with clustered singular values, none of them formed", () => {
  const singular = Float64Array.from({ length: 4096 }, (_, i) => i < 5 ? 3 - 1e-3 * i : 2 * Math.cos(i));
  // Reflections on both sides, so that the singular vectors are dense.
  const reflected = (vector: Float64Array, phase: number) => {
    const normal = vector.map((_, i) => Math.sin(i + phase));
    const square = normal.reduce((sum, value) => sum + value * value, 0);
    const along = 2 * vector.reduce((sum, value, i) => sum + value * normal[i], 0) / square;
    return vector.map((value, i) => value - along * normal[i]);
  };
  const map: LinearMap = {
    rows: 4096,
    columns: 4096,
    apply: (v) => reflected(reflected(v, 1).map((value, i) => singular[i] * value), 2),
    applyTransposed: (u) => reflected(reflected(u, 2).map((value, i) => singular[i] * value), 1),
  };
  const { norm, residual, iterations } = operatorNorm(map);
  assertAlmostEquals(norm, 3, 1e-9);
  assertLess(residual, 1e-8);
  assertLess(iterations, 400);
  assertEquals(operatorNorm(map), { norm, residual, method: "lanczos", iterations });
});

Deno.test("zero, rank one, huge and tiny matrices; what is not finite is told, not looped over", () => {
  for (const dense of [0, 96]) {
    assertEquals(operatorNorm(matrixMap(matrixOfRows([[0, 0], [0, 0]])), { dense }).norm, 0);
    const rankOne = matrixOfRows([[3, 4], [6, 8], [0, 0]]);
    assertAlmostEquals(operatorNorm(matrixMap(rankOne), { dense }).norm, Math.sqrt(125), 1e-12);
  }
  assertAlmostEquals(spectralNorm(matrixOfRows([[1e200, 0], [0, 1]])) / 1e200, 1, 1e-12);
  assertAlmostEquals(spectralNorm(matrixOfRows([[1e-200, 0], [0, 0]])) * 1e200, 1, 1e-12);
  for (const value of [NaN, Infinity]) {
    for (const dense of [0, 96]) {
      const { norm } = operatorNorm(matrixMap(matrixOfRows([[value, 1], [1, 1]])), { dense });
      assert(!Number.isFinite(norm));
    }
  }
});

Deno.test("a map that stops early says how far it is", () => {
  const given = matrixOfRows(normalRows([60, 60], { seed: 1, name: "matrix" }));
  const exact = operatorNorm(matrixMap(given));
  const early = operatorNorm(matrixMap(given), { dense: 0, limit: 6 });
  assertEquals(early.iterations, 6);
  assert(early.norm < exact.norm && early.residual > 1e-6 * exact.norm);
  const { diagonal } = new SingularValueDecomposition(Matrix.from1DArray(60, 60, [...given.values]));
  assert(diagonal.some((value) => Math.abs(value - early.norm) <= early.residual));
});

Deno.test("the dense matrix of a map is the same by rows and by columns", () => {
  const wide = matrixOfRows([[1, 2, 3], [4, 5, 6]]);
  const tall = matrixOfRows([[1, 2], [3, 4], [5, 6]]);
  for (const each of [wide, tall]) assertEquals(denseOf(matrixMap(each)), each);
});
