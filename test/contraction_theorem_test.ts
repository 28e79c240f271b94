import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { boundaryStudy } from "../lib/analysis/contraction/boundary_study.ts";
import { adversarialProblems, randomProblems, tightnessOf } from "../lib/analysis/contraction/tightness.ts";
import { trainedHead } from "../lib/analysis/contraction/trained_head.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import { engineProblem } from "../lib/engines/engine.ts";
import { UserError } from "../lib/errors.ts";
import { configuration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { euclideanNorm } from "../lib/vectors.ts";
import { randomStream } from "../lib/random.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { searchViolation } from "../lib/theory/contraction/adversary.ts";
import { attractors, planeOfStarts } from "../lib/theory/contraction/attractors.ts";
import { contractionBounds } from "../lib/theory/contraction/bounds.ts";
import { counterexample, growingResidual, planarExamples } from "../lib/theory/contraction/examples.ts";
import { randomProblem } from "../lib/theory/contraction/random_problem.ts";
import {
  derivativeOfSteps,
  injectedRecurrence,
  residualRecurrence,
} from "../lib/theory/contraction/recurrence.ts";
import { selfAttention } from "../lib/theory/contraction/self_attention.ts";
import { temperatureSweep } from "../lib/theory/contraction/temperature.ts";
import { correctedTheorem, statedHypotheses } from "../lib/theory/contraction/theorem.ts";
import { picard } from "../lib/theory/fixed_point/picard.ts";
import { matrixOfRows } from "../lib/theory/matrix.ts";
import { denseOf, operatorNorm } from "../lib/theory/operator_norm.ts";
import { contractionProblems } from "./contraction_arbitraries.ts";
import { assertAllClose } from "./reference/close.ts";

Deno.test("where the corrected theorem holds, F contracts by L in its ball and maps it into itself", () => {
  const cases = fc.record({
    problem: contractionProblems({ square: true }),
    growth: fc.double({ min: 0.05, max: 0.9, noNaN: true }),
    share: fc.double({ min: 0.05, max: 0.999, noNaN: true }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ problem, growth, share, seed }) => {
      // W_V and W_Q are scaled so that ρ and L are what is wanted.
      const scale = (rows: readonly (readonly number[])[], factor: number) =>
        rows.map((row) => row.map((value) => factor * value));
      const first = correctedTheorem(problem, problem.X);
      const tamed = { ...problem, logitScale: 1, WV: scale(problem.WV, growth / first.growth) };
      const second = correctedTheorem(tamed, problem.X);
      const L = growth + (1 - growth) * share;
      const met = { ...tamed, WQ: scale(problem.WQ, (L - growth) / (second.rate - second.growth)) };
      const theorem = correctedTheorem(met, problem.X);
      assertAlmostEquals(theorem.growth, growth, 1e-12);
      assertAlmostEquals(theorem.rate, L, 1e-9);
      assert(theorem.holds);

      const { map, derivative } = injectedRecurrence(met);
      const stream = randomStream(seed, "ball");
      const radius = growth * theorem.radius;
      const inBall = () => {
        const drawn = Float64Array.from(problem.X.flat(), () => stream.normal());
        const factor = radius * stream.uniform() / euclideanNorm(drawn);
        return drawn.map((value) => factor * value);
      };
      const [a, b] = [inBall(), inBall()];
      assertLess(euclideanNorm(map(a)), radius * (1 + 1e-12));
      const apart = (p: Float64Array, q: Float64Array) => euclideanNorm(p.map((value, i) => value - q[i]));
      assertLess(apart(map(a), map(b)), L * apart(a, b) * (1 + 1e-9) + 1e-15);
      assertLess(operatorNorm(derivative(a)).norm, L * (1 + 1e-9));
      if (L > 0.98) return;
      const { reason, point, iterations } = picard(map, { start: new Float64Array(a.length), limit: 5000 });
      assertEquals(reason, "converged");
      assertLess(iterations, 2 + Math.log(1e-10 / Math.max(1, euclideanNorm(point))) / Math.log(L) + 400);
    }),
    { seed: 11, numRuns: 150 },
  );
});

Deno.test("ρ, R and L of the corrected theorem, worked out by hand", () => {
  const diagonal = (value: number) => [[value, 0], [0, value]];
  const head = {
    WQ: diagonal(0.4),
    WK: diagonal(0.5),
    WV: diagonal(0.25),
    transposed: false,
    logitScale: 0.5,
  };
  // n = 4, ‖X‖_F = 2: ρ = 2 · ¼, R = 2 / ½, L = ½ + ¼ · 0.1 · 16.
  const { growth, radius, rate, holds } = correctedTheorem(head, [[1, 0], [0, 1], [1, 0], [0, 1]]);
  assertAlmostEquals(growth, 0.5, 1e-14);
  assertAlmostEquals(radius, 4, 1e-13);
  assertAlmostEquals(rate, 0.9, 1e-13);
  assert(holds);
  assert(!correctedTheorem({ ...head, logitScale: 0.7 }, [[1, 0], [0, 1], [1, 0], [0, 1]]).holds);
});

