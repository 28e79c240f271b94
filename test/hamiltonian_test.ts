import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { determinant, EigenvalueDecomposition } from "ml-matrix";
import { type RandomStream, randomStream } from "../lib/random.ts";
import { differentiableDynamics } from "../lib/theory/hamiltonian/adjoint.ts";
import { checkConcavity } from "../lib/theory/hamiltonian/concavity.ts";
import { escapeGrowth } from "../lib/theory/hamiltonian/escape_growth.ts";
import {
  attentionLandscape,
  type AttentionWeights,
  energyHessian,
  fieldAt,
  retrievalJacobian,
} from "../lib/theory/hamiltonian/landscape.ts";
import {
  convergenceRate,
  convergesAtConstantField,
  stepJacobian,
  stepSpectralRadius,
} from "../lib/theory/hamiltonian/stability.ts";
import { energyError, particleEnergies } from "../lib/theory/hamiltonian/symplectic.ts";
import { latentDynamics } from "../lib/theory/hamiltonian/trajectory.ts";
import { confinedEnergy, wells } from "../lib/theory/hamiltonian/wells.ts";
import { assertAllClose } from "./reference/close.ts";
import { differences } from "./reference/finite_differences.ts";

const vector = (stream: RandomStream, length: number, scale = 1) =>
  Array.from({ length }, () => scale * stream.normal());
const rows = (stream: RandomStream, count: number, length: number) =>
  Array.from({ length: count }, () => vector(stream, length));

/** A random problem: tokens, weights that are not symmetric, a temperature. */
function randomWeights(seed: number): AttentionWeights & { n: number; d: number; stream: RandomStream } {
  const stream = randomStream(seed, "hamiltonian test");
  const [n, d] = [stream.integer(1, 6), stream.integer(1, 5)];
  const [WQ, WK, WV] = [0, 1, 2].map(() => rows(stream, d, d));
  return { X: rows(stream, n, d), WQ, WK, WV, tau: 0.2 + stream.uniform(), n, d, stream };
}

const seeds = fc.nat(1_000_000);
const holds = (property: (seed: number) => void, numRuns = 100) =>
  fc.assert(fc.property(seeds, property), { seed: 1, numRuns });

/** W x for a column x. */
const apply = (W: ArrayLike<ArrayLike<number>>, x: ArrayLike<number>) =>
  Array.from(W, (row) => Array.from(row).reduce((sum, entry, c) => sum + entry * x[c], 0));
const dot = (a: number[], b: number[]) => a.reduce((sum, entry, c) => sum + entry * b[c], 0);

/** The paper's formulas as they stand, without a thought for overflow. */
function asWritten({ X, WQ, WK, WV, tau }: AttentionWeights, Z: ArrayLike<number>) {
  const tokens = Array.from(X, (row) => Array.from(row));
  const d = Z.length;
  const exponentials = tokens.map((x) => Math.exp(dot(apply(WQ, Z), apply(WK, x)) / (tau * Math.sqrt(d))));
  const sum = exponentials.reduce((a, b) => a + b);
  const retrieved = Array.from(
    { length: d },
    (_, c) => tokens.reduce((total, x, i) => total + exponentials[i] / sum * apply(WV, x)[c], 0),
  );
  return { energy: -tau * Math.log(sum), retrieved };
}

Deno.test("energy and retrieval are the paper's formulas", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const Z = vector(stream, d);
    const { energy, retrieved, attention } = fieldAt(attentionLandscape(weights), Z);
    const expected = asWritten(weights, Z);
    assertAlmostEquals(energy, expected.energy, 1e-12 * (1 + Math.abs(expected.energy)));
    assertAllClose(retrieved, expected.retrieved, "retrieved", { tolerance: 1e-11, floor: 1e-12 });
    assertAlmostEquals(attention.reduce((a, b) => a + b), 1, 1e-14);
  });
});

Deno.test("gradient, Hessian and Jacobian agree with finite differences", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape(weights);
    const Z = Float64Array.from(vector(stream, d, 0.5));
    const at = (Z: Float64Array) => fieldAt(landscape, Z);
    const close = { tolerance: 1e-6, floor: 1e-6 };
    assertAllClose(at(Z).gradient, differences((Z) => at(Z).energy, Z), "gradient", close);
    for (let c = 0; c < d; c++) {
      const hessian = differences((Z) => at(Z).gradient[c], Z);
      assertAllClose(energyHessian(landscape, Z).getRow(c), hessian, "Hessian", close);
      const jacobian = differences((Z) => at(Z).retrieved[c], Z);
      assertAllClose(retrievalJacobian(landscape, Z).getRow(c), jacobian, "Jacobian", close);
    }
  });
});

