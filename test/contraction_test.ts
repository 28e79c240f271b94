import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { UserError } from "../lib/errors.ts";
import { euclideanNorm } from "../lib/vectors.ts";
import { contractionBounds } from "../lib/theory/contraction/bounds.ts";
import { ballEscape, counterexample, growingResidual } from "../lib/theory/contraction/examples.ts";
import { attentionMatrix, residualInput } from "../lib/theory/contraction/problem.ts";
import { entropyTerm, softmaxGain } from "../lib/theory/contraction/row_statistics.ts";
import { selfAttention } from "../lib/theory/contraction/self_attention.ts";
import { matrixOfRows, rowsOf } from "../lib/theory/matrix.ts";
import { denseOf, operatorNorm, spectralNorm } from "../lib/theory/operator_norm.ts";
import { contractionProblems, normalRows } from "./contraction_arbitraries.ts";
import { assertAllClose } from "./reference/close.ts";
import { plainSelfAttention } from "./reference/self_attention.ts";

Deno.test("the map is the paper's, written with loops", () => {
  fc.assert(
    fc.property(contractionProblems(), (problem) => {
      const Y = residualInput(problem);
      const expected = plainSelfAttention(problem, rowsOf(Y)).flat();
      assertAllClose(selfAttention(problem).apply(Y.values), expected, "F(Y)", { tolerance: 1e-12 });
    }),
    { seed: 1 },
  );
});

Deno.test("its derivative agrees with central differences, and its transpose with it", () => {
  fc.assert(
    fc.property(contractionProblems(), (problem) => {
      const Y = residualInput(problem);
      const map = selfAttention(problem).derivative(Y.values);
      const jacobian = denseOf(map);
      assertEquals([jacobian.rows, jacobian.columns], [Y.rows * problem.WV[0].length, Y.rows * Y.columns]);
      // Every entry, by rows and by columns, whichever denseOf took.
      for (let j = 0; j < map.columns; j++) {
        const unit = new Float64Array(map.columns);
        unit[j] = 1;
        const h = 1e-5;
        const moved = (sign: number) => {
          const at = { ...Y, values: Y.values.map((value, i) => value + sign * h * unit[i]) };
          return plainSelfAttention(problem, rowsOf(at)).flat();
        };
        const [above, below] = [moved(1), moved(-1)];
        const expected = above.map((value, i) => (value - below[i]) / (2 * h));
        const column = map.apply(unit);
        const scale = Math.max(...jacobian.values.map(Math.abs));
        assertAllClose(column, expected, `column ${j}`, { tolerance: 0, floor: 1e-5 * (scale + 1) });
        for (let i = 0; i < map.rows; i++) {
          const left = new Float64Array(map.rows);
          left[i] = 1;
          assertAlmostEquals(map.applyTransposed(left)[j], column[i], 1e-12 * (scale + 1));
        }
      }
    }),
    { seed: 2, numRuns: 60 },
  );
});

Deno.test("the local bound is never violated; the corrected one never under the theorem's hypotheses", () => {
  fc.assert(
    fc.property(contractionProblems({ square: true }), (problem) => {
      const any = contractionBounds(problem);
      assert(any.jacobianNorm <= any.local * (1 + 1e-12), `local ${any.local} < ${any.jacobianNorm}`);
      const within = (rows: readonly (readonly number[])[], radius: number) => {
        const norm = euclideanNorm(matrixOfRows(rows).values);
        return rows.map((row) => row.map((value) => value / norm * radius));
      };
      const met = {
        ...problem,
        X: within(problem.X, 1),
        Z: within(problem.Z, 1),
        WV: within(problem.WV, 0.5),
      };
      const bounds = contractionBounds(met);
      assert(bounds.jacobianNorm <= bounds.corrected * (1 + 1e-12));
      assert(bounds.jacobianNorm <= bounds.local * (1 + 1e-12));
      assert(bounds.local <= bounds.corrected * (1 + 1e-12));
      assertEquals(bounds.corrected - bounds.stated >= 0, true);
    }),
    { seed: 3, numRuns: 300 },
  );
});

Deno.test("the counterexample meets every hypothesis and has twice the stated norm in the limit", () => {
  for (const m of [0.25, 0.5, 0.75, 4, 100]) {
    const problem = { ...counterexample(m), q: 2 };
    assertAlmostEquals(euclideanNorm(matrixOfRows(problem.X).values), 1, 1e-15);
    assertEquals(euclideanNorm(matrixOfRows(problem.WV).values), 0.5);
    const { jacobianNorm, stated, corrected, local } = contractionBounds(problem);
    assertAlmostEquals(jacobianNorm, 2 * m, 1e-12 * m);
    assertAlmostEquals(stated, m + 0.5, 1e-12 * m);
    assertAlmostEquals(corrected, 2 * m + 0.5, 1e-12 * m);
    assertAlmostEquals(local, 2 * m + 0.5, 1e-12 * m);
    assertEquals(jacobianNorm > stated * (1 + 1e-9), m > 0.5);
  }
});

