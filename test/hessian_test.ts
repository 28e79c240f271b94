import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import { exactHessian, multiply } from "../lib/analysis/hessian/exact.ts";
import { type GradientFunction, gradientOf } from "../lib/analysis/hessian/gradient.ts";
import { lanczosSpectrum, spectralDensity } from "../lib/analysis/hessian/lanczos.ts";
import {
  movement,
  partOf,
  riverDirection,
  riverValley,
  splitVector,
} from "../lib/analysis/hessian/river_valley.ts";
import {
  coordinates,
  fromCoordinates,
  spectrumOf,
  summarizeSpectrum,
} from "../lib/analysis/hessian/spectrum.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import type { EngineProblem } from "../lib/engines/engine.ts";
import { UserError } from "../lib/errors.ts";
import { configuration } from "../lib/models/config.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { randomStream } from "../lib/random.ts";
import type { Batch } from "../lib/tasks/task.ts";
import { normalParameters } from "./arbitraries.ts";
import { nearestTie } from "./reference/finite_differences.ts";
import { forward, objective } from "./reference/forward.ts";

/** Qᵀ diag(λ) Q with a random orthogonal Q, and its gradient. */
function quadratic(eigenvalues: number[], seed: number): { matrix: Matrix; gradient: GradientFunction } {
  const n = eigenvalues.length;
  const stream = randomStream(seed, "quadratic");
  const normal = new Matrix(
    Array.from({ length: n }, () => Array.from({ length: n }, () => stream.normal())),
  );
  const Q = new QrDecomposition(normal).orthogonalMatrix;
  const matrix = Q.transpose().mmul(Matrix.diag(eigenvalues)).mmul(Q);
  return {
    matrix,
    gradient: (at) => Promise.resolve([matrix.mmul(Matrix.columnVector([...at])).to1DArray()]),
  };
}

const eigenvaluesOf = (rows: number[][]): number[] =>
  new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues
    .toSorted((a, b) => a - b);

Deno.test("the Hessian of a quadratic has the spectrum that it was made of", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -50, max: 1000 }), { minLength: 1, maxLength: 12 }),
      fc.nat(),
      async (chosen, seed) => {
        const eigenvalues = chosen.toSorted((a, b) => a - b);
        const { gradient } = quadratic(eigenvalues, seed);
        const hessian = await exactHessian(gradient, new Float32Array(eigenvalues.length).fill(0.5));
        const found = spectrumOf(hessian).eigenvalues;
        const scale = Math.max(1, ...eigenvalues.map(Math.abs));
        eigenvalues.forEach((value, k) => assertAlmostEquals(found[k], value, 1e-6 * scale));
        assertLess(hessian.symmetryError, 1e-6);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("eigenvectors are orthonormal and turn coordinates back and forth", async () => {
  const { gradient, matrix } = quadratic([-3, -1, 0, 2, 5, 40], 7);
  const spectrum = spectrumOf(await exactHessian(gradient, new Float32Array(6)));
  for (let k = 0; k < 6; k++) {
    const vector = spectrum.vectors.subarray(k * 6, (k + 1) * 6);
    const image = multiply(Float64Array.from(matrix.to1DArray()), vector);
    image.forEach((value, i) => assertAlmostEquals(value, spectrum.eigenvalues[k] * vector[i], 1e-4));
  }
  const vector = [1, -2, 3, 0.5, 0, 4];
  const there = coordinates(spectrum, vector);
  fromCoordinates(spectrum, there).forEach((value, i) => assertAlmostEquals(value, vector[i], 1e-9));
  assertAlmostEquals(Math.hypot(...there), Math.hypot(...vector), 1e-9);
});

Deno.test("a gradient that bends on the scale of a thousandth is differenced over a shorter step", async () => {
  // Σ A·cos(k·wᵀx) over some unit vectors w, with a period of 2π/k = 0.004: −A·k²·cos(k·wᵀx)·wwᵀ.
  const [k, A, size] = [1500, 1e-3, 30];
  const stream = randomStream(0, "ridges");
  const ridges = Array.from({ length: 5 }, () => {
    const w = Array.from({ length: size }, () => stream.normal());
    return w.map((value) => value / Math.hypot(...w));
  });
  const phase = (w: number[], at: Float32Array) => k * w.reduce((sum, value, i) => sum + value * at[i], 0);
  const gradient: GradientFunction = (at) => {
    const sum = new Float64Array(size);
    for (const w of ridges) w.forEach((value, i) => sum[i] -= A * k * Math.sin(phase(w, at)) * value);
    // Rounded as an engine's are.
    return Promise.resolve([Float32Array.from(sum)]);
  };
  const at = Float32Array.from({ length: size }, () => 0.3 * stream.normal());
  const { matrix, step } = await exactHessian(gradient, at);
  assertLess(step, 2 ** -11);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const expected = ridges.reduce((sum, w) => sum - A * k * k * Math.cos(phase(w, at)) * w[i] * w[j], 0);
      assertAlmostEquals(matrix[i * size + j], expected, 2e-3 * A * k * k);
    }
  }
});