Deno.test("the energy is concave: along chords, and by its Hessian", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape(weights);
    const [Y, Z] = [vector(stream, d, 3), vector(stream, d, 3)];
    const t = stream.uniform();
    const between = fieldAt(landscape, Y.map((y, c) => t * y + (1 - t) * Z[c])).energy;
    const chord = t * fieldAt(landscape, Y).energy + (1 - t) * fieldAt(landscape, Z).energy;
    assertGreater(between, chord - 1e-12 * (1 + Math.abs(chord)));
    const hessian = energyHessian(landscape, Z);
    const { realEigenvalues } = new EigenvalueDecomposition(hessian, { assumeSymmetric: true });
    assertLess(Math.max(...realEigenvalues), 1e-12 * (1 + hessian.norm()));
    const { largestCurvature, leastRise } = checkConcavity(landscape, { stream, pairs: 5, reach: 1 });
    assertLess(largestCurvature, 1e-12 * (1 + landscape.keys.reduce((sum, a) => sum + a ** 2, 0)));
    assertGreater(leastRise, -1e-12);
  });
  // The search finds what is not concave: with the sign of the temperature turned, E_tau is convex.
  const two = attentionLandscape({ X: [[1, 0], [-1, 1]], WQ: eye(2), WK: eye(2), WV: eye(2), tau: 1 });
  const convex = { ...two, tau: -0.5 };
  const found = checkConcavity(convex, { stream: randomStream(0), pairs: 20, reach: 1 });
  assert(found.largestCurvature > 0.01 && found.leastRise < -0.01, JSON.stringify(found));
});

Deno.test("as the temperature falls, E_tau nears −max score from below, and nothing overflows", () => {
  holds((seed) => {
    const { stream, n, d, ...weights } = randomWeights(seed);
    const Z = vector(stream, d);
    for (const scale of [1, 1e150]) {
      for (const tau of [1, 1e-3, 1e-300, Number.MIN_VALUE]) {
        const landscape = attentionLandscape({ ...weights, tau });
        const scores = Array.from(
          { length: n },
          (_, i) => scale * dot([...landscape.keys.subarray(i * d, (i + 1) * d)], Z),
        );
        const { energy, attention, retrieved } = fieldAt(landscape, Z.map((entry) => scale * entry));
        const gap = -Math.max(...scores) - energy;
        const rounding = 1e-14 * Math.abs(energy);
        assert(-rounding <= gap && gap <= tau * Math.log(n) + rounding, `${gap} at ${tau}`);
        for (const each of [...attention, ...retrieved]) assert(Number.isFinite(each));
      }
    }
  });
});

Deno.test("a trajectory is eq. 1 to the letter, beta[k] in the step to k + 1", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const [mu, alpha, steps] = [stream.uniform(), stream.uniform(), 5];
    const beta = vector(stream, steps, 0.3);
    const [Z0, V0] = [vector(stream, d), vector(stream, d)];
    const run = latentDynamics(attentionLandscape(weights), { mu, alpha, beta, Z0, V0, steps });

    let [Z, V] = [Z0, V0];
    for (let k = 0; k <= steps; k++) {
      const close = { tolerance: 1e-6, floor: 1e-6 };
      assertAllClose(run.positions[k], Z, `Z_${k}`, close);
      assertAllClose(run.velocities[k], V, `V_${k}`, close);
      assertAlmostEquals(run.energy[k], asWritten(weights, Z).energy, 1e-6 * (1 + Math.abs(run.energy[k])));
      if (k === steps) break;
      // Another way to the gradient than the library's.
      const gradient = differences((at) => asWritten(weights, at).energy, Float64Array.from(Z));
      const { retrieved } = asWritten(weights, Z);
      V = V.map((v, c) => mu * v + alpha * (retrieved[c] - Z[c]) - beta[k] * gradient[c]);
      Z = Z.map((z, c) => z + V[c]);
    }
    assertEquals([run.positions.length, run.leftRangeAt], [steps + 1, undefined]);
  }, 30);
});