Deno.test("closed forms: one token, uniform attention, saturated attention", () => {
  const seed = 4;
  const rows = (name: string, scale = 1, n = 3) => normalRows([n, 3], { seed, name, scale });
  const weights = { WQ: rows("WQ"), WK: rows("WK"), WV: rows("WV"), logitScale: 1 };
  const valueNorm = spectralNorm(matrixOfRows(weights.WV));
  for (const transposed of [true, false]) {
    const problem = { ...weights, transposed, q: 1.5 };
    const one = contractionBounds({ ...problem, X: rows("X", 1, 1), Z: rows("Z", 1, 1) });
    assertAlmostEquals(one.jacobianNorm, valueNorm, 1e-12);
    assertAlmostEquals(one.local, valueNorm, 1e-12);
    assertEquals(one.parts.softmaxGain, 0);

    // S is 1/n everywhere and stays so.
    const still = contractionBounds({ ...problem, logitScale: 0, X: rows("X"), Z: rows("Z") });
    assertAlmostEquals(still.jacobianNorm, valueNorm, 1e-12);
    assertAlmostEquals(still.stated, euclideanNorm(matrixOfRows(weights.WV).values) * 3 ** (1 / 6), 1e-12);

    // One-hot rows: nothing of the softmax's derivative is left, whatever the size of the logits.
    for (const scale of [1e3, 1e10, 1e150]) {
      const Y = rows("Y", scale);
      const zero = Y.map((row) => row.map(() => 0));
      const { jacobianNorm, local, parts, stated } = contractionBounds({ ...problem, X: Y, Z: zero });
      const S = attentionMatrix(problem, matrixOfRows(Y));
      assert(S.values.every((value) => value === 0 || value === 1));
      assertAlmostEquals(jacobianNorm, spectralNorm(S) * valueNorm, 1e-9);
      assertAlmostEquals(local, jacobianNorm, 1e-9);
      assertAlmostEquals(parts.entropyTerm, Math.sqrt(3), 1e-12);
      assert(Number.isFinite(stated));
    }
  }
});

Deno.test("what is common to a row's logits changes nothing, however large", () => {
  // logits t_i(K + t_j), exact in double precision.
  const norm = (K: number) => {
    const X = [[K, 4], [K, 0.5], [K, -1.5]];
    const Z = X.map(() => [0, 0]);
    const head = { WQ: [[0], [1]], WK: [[1], [1]], WV: [[0, 0], [0, 1]], transposed: true, logitScale: 1 };
    return contractionBounds({ ...head, X, Z, q: 1.5 }).jacobianNorm;
  };
  assertAlmostEquals(norm(2 ** 33), norm(0), 1e-11);
});

Deno.test("logits beyond double precision are one clear sentence", () => {
  const huge = [[1e200, 0], [0, 1e200]];
  const problem = { X: huge, Z: huge, WQ: huge, WK: huge, WV: huge, transposed: true, logitScale: 1, q: 1 };
  const error = assertThrows(() => contractionBounds(problem), UserError);
  assertStringIncludes(error.message, "a logit is beyond double precision");
  const identity = [[1, 0], [0, 1]];
  const wide = { ...problem, X: identity, Z: identity, WQ: [[1e200, 0], [0, 0]], WK: [[0, 0], [0, 1e200]] };
  assertStringIncludes(
    assertThrows(() => contractionBounds(wide), UserError).message,
    "beyond double precision",
  );
});