Deno.test("kinks beside the point add nothing where parts are given one by one", async () => {
  // Part p: ½·3·|x|² − |x_j − c|. Half of the parts have a kink, each at a place of its own on the differences' way.
  const at = Float32Array.of(0.5, -0.25, 1);
  const step = 2 ** -12;
  const kinks = Array.from({ length: 24 }, (_, p) => ({
    j: p % 3,
    at: at[p % 3] + (p < 12 ? (Math.floor(p / 3) - 1.5) * step / 2 : 1),
  }));
  const parts = (x: Float32Array) =>
    kinks.map((kink) => Float32Array.from(x, (v, j) => 3 * v - (j === kink.j ? Math.sign(v - kink.at) : 0)));
  const mean = (rows: Float32Array[]) => rows[0].map((_, j) => rows.reduce((s, row) => s + row[j], 0) / 24);
  const apart = await exactHessian((x) => Promise.resolve(parts(x)), at, { step });
  for (let i = 0; i < 3; i++) assertAlmostEquals(apart.matrix[i * 4], 3, 0.01);
  // Together there is a kink in every interval, and no slope is right.
  const together = await exactHessian((x) => Promise.resolve([mean(parts(x))]), at, { step });
  for (let i = 0; i < 3; i++) assertLess(together.matrix[i * 4], -100);
});

/** A model small enough for second differences in double precision, its parameters and a batch. */
function smallModel(seed: number): { problem: EngineProblem; parameters: Float32Array; batch: Batch } {
  const { model, objective } = configuration({
    model: { width: 4, headWidth: 2, mlpWidth: 2, loops: 2, bias: false },
    objective: { lambdaPotential: 0.5, lambdaKinetic: 0.01, lambdaEntropy: 0.3 },
  });
  const problem = { vocabulary: 2, classes: 3, model, objective };
  const stream = randomStream(seed, "small model");
  const draw = (most: number) => Int32Array.from({ length: 12 }, () => stream.integer(0, most));
  const batch = { tokens: draw(1), targets: draw(2), count: 2, length: 6 };
  return { problem, parameters: normalParameters(problem, seed), batch };
}

/** Second differences of the double-precision reference. */
function referenceHessian({ problem, parameters, batch }: ReturnType<typeof smallModel>): number[][] {
  const size = parameters.length;
  const h = 1e-4;
  const total = (moves: [number, number][]) => {
    const at = Float64Array.from(parameters);
    for (const [i, by] of moves) at[i] += by;
    return objective(problem, at, batch).total;
  };
  const rows = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      const corner = (a: number, b: number) => total([[i, a * h], [j, b * h]]);
      rows[i][j] = rows[j][i] = (corner(1, 1) - corner(1, -1) - corner(-1, 1) + corner(-1, -1)) / (4 * h * h);
    }
  }
  return rows;
}

/** A seed whose rows are all far from a kink. */
function quietSeed(): number {
  for (let seed = 0;; seed++) {
    const { problem, parameters, batch } = smallModel(seed);
    if (nearestTie(forward(problem, parameters, batch)) > 0.01) return seed;
  }
}

Deno.test("the exact Hessian of a model agrees with second differences in double precision, and Lanczos with it", async () => {
  const small = smallModel(quietSeed());
  const reference = referenceHessian(small);
  const engine = await createFusedEngine(small.problem, { workers: 1 });
  const gradient = gradientOf(engine, small.batch);
  const hessian = await exactHessian(gradient, small.parameters);
  const estimate = await lanczosSpectrum(gradient, small.parameters, { iterations: 200, probes: 3 });
  await engine.dispose();

  const expected = eigenvaluesOf(reference);
  const found = spectrumOf(hessian);
  const largest = expected.at(-1)!;
  assertEquals(hessian.size, modelSpecification(small.problem).size);
  expected.forEach((value, k) => assertAlmostEquals(found.eigenvalues[k], value, 1e-3 * largest));
  const trace = expected.reduce((sum, value) => sum + value, 0);
  assertAlmostEquals(summarizeSpectrum(found).trace, trace, 2e-3 * Math.abs(trace));
  reference.forEach((row, i) =>
    row.forEach((value, j) => assertAlmostEquals(hessian.matrix[i * row.length + j], value, 1e-3 * largest))
  );
  assertLess(hessian.eigenvalueError, 1e-3 * largest);

  assertAlmostEquals(estimate.converged.at(-1)!, largest, 2e-3 * largest);
  assertAlmostEquals(estimate.converged.at(-2)!, expected.at(-2)!, 2e-3 * largest);
  assertAlmostEquals(estimate.converged[0], expected[0], 2e-3 * largest);
});