Deno.test("the gradient through eq. 1 agrees with finite differences, schedule and all", () => {
  holds((seed) => {
    const { stream, n, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape(weights);
    const [steps, mu, alpha] = [4, stream.uniform(), stream.uniform()];
    const beta = vector(stream, steps, 0.5);
    const wanted = vector(stream, d);
    const parts = [landscape.keys, landscape.values, vector(stream, d), vector(stream, d)];
    const flat = Float64Array.from(parts.flatMap((part) => [...part]));
    const problem = (at: Float64Array) => {
      const [keys, values] = [at.subarray(0, n * d), at.subarray(n * d, 2 * n * d)];
      const [Z0, V0] = [at.subarray(2 * n * d, (2 * n + 1) * d), at.subarray((2 * n + 1) * d)];
      return differentiableDynamics({ ...landscape, keys, values }, { mu, alpha, beta, Z0, V0, steps });
    };
    const expected = differences((at) => dot([...problem(at).last], wanted), flat);
    const { keys, values, Z0, V0 } = problem(flat).pullBack(wanted);
    const close = { tolerance: 1e-6, floor: 1e-6 };
    assertAllClose([...keys, ...values, ...Z0, ...V0], expected, "gradient", close);
  }, 50);
});

Deno.test("one token: the force is constant and the way is known in closed form", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape({ ...weights, X: [weights.X[0]] });
    const [Z0, V0] = [vector(stream, d), vector(stream, d)];
    const [beta, steps] = [stream.uniform(), 20];
    const { keys, values } = landscape;

    const { positions } = latentDynamics(landscape, { mu: 1, alpha: 0, beta, Z0, V0, steps });
    positions.forEach((Z, k) => {
      const expected = Z0.map((z, c) => z + k * V0[c] + beta * keys[c] * k * (k + 1) / 2);
      assertAllClose(Z, expected, `Z_${k}`, { tolerance: 1e-12, floor: 1e-12 });
    });

    // mu = 0: the distance from v + (beta/alpha) a shrinks by 1 − alpha a step.
    const alpha = 0.1 + 1.8 * stream.uniform();
    const damped = latentDynamics(landscape, { mu: 0, alpha, beta, Z0, steps });
    const rest = Float64Array.from(values, (value, c) => value + beta / alpha * keys[c]);
    damped.positions.forEach((Z, k) => {
      const expected = rest.map((r, c) => r + (1 - alpha) ** k * (Z0[c] - r));
      assertAllClose(Z, expected, `Z_${k}`, { tolerance: 1e-11, floor: 1e-11 });
    });
  });
});

Deno.test("convergence at a constant field: the region, the rate, the simulation and the eigenvalues agree", () => {
  const landscape = attentionLandscape({ X: [[1]], WQ: [[0]], WK: [[1]], WV: [[1]], tau: 1 });
  fc.assert(
    fc.property(
      fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      fc.double({ min: -1, max: 5, noNaN: true }),
      (mu, alpha) => {
        const rate = convergenceRate({ mu, alpha });
        const radius = stepSpectralRadius(landscape, { Z: [0], mu, alpha, beta: 0 });
        // A double eigenvalue is known to the root of the machine's precision only.
        assertAlmostEquals(rate, radius, 1e-6);
        if (Math.abs(rate - 1) < 1e-6) return;
        assertEquals(convergesAtConstantField({ mu, alpha }), rate < 1);
        if (Math.abs(rate - 1) < 0.03) return;
        const { positions } = latentDynamics(landscape, {
          mu,
          alpha,
          beta: 0,
          Z0: [2],
          V0: [0.3],
          steps: 2000,
        });
        assertEquals(Math.abs(positions.at(-1)![0] - 1) < 1e-6, rate < 1);
      },
    ),
    { seed: 1, numRuns: 300 },
  );
});

