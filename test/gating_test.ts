import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import fc from "fast-check";
import { gatingInstance, gatingStudy, predictDamping, stepRules } from "../lib/analysis/gating_study.ts";
import { medianInterval } from "../lib/analysis/interval.ts";
import { randomStream } from "../lib/random.ts";
import { damped } from "../lib/theory/fixed_point/damped.ts";
import { gated } from "../lib/theory/fixed_point/gated.ts";
import { dampedRadius, eigenvalues, gainsFromDamping } from "../lib/theory/gating/damping.ts";
import { boundGate, entropyBound, linearGate } from "../lib/theory/gating/gate.ts";
import { gateProperties } from "../lib/theory/gating/properties.ts";
import { maximumEntropy } from "../lib/theory/tsallis.ts";

const q = 1.5;
const outcomes = 8;
const maximum = maximumEntropy(outcomes, q);
const head = { weightProduct: 0.25, valueNorm: 0.4, n: outcomes, q };
const held = (gate: (entropy: number) => number, bound?: (entropy: number) => number) =>
  Object.entries(gateProperties(gate, { maximum, bound })).filter(([, { holds }]) => holds).map(([name]) =>
    name
  );
const all = ["positivity", "monotonicity", "contraction", "saturation"];

Deno.test("the linear gate has B.4's properties; the third with a bound only where that allows it", () => {
  assertEquals(held(linearGate(0.1, { outcomes, q })), all);
  assertEquals(held(linearGate(0.1, { outcomes, q }), () => 0.9), all);
  assertEquals(held(linearGate(0.1, { outcomes, q }), () => 2), all.filter((name) => name !== "contraction"));
});

Deno.test("the bound gate has all four exactly where the bound allows a whole step at the largest entropy", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.05, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 3, noNaN: true }),
      (v, m) => {
        const bound = entropyBound({ ...head, weightProduct: m, valueNorm: v });
        const properties = held(boundGate(bound), bound);
        assertEquals(
          properties,
          bound(maximum) <= 0.9 / 0.95 ? all : all.filter((name) => name !== "saturation"),
        );
      },
    ),
    { numRuns: 100, seed: 8 },
  );
});

Deno.test("each property is missed where it fails, and the witness shows it", () => {
  const check = (gate: (entropy: number) => number) => gateProperties(gate, { maximum });
  const zero = check((entropy) => entropy / maximum).positivity;
  assertEquals([zero.holds, zero.witness?.entropies], [false, [0]]);
  assert(!check((entropy) => 1.5 * entropy + 0.1).positivity.holds);
  assert(!check(() => NaN).positivity.holds);
  const bump = (entropy: number) => entropy > 0.3 * maximum && entropy < 0.4 * maximum ? 0.2 : 0.9;
  const { witness } = check(bump).monotonicity;
  assertGreater(bump(witness!.entropies[0]), bump(witness!.entropies[1]));
  assertEquals(check(() => 0.5).saturation.witness?.because, "α = 0.5");
  const { contraction } = gateProperties(() => 0.8, { maximum, bound: (entropy) => 2 - entropy });
  assertEquals(contraction.witness?.entropies, [0]);
  assertThrows(() => gateProperties(() => 1, { maximum: 0 }), RangeError, "maximum");
});

Deno.test("αβ < 1 does not make a step contract: F(z) = −3z with α = 0.3 does, F(z) = 2z with α = 0.4 does not", () => {
  const start = Float64Array.of(1);
  const step = (map: (z: number) => number, alpha: number) =>
    damped((z) => z.map(map), { start, step: alpha }).reason;
  assertEquals(step((z) => 2 * z, 0.4), "diverged");
  assertEquals(step((z) => -3 * z, 0.3), "converged");
});

Deno.test("a gated iteration takes the step of where it is", () => {
  const map = (z: Float64Array) => z.map((each) => 0.5 * each);
  // A Newton step: α = 2 solves z = z/2 at once.
  const whole = gated(map, { start: Float64Array.of(8), step: ([z]) => z > 1 ? 1 : 2 });
  assertEquals([whole.reason, whole.residuals], ["converged", [4, 2, 1, 0.5, 0]]);
});