Deno.test("s_q: √n at q = 1, continuous there, decreasing in q, ‖S‖_F at q = 2, stable for any q", () => {
  const S = attentionMatrix(
    { WQ: [[1]], WK: [[2]], WV: [[1]], transposed: false, logitScale: 1 },
    matrixOfRows([[1], [-0.5], [0.2]]),
  );
  assertAlmostEquals(entropyTerm(S, 1), Math.sqrt(3), 1e-14);
  assertAlmostEquals(entropyTerm(S, 1 + 1e-12), Math.sqrt(3), 1e-11);
  assertAlmostEquals(entropyTerm(S, 2), euclideanNorm(S.values), 1e-14);
  const orders = [0.1, 0.5, 1, 1.5, 2, 3, 50, 5000];
  const terms = orders.map((q) => entropyTerm(S, q));
  for (let at = 1; at < terms.length; at++) assertLess(terms[at], terms[at - 1] + 1e-14);
  // By the definition of S_q.
  const direct = [0, 1, 2].reduce((sum, i) => {
    const row = [...S.values.subarray(3 * i, 3 * i + 3)];
    const entropy = (1 - row.reduce((total, p) => total + p ** 1.5, 0)) / 0.5;
    return sum + (1 - 0.5 * entropy) ** (2 / 1.5);
  }, 0);
  assertAlmostEquals(entropyTerm(S, 1.5), Math.sqrt(direct), 1e-14);
  assertThrows(() => entropyTerm(S, 0), RangeError);
});

Deno.test("g bounds the norm of softmax's derivative and stays at or below ½", () => {
  const weights = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(weights.filter((all) => all.some((value) => value > 1e-3)), (all) => {
      const sum = all.reduce((total, value) => total + value, 0);
      const p = Float64Array.from(all, (value) => value / sum);
      const derivative = Array.from(p, (a, i) => Array.from(p, (b, j) => (i === j ? a : 0) - a * b));
      const norm = spectralNorm(matrixOfRows(derivative));
      assert(norm <= softmaxGain(p) + 1e-14 && softmaxGain(p) <= 0.5 + 1e-14);
    }),
    { seed: 6, numRuns: 500 },
  );
  assertAlmostEquals(softmaxGain(Float64Array.of(0.5, 0.5, 0)), 0.5, 1e-15);
  // 1 − p₁ is 0 in double precision; what is left of the row is not.
  assertEquals(softmaxGain(Float64Array.of(1, 1e-30)), 2e-30);
});

Deno.test("Lanczos finds the Jacobian's norm at n = 64 without forming it", () => {
  const seed = 9;
  const square = (name: string) => normalRows([4, 4], { seed, name });
  const weights = { WQ: square("WQ"), WK: square("WK"), WV: square("WV"), logitScale: 0.5 };
  const Y = matrixOfRows(normalRows([64, 4], { seed, name: "Y", scale: 0.5 }));
  for (const transposed of [true, false]) {
    const map = selfAttention({ ...weights, transposed }).derivative(Y.values);
    const lanczos = operatorNorm(map, { dense: 0 });
    const dense = operatorNorm(map, { dense: 256 });
    assertEquals([lanczos.method, dense.method], ["lanczos", "dense"]);
    assertAlmostEquals(lanczos.norm, dense.norm, 1e-10 * dense.norm);
    assertLess(lanczos.residual, 1e-10 * lanczos.norm);
  }
});

Deno.test("eq. 14: F leaves the unit ball, up to √n", () => {
  for (const n of [4, 16, 64]) {
    const problem = ballEscape(n);
    const Y = residualInput(problem);
    assertAlmostEquals(euclideanNorm(matrixOfRows(problem.X).values), 1, 1e-14);
    const norm = euclideanNorm(selfAttention(problem).apply(Y.values));
    assertGreater(norm, 0.98 * Math.sqrt(n));
    assertLess(norm, Math.sqrt(n) * (1 + 1e-12));
  }
});

Deno.test("§5: Z ← Z + F(X+Z) grows like 1.1^k under a stated bound of 0.17", () => {
  const problem = growingResidual();
  assertAlmostEquals(contractionBounds({ ...problem, q: 2 }).stated, 0.12 * Math.SQRT2, 1e-14);
  const map = selfAttention(problem);
  const X = matrixOfRows(problem.X).values;
  let Y: Float64Array = X;
  for (let k = 0; k < 50; k++) {
    const step = map.apply(Y);
    Y = Y.map((value, i) => value + step[i]);
  }
  assertAllClose(Y, X.map((value) => 1.1 ** 50 * value), "X + Z_50", { tolerance: 1e-12 });
});

Deno.test("shapes that do not fit are named", () => {
  const weights = { WQ: [[1]], WK: [[1], [2]], WV: [[1]], transposed: true, logitScale: 1 };
  assertStringIncludes(
    assertThrows(() => selfAttention(weights), RangeError).message,
    "1 × 1, 2 × 1, 1 × 1",
  );
  const map = selfAttention({ ...weights, WK: [[1]] });
  assertThrows(() => map.apply(new Float64Array(0)), RangeError);
  assertThrows(() => residualInput({ X: [[1]], Z: [[1, 2]] }), RangeError);
  assertThrows(() => matrixOfRows([[1], [1, 2]]), RangeError);
});