Deno.test("a step's Jacobian agrees with finite differences, and its determinant is mu^d", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape(weights);
    const [mu, alpha, beta] = [1.2 * stream.uniform(), stream.uniform(), stream.normal()];
    const state = Float64Array.from(vector(stream, 2 * d, 0.5));
    const jacobian = stepJacobian(landscape, { Z: state.subarray(0, d), mu, alpha, beta });
    for (let c = 0; c < 2 * d; c++) {
      const expected = differences((at) => {
        const [Z0, V0] = [at.subarray(0, d), at.subarray(d)];
        const run = latentDynamics(landscape, { mu, alpha, beta, Z0, V0, steps: 1 });
        return (c < d ? run.positions : run.velocities)[1][c % d];
      }, state);
      assertAllClose(jacobian.getRow(c), expected, "step", { tolerance: 1e-6, floor: 1e-6 });
    }
    assertAlmostEquals(determinant(jacobian), mu ** d, 1e-9 * jacobian.norm() ** (2 * d));
  });
});

Deno.test("the rate at an attracting fixed point is the spectral radius there", () => {
  const landscape = attentionLandscape({
    X: [[1, 0], [-1, 0.5]],
    WQ: eye(2),
    WK: eye(2),
    WV: eye(2),
    tau: 0.3,
  });
  const parameters = { mu: 0.05, alpha: 0.3, beta: 0.1 };
  const run = latentDynamics(landscape, { ...parameters, Z0: [0.3, 0.2], steps: 400 });
  const rest = run.positions.at(-1)!;
  const radius = stepSpectralRadius(landscape, { ...parameters, Z: rest });
  assertLess(radius, 1);
  const off = (k: number) => Math.hypot(...run.positions[k].map((z, c) => z - rest[c]));
  // The leading eigenvalue is real, and the others have died away.
  assertAlmostEquals(off(61) / off(60), radius, 1e-4);
});

function eye(size: number): number[][] {
  return Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => i === j ? 1 : 0));
}

Deno.test("alpha = 0, mu = 1 keeps the energy to first order in sqrt(beta), to second with centred momentum", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape({ ...weights, tau: 1 });
    const flight = { Z0: vector(stream, d, 0.3), P0: vector(stream, d, 0.3), time: 1 };
    const order = (centred: boolean) => {
      const error = (step: number) => energyError(landscape, { ...flight, step, centred });
      return Math.log2(error(1 / 1024) / error(1 / 2048));
    };
    // One token is a constant force, on which centred momentum is exact.
    if (weights.n < 2 || energyError(landscape, { ...flight, step: 1 / 1024, centred: true }) < 1e-9) return;
    assertAlmostEquals(order(false), 1, 0.1);
    assertAlmostEquals(order(true), 2, 0.2);
  }, 30);
});

Deno.test("kinetic and potential energy add up, and the units are those of E_tau", () => {
  const landscape = attentionLandscape({ X: [[1], [-2]], WQ: [[1]], WK: [[1]], WV: [[1]], tau: 0.5 });
  const beta = 0.04;
  const run = latentDynamics(landscape, { mu: 1, alpha: 0, beta, Z0: [0.1], V0: [0.2], steps: 3 });
  const [first] = particleEnergies(landscape, run, { beta });
  assertAlmostEquals(first.kinetic, 0.2 ** 2 / 2 / beta, 1e-14);
  assertEquals(first.potential, run.energy[0]);
  assertEquals(first.total, first.kinetic + first.potential);
});

Deno.test("alpha = 0 escapes: quadratically with mu = 1, linearly with mu < 1, at the force's own rate", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape({ ...weights, tau: 0.2 });
    const beta = 0.5;
    for (const mu of [1, 0.6]) {
      const run = latentDynamics(landscape, { mu, alpha: 0, beta, Z0: vector(stream, d, 3), steps: 5000 });
      const { exponent, expectedExponent, rate, expectedRate } = escapeGrowth(landscape, run, { mu, beta });
      // Where no key points far from the others the force is weak and the particle still on its way.
      if (expectedRate < 0.05) continue;
      assertAlmostEquals(exponent, expectedExponent, 0.05);
      assertAlmostEquals(rate / expectedRate, 1, 0.1);
      assertLess(run.energy.at(-1)!, run.energy[0] - 1);
    }
  }, 15);
  const { positions } = latentDynamics(
    attentionLandscape({ X: [[1], [-1]], WQ: [[1]], WK: [[1]], WV: [[1]], tau: 1 }),
    { mu: 1, alpha: 0, beta: 1, Z0: [0], steps: 50 },
  );
  assertEquals(positions.at(-1)![0], 0, "the maximum, an unstable balance, is the only point of rest");
});