Deno.test("Lanczos finds a known spectrum: its ends, its trace and its density", async () => {
  const bulk = Array.from({ length: 196 }, (_, k) => k / 196);
  const eigenvalues = [-8, ...bulk, 20, 50, 100];
  const { gradient } = quadratic(eigenvalues, 3);
  const at = new Float32Array(200);
  const found = await lanczosSpectrum(gradient, at, { iterations: 40, probes: 10, step: 2 ** -8 });
  for (const [back, value] of [[-1, 100], [-2, 50], [-3, 20]]) {
    assertAlmostEquals(found.converged.at(back)!, value, 1e-3 * 100);
  }
  assertAlmostEquals(found.converged[0], -8, 0.1);
  const trace = eigenvalues.reduce((sum, value) => sum + value, 0);
  assertLess(Math.abs(found.trace - trace), 4 * found.traceError);
  assertLess(found.traceError, 0.5 * trace);
  // How many directions lie in the bulk, against the estimate.
  const inBulk = found.eigenvalues.reduce((sum, v, k) => v > -1 && v < 2 ? sum + found.weights[k] : sum, 0);
  assertAlmostEquals(inBulk, 196, 6);
  const density = spectralDensity(found, { at: [0.5, 75], bandwidth: 0.3 });
  assertAlmostEquals(density[0], spectralDensity({ eigenvalues }, { at: [0.5], bandwidth: 0.3 })[0], 30);
  assertLess(density[1], 0.01);
  // The whole of it.
  assertAlmostEquals(found.weights.reduce((sum, each) => sum + each, 0), 200, 1e-6);
});

Deno.test("the same seed gives the same estimate", async () => {
  const { gradient } = quadratic([1, 2, 3, 10], 1);
  const run = (seed: number) =>
    lanczosSpectrum(gradient, new Float32Array(4), { iterations: 2, probes: 2, seed });
  assertEquals(await run(5), await run(5));
  assert((await run(5)).trace !== (await run(6)).trace);
});

Deno.test("summaries of known spectra", () => {
  const flat = summarizeSpectrum({ eigenvalues: [2, 2, 2, 2] });
  assertAlmostEquals(flat.matrixEntropy, Math.log(4), 1e-12);
  assertAlmostEquals(flat.effectiveRank, 4, 1e-12);
  const mixed = summarizeSpectrum({ eigenvalues: [-1, 0, 3] });
  assertEquals([mixed.trace, mixed.largest, mixed.smallest, mixed.negativeShare], [2, 3, -1, 0.25]);
  assertAlmostEquals(mixed.matrixEntropy, -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)), 1e-12);
  // Weights count directions.
  const weighted = summarizeSpectrum({ eigenvalues: [-1, 3], weights: [2, 2] });
  const spelledOut = summarizeSpectrum({ eigenvalues: [-1, -1, 3, 3] });
  for (const key of ["trace", "matrixEntropy", "negativeShare"] as const) {
    assertAlmostEquals(weighted[key], spelledOut[key], 1e-12);
  }
  assertEquals(summarizeSpectrum({ eigenvalues: [0, 0] }).negativeShare, 0);
});

Deno.test("river and valley: split, direction and hopping", () => {
  const eigenvalues = [-1, 0.5, 2, 60, 100];
  const { inValley, valleyDimension, condition } = riverValley(eigenvalues, { threshold: 0.1 });
  assertEquals(inValley, [false, false, false, true, true]);
  assertEquals(valleyDimension, 2);
  assertAlmostEquals(condition, 100 / 60, 1e-12);
  const { along, across, acrossShare } = splitVector([3, 0, 4, 12, 0], { inValley });
  assertEquals([along, across], [5, 12]);
  assertAlmostEquals(acrossShare, 144 / 169, 1e-12);
  const direction = riverDirection([3, 0, -4, 7, 7], { inValley });
  [-0.6, 0, 0.8, 0, 0].forEach((value, k) => assertAlmostEquals(direction[k], value, 1e-12));
  assertEquals([...partOf([1, 2, 3, 4, 5], { inValley, part: "valley" })], [0, 0, 0, 4, 5]);

  // From wall to wall while flowing on.
  const hopping = movement([[1, 0, 0, 5, 0], [1, 0, 0, -5, 0], [1, 0, 0, 5, 0]], { inValley });
  assertAlmostEquals(hopping.acrossCosine, -1, 1e-12);
  assertAlmostEquals(hopping.alongCosine, 1, 1e-12);
  assertAlmostEquals(hopping.acrossProgress, 1 / 3, 1e-12);
  assertAlmostEquals(hopping.alongProgress, 1, 1e-12);
  assertAlmostEquals(hopping.steps[0].acrossShare, 25 / 26, 1e-12);
});

Deno.test("mistakes are named", async () => {
  const gradient: GradientFunction = (at) => Promise.resolve([at]);
  await assertRejects(() => exactHessian(gradient, new Float32Array(3001)), UserError, "limited to 3000");
  await assertRejects(
    () => lanczosSpectrum(gradient, new Float32Array(3), { probes: 0 }),
    UserError,
    "Cannot use 0 probes",
  );
  const stopped = AbortSignal.abort();
  await assertRejects(() => exactHessian(gradient, new Float32Array(3), { signal: stopped }), DOMException);
  assertThrows(() => riverValley([1, 2], { threshold: 1 }), RangeError, "must be > 0 and < 1");
  assertThrows(() => riverValley([-2, -1], { threshold: 0.5 }), RangeError, "without a positive eigenvalue");
});