Deno.test("at the boundary ρ = 1 a single token already escapes; beyond L = 1 nothing is claimed", () => {
  const one = { WQ: [[3]], WK: [[1]], transposed: true, logitScale: 0 };
  const at = (value: number) => ({ ...one, X: [[1]], WV: [[value]] });
  for (const value of [0.9, 0.99]) {
    assert(correctedTheorem(at(value), [[1]]).holds);
    const { reason, point } = picard(injectedRecurrence(at(value)).map, {
      start: Float64Array.of(0),
      limit: 10_000,
    });
    assertEquals(reason, "converged");
    assertAlmostEquals(point[0], value / (1 - value), 1e-6);
  }
  for (const value of [1, 1.01]) {
    const theorem = correctedTheorem(at(value), [[1]]);
    assertEquals([theorem.holds, theorem.rate, theorem.radius], [false, Infinity, Infinity]);
    const { reason } = picard(injectedRecurrence(at(value)).map, { start: Float64Array.of(0), limit: 3000 });
    assert(reason !== "converged");
  }
  const [below, above] = boundaryStudy([0.95, 1e4], { instances: 40, seed: 0 });
  assertEquals(below.settled.value, 1);
  assertLess(above.settled.value, 1);
});

Deno.test("the stated hypotheses, each with its number", () => {
  const hypotheses = statedHypotheses({ ...counterexample(4), q: 2 });
  hypotheses.forEach(({ value, limit, holds }) => {
    assertAlmostEquals(value, limit, 1e-12);
    assert(holds);
  });
  const [input] = statedHypotheses({ ...counterexample(4), X: [[2, 0], [0, 0]], q: 2 });
  assertEquals([input.value, input.holds], [2, false]);
});

Deno.test("the search violates the stated bound from random starts, and never the corrected one", () => {
  const shape = { n: 2, d: 2, m: 4, q: 2, transposed: true, seed: 1, evaluations: 500 };
  const found = searchViolation({ ...shape, restarts: 3 });
  assertGreater(found.ratio, 1.02);
  assert(statedHypotheses(found.problem).every(({ holds }) => holds));
  assertEquals(found.ratio, contractionBounds(found.problem).jacobianNorm / found.bounds.stated);
  assertLess(found.bounds.jacobianNorm, found.bounds.corrected * (1 + 1e-12));
  assertEquals(found.trace.length, 500);
  found.trace.forEach((value, at) => assert(at === 0 || value >= found.trace[at - 1]));
  assertEquals(searchViolation({ ...shape, restarts: 3 }), found);
  assertThrows(() => searchViolation({ ...shape, restarts: 0 }), RangeError);
});

Deno.test("random problems lie on the edge of the hypotheses, for every way to use them", () => {
  for (
    const problem of [
      ...randomProblems(8, 0),
      ...adversarialProblems({ seed: 0, evaluations: 20, restarts: 1 }),
    ]
  ) {
    assert(statedHypotheses(problem).every(({ holds }) => holds));
  }
  for (const point of tightnessOf("random", randomProblems(8, 1))) {
    assertEquals(point.kind, "random");
    assert(point.jacobianNorm <= point.local && point.local <= point.corrected * (1 + 1e-12));
  }
});

Deno.test("the recurrences are F(X+Z) and Z + F(X+Z), with their derivatives", () => {
  fc.assert(
    fc.property(contractionProblems({ square: true }), (problem) => {
      const [X, Z] = [problem.X, problem.Z].map((rows) => matrixOfRows(rows).values);
      const Y = X.map((value, i) => value + Z[i]);
      const F = selfAttention(problem).apply(Y);
      const [injected, residual] = [injectedRecurrence(problem), residualRecurrence(problem)];
      assertAllClose(injected.map(Z), F, "F(X+Z)", { tolerance: 1e-14 });
      assertAllClose(residual.map(Z), F.map((value, i) => value + Z[i]), "Z + F(X+Z)", { tolerance: 1e-14 });
      const size = Z.length;
      const expected = denseOf(injected.derivative(Z)).values.map((value, at) =>
        value + (Math.floor(at / size) === at % size ? 1 : 0)
      );
      assertAllClose(denseOf(residual.derivative(Z)).values, expected, "I + DF", { tolerance: 1e-13 });
    }),
    { seed: 12, numRuns: 40 },
  );
});