Deno.test("the entropy of the bound is the theorem's: at equal rows it is (2m + s_q)‖W_V‖", () => {
  // n uniform rows: Σ_j p^q = n^{1−q}, so s_q² = n·n^{2(1−q)/q}.
  const expected = (2 * 0.25 + Math.sqrt(8 * 8 ** (2 * (1 - q) / q))) * 0.4;
  assertAlmostEquals(entropyBound(head)(maximum), expected, 1e-12);
  assertAlmostEquals(entropyBound(head)(0), (0.5 + Math.sqrt(8)) * 0.4, 1e-12);
});

Deno.test("a little damping helps an eigenvalue exactly if |λ − ½| > ½", () => {
  fc.assert(
    fc.property(
      fc.double({ min: -2, max: 2, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (re, im) => {
        const margin = Math.hypot(re - 0.5, im) - 0.5;
        if (Math.abs(margin) < 1e-3) return;
        const better = dampedRadius([{ re, im }], 1 - 1e-6) < dampedRadius([{ re, im }], 1);
        assertEquals([gainsFromDamping({ re, im }), better], [margin > 0, margin > 0]);
      },
    ),
    { numRuns: 300, seed: 9 },
  );
});

Deno.test("the damped radius is the rate at which residuals shrink near the fixed point", () => {
  const instance = gatingInstance(
    { n: 4, d: 3, m: 4, valueNorm: 1, transposed: true, q },
    randomStream(2, "instance"),
  );
  const { map, start, derivative } = instance;
  const step = 0.7;
  const { reason, residuals, point } = damped(map, { start, step, tolerance: 1e-13 });
  assertEquals(reason, "converged");
  const radius = dampedRadius(eigenvalues(derivative(point)), step);
  const [early, late] = [residuals.length - 21, residuals.length - 6];
  const rate = (residuals[late] / residuals[early]) ** (1 / (late - early));
  assertAlmostEquals(rate, radius, 0.02);
});

Deno.test("the study runs all rules on the same instances and counts what did not converge as endless", () => {
  const setting = { n: 4, d: 2, m: 64, valueNorm: 2, transposed: true, q };
  const results = gatingStudy(setting, { seed: 0, instances: 12, limit: 100 });
  assertEquals(results, gatingStudy(setting, { seed: 0, instances: 12, limit: 100 }));
  assertEquals(results.map(({ name }) => name), stepRules.map(({ name }) => name));
  for (const { converged, reasons, each, iterations } of results) {
    assertEquals(each.filter((count) => count < Infinity).length, reasons.converged);
    assertEquals(Math.round(12 * converged.value), reasons.converged);
    assertEquals(Object.values(reasons).reduce((a, b) => a + b), 12);
    assertEquals(
      iterations.value === Infinity,
      reasons.converged < 6 || each.toSorted((a, b) => a - b)[6] === Infinity,
    );
  }
  const easy = { ...setting, m: 0.25, valueNorm: 0.1 };
  const [ungated, , , slow, linear] = gatingStudy(easy, { seed: 0, instances: 12 });
  assertEquals([ungated.converged.value, linear.converged.value], [1, 1]);
  assert(
    ungated.iterations.value <= linear.iterations.value && linear.iterations.value < slow.iterations.value,
  );
});

Deno.test("eigenvalues at the fixed point tell which step is faster, mostly", () => {
  const { compared, right } = predictDamping(
    { n: 4, d: 3, m: 16, valueNorm: 1.5, transposed: true, q },
    { step: 0.7, seed: 0, instances: 40 },
  );
  assertGreater(compared, 20);
  assertGreater(right.value, 0.8);
});

Deno.test("the median's interval covers it in about 95 of 100 samples; infinite values are values", () => {
  let covered = 0;
  const trials = 300;
  for (let trial = 0; trial < trials; trial++) {
    const stream = randomStream(trial, "median");
    const values = Array.from({ length: 41 }, () => Math.exp(stream.normal()));
    const { interval: [low, high] } = medianInterval(values, {
      stream: stream.split("boot"),
      resamples: 300,
    });
    if (low <= 1 && 1 <= high) covered++;
  }
  assert(covered / trials > 0.91 && covered / trials < 0.98, `covered ${covered / trials}`);
  const stream = randomStream(0, "infinite");
  assertEquals(medianInterval([1, 2, 3, Infinity], { stream }).value, 2.5);
  assertEquals(medianInterval([1, Infinity, Infinity], { stream }), {
    value: Infinity,
    interval: [1, Infinity],
  });
  assertThrows(() => medianInterval([], { stream }), RangeError);
});