Deno.test("½‖Z‖² makes wells: bounded below, gradient 0, a minimum; at low temperature at the keys", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const landscape = attentionLandscape(weights);
    const found = wells(landscape);
    assertGreater(found.length, 0);
    for (const { position, energy } of found) {
      const { gradient } = fieldAt(landscape, position);
      assertAllClose(gradient.map((each) => -each), position, "rest", { tolerance: 1e-5, floor: 1e-6 });
      for (let trial = 0; trial < 10; trial++) {
        const near = position.map((z) => z + 1e-3 * stream.normal());
        assertGreater(confinedEnergy(landscape, near), energy - 1e-9);
      }
    }
    const far = confinedEnergy(landscape, vector(stream, d, 1e6));
    assertGreater(far, 0);
  }, 50);

  const keys = [[2, 0], [0, 3], [-1, -1], [0.1, 0.1]];
  const cold = attentionLandscape({
    X: keys.map((key) => key.map((entry) => Math.SQRT2 * entry)),
    WQ: eye(2),
    WK: eye(2),
    WV: eye(2),
    tau: 1e-3,
  });
  const found = wells(cold);
  // The last key loses to the others at its own place: no well.
  assertEquals(found.length, 3);
  found.forEach(({ position }, i) => assertAllClose(position, keys[i], `well ${i}`, { tolerance: 1e-9 }));
});

Deno.test("with tied values eq. 1 is a heavy ball on (alpha + beta) E + alpha ½‖Z‖²", () => {
  holds((seed) => {
    const { stream, d, ...weights } = randomWeights(seed);
    const [alpha, beta] = [stream.uniform(), stream.uniform()];
    const untied = attentionLandscape(weights);
    const landscape = { ...untied, values: untied.keys };
    const Z0 = Float64Array.from(vector(stream, d));
    const { velocities } = latentDynamics(landscape, { mu: 0, alpha, beta, Z0, steps: 1 });
    const potential = (Z: Float64Array) =>
      alpha * confinedEnergy(landscape, Z) + beta * fieldAt(landscape, Z).energy;
    const force = differences(potential, Z0).map((each) => -each);
    assertAllClose(velocities[1], force, "force", { tolerance: 1e-6, floor: 1e-6 });
  });
});

Deno.test("a trajectory that leaves the range of numbers ends before, and says when", () => {
  const landscape = attentionLandscape({ X: [[1]], WQ: [[1]], WK: [[1]], WV: [[1]], tau: 1 });
  const run = latentDynamics(landscape, { mu: 1e100, alpha: 0, beta: 0, Z0: [0], V0: [1], steps: 10 });
  assertEquals(run.leftRangeAt, 4);
  assertEquals([run.positions.length, run.velocities.length, run.energy.length], [4, 4, 4]);
});

Deno.test("mistakes in a program are named", () => {
  const weights = { X: [[1, 2]], WQ: eye(2), WK: eye(2), WV: eye(2), tau: 1 };
  assertThrows(() => attentionLandscape({ ...weights, tau: 0 }), RangeError, "temperature that is not > 0");
  assertThrows(() => attentionLandscape({ ...weights, X: [] }), RangeError, "no tokens");
  assertThrows(
    () => attentionLandscape({ ...weights, WK: eye(3) }),
    RangeError,
    "Cannot use WK of 3 × 3 where 2 × 2",
  );
  assertThrows(
    () => attentionLandscape({ ...weights, X: [[1, 2], [3]] }),
    RangeError,
    "Cannot use X of 2 × 1",
  );
  assertThrows(() => attentionLandscape({ ...weights, WV: [] }), RangeError, "Cannot use WV of 0 × 0");
  const landscape = attentionLandscape(weights);
  const launch = { mu: 0, alpha: 0, beta: [1], Z0: [0, 0], steps: 2 };
  assertThrows(() => latentDynamics(landscape, launch), RangeError, "2 steps with 1 values of beta");
  assertThrows(() => latentDynamics(landscape, { ...launch, Z0: [0] }), RangeError, "Z0 of 1 entries");
  const run = latentDynamics(landscape, { ...launch, beta: 1 });
  assertThrows(() => escapeGrowth(landscape, run, { mu: 0, beta: 1 }), RangeError, "4 are needed");
});