Deno.test("the derivative of k steps is that of the k-fold map", () => {
  const problem = randomProblem({ n: 2, d: 2, m: 2, q: 2, transposed: true }, randomStream(3, "steps"));
  const recurrence = injectedRecurrence(problem);
  const Z = matrixOfRows(problem.Z).values;
  for (const k of [1, 2, 5]) {
    const jacobian = derivativeOfSteps(recurrence, Z, k);
    const folded = (at: Float64Array) => Array.from({ length: k }).reduce<Float64Array>(recurrence.map, at);
    for (let j = 0; j < Z.length; j++) {
      const unit = Float64Array.from(Z, (_, i) => i === j ? 1 : 0);
      const [above, below] = [1e-6, -1e-6].map((h) => folded(Z.map((value, i) => value + h * unit[i])));
      const expected = above.map((value, i) => (value - below[i]) / 2e-6);
      assertAllClose(jacobian.apply(unit), expected, `column ${j} of ${k} steps`, { tolerance: 1e-7 });
      unit.forEach((_, i) => {
        const left = Float64Array.from(Z, (_, at) => at === i ? 1 : 0);
        assertAlmostEquals(jacobian.applyTransposed(left)[j], jacobian.apply(unit)[i], 1e-14);
      });
    }
  }
  assertThrows(() => derivativeOfSteps(recurrence, Z, 0), RangeError);
  assertThrows(() => injectedRecurrence({ ...growingResidual(), WV: [[1], [1]] }), RangeError);
});

Deno.test("planar examples: three fixed points, a fixed point beside a 2-cycle, a 2-cycle alone", () => {
  const kinds = Object.values(planarExamples).map((problem) => {
    const { map } = injectedRecurrence(problem);
    const { found, ends } = attractors(map, planeOfStarts(7, 4), { limit: 2000, tolerance: 1e-8 });
    assertEquals(found.reduce((sum, { starts }) => sum + starts, 0), ends.length);
    for (const { points } of found) {
      const [a, b = a] = points;
      assertAllClose(map(a), b, "F(a)", { tolerance: 1e-6 });
      assertAllClose(map(b), a, "F(b)", { tolerance: 1e-6 });
    }
    return found.map(({ points }) => points.length).sort();
  });
  assertEquals(kinds, [[1, 1, 1], [1, 2], [2]]);
});

Deno.test("attractors: one for all starts, ordered by starts, and what goes astray", () => {
  // x² has the fixed point 0 within (−1, 1), and runs away outside.
  const starts = [-0.5, 0.1, 3].map((value) => Float64Array.of(value));
  const { found, ends } = attractors((z) => z.map((value) => value * value), starts);
  assertEquals(found.map(({ starts }) => starts), [2]);
  assertEquals(ends, [0, 0, "diverged"]);
  assertEquals(planeOfStarts(2, 1).map((each) => [...each]), [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [
    0.5,
    0.5,
  ]]);
});

Deno.test("entropy rises with the temperature while the norm peaks in between", () => {
  const problem = randomProblem(
    { n: 6, d: 4, m: 4, q: 1.5, transposed: false },
    randomStream(0, "temperature"),
  );
  const points = temperatureSweep(problem, [1e-5, 0.01, 0.1, 1, 1e3]);
  points.forEach(({ entropy }, at) => assert(at === 0 || entropy > points[at - 1].entropy));
  const norms = points.map(({ jacobianNorm }) => jacobianNorm);
  assert(norms[1] > 2 * norms[0] && norms[1] > 2 * norms[4]);
  assertAlmostEquals(points[0].entropy, 0, 1e-6);
});

Deno.test("a trained head is the engine's attention, but for what the theorem lacks", async () => {
  const setup = configuration({
    model: {
      loops: 1,
      mlpWidth: 0,
      bias: false,
      causal: false,
      recency: 0,
      temperature: 0.5,
      norm: "none",
    },
  });
  const task = taskOf(setup.task);
  for (const norm of ["none", "pre"] as const) {
    const config = { ...setup, model: { ...setup.model, norm } };
    const engine = await createFusedEngine(engineProblem(task, config));
    const parameters = initialParameters(engine.problem, 1);
    const batch = task.sample(randomStream(0, "trained head"), 1, 12);
    const { states } = await engine.trace(parameters, batch);
    await engine.dispose();
    const head = trainedHead({ configuration: config, parameters }, {
      tokens: batch.tokens,
      normalised: norm === "pre",
    });
    const F = selfAttention(head).apply(matrixOfRows(head.X).values);
    // Z_1 = F(X).
    assertAllClose(F, states[1], `norm ${norm}`, { tolerance: 1e-5 });
    if (norm === "pre") continue;
    const latent = head.X.flat();
    assertEquals(
      trainedHead({ configuration: config, parameters }, { tokens: batch.tokens, latent }).Z,
      head.X,
    );
  }
  const two = configuration({ model: { heads: 2 } });
  assertThrows(
    () => trainedHead({ configuration: two, parameters: new Float32Array(0) }, { tokens: [0] }),
    UserError,
  );
});
