import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { potential, potentialScoreGradient } from "../lib/theory/potential.ts";
import { softmax } from "../lib/theory/softmax.ts";
import {
  entropyGradient,
  entropyScoreGradient,
  maximumEntropy,
  tsallisEntropy,
  tsallisEntropyAsPrinted,
} from "../lib/theory/tsallis.ts";

const scores = fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 8 });
const indices = fc.oneof(fc.double({ min: 0.1, max: 4, noNaN: true }), fc.constantFrom(0.5, 1, 1.5, 2, 3));
const settings = { numRuns: 300, seed: 5 };
const total = (values: Iterable<number>) => [...values].reduce((sum, value) => sum + value, 0);
const uniform = (n: number) => new Array<number>(n).fill(1 / n);

Deno.test("S_q is the formula of §5.5 where that loses no digits, and §3.1's has the other sign", () => {
  fc.assert(
    fc.property(scores, indices, (row, q) => {
      const p = softmax(row);
      const direct = Math.abs(q - 1) < 1e-3
        ? -total(p.map((each) => each * Math.log(each)))
        : (1 - total(p.map((each) => each ** q))) / (q - 1);
      assertAlmostEquals(tsallisEntropy(p, q), direct, q === 1 || Math.abs(q - 1) >= 1e-3 ? 1e-11 : 1e-2);
      assertEquals(tsallisEntropyAsPrinted(p, q), -tsallisEntropy(p, q));
    }),
    settings,
  );
});

Deno.test("known values: Shannon at q = 1, Gini at q = 2, zeros of probability add nothing", () => {
  assertAlmostEquals(tsallisEntropy([0.5, 0.25, 0.25], 1), 1.5 * Math.log(2), 1e-15);
  assertEquals(tsallisEntropy([0.5, 0.25, 0.25], 2), 0.625);
  assertAlmostEquals(tsallisEntropy([0.25, 0.75, 0], 0.5), 2 * (0.5 + Math.sqrt(0.75) - 1), 1e-15);
  for (const q of [0.01, 1, 1.5, 2, 700]) assertEquals(tsallisEntropy([0, 1, 0], q), 0);
});

Deno.test("S_q goes to Shannon's entropy as q → 1, at the rate of its derivative there", () => {
  const p = softmax([1, -0.5, 0.3, 2]);
  const shannon = tsallisEntropy(p, 1);
  // dS_q/dq at q = 1 is −½ Σ p ln² p.
  const slope = -total(p.map((each) => each * Math.log(each) ** 2)) / 2;
  for (const step of [1e-2, 1e-5, 1e-9, 1e-13, Number.EPSILON, -1e-5, -1e-13]) {
    // The step as double precision has it.
    const q = 1 + step;
    const predicted = shannon + slope * (q - 1);
    assertAlmostEquals(tsallisEntropy(p, q), predicted, 1e-15 + (q - 1) ** 2);
  }
});

Deno.test("S_q lies between 0, at one-hot rows, and its maximum, at uniform ones", () => {
  fc.assert(
    fc.property(scores, indices, (row, q) => {
      const most = maximumEntropy(row.length, q);
      const entropy = tsallisEntropy(softmax(row), q);
      assert(entropy >= 0 && entropy <= most * (1 + 1e-14), `${entropy} of ${most}`);
      assertAlmostEquals(tsallisEntropy(uniform(row.length), q), most, 1e-12);
    }),
    settings,
  );
  assertAlmostEquals(maximumEntropy(5, 1), Math.log(5), 1e-15);
  assertAlmostEquals(maximumEntropy(64, 1.5), (1 - 64 ** -0.5) / 0.5, 1e-14);
});

Deno.test("nothing overflows at the smallest and largest probabilities and q", () => {
  const tiny = Number.MIN_VALUE;
  for (const q of [1e-6, 0.04, 0.5, 1, 1 + 1e-12, 2, 1e6]) {
    const entropy = tsallisEntropy([1 - 1e-16, tiny], q);
    assert(Number.isFinite(entropy) && entropy >= 0, `S_${q} is ${entropy}`);
  }
  // p^q of the tiny one alone, divided by 1 − q.
  assertAlmostEquals(tsallisEntropy([1, tiny], 0.04), tiny ** 0.04 / 0.96, 1e-12);
});

Deno.test("the gradient along the simplex is that of central differences", () => {
  fc.assert(
    fc.property(scores, indices, fc.nat(), (row, q, pick) => {
      const p = softmax(row);
      const [i, j] = [pick % p.length, (pick + 1) % p.length];
      if (i === j) return;
      const h = 1e-5 * Math.min(p[i], p[j]);
      const moved = (step: number) => p.map((each, k) => each + (k === i ? step : k === j ? -step : 0));
      const difference = (tsallisEntropy(moved(h), q) - tsallisEntropy(moved(-h), q)) / (2 * h);
      const gradient = entropyGradient(p, q);
      const expected = gradient[i] - gradient[j];
      assertAlmostEquals(difference, expected, 1e-6 * (1 + Math.abs(expected)) + 1e-15 / h);
    }),
    settings,
  );
  assertEquals(entropyGradient([1, 0], 2), new Float64Array([-1, 1]));
  assertEquals(entropyGradient([1, 0], 1)[1], Infinity);
});

Deno.test("the score gradients of entropy and potential are those of central differences", () => {
  const h = 1e-5;
  const measures = [
    [tsallisEntropy, entropyScoreGradient],
    [potential, potentialScoreGradient],
  ] as const;
  fc.assert(
    fc.property(scores, indices, (row, q) => {
      const sorted = row.toSorted((a, b) => b - a);
      // The largest score's potential has a kink where two are equal.
      if (row.length > 1 && sorted[0] - sorted[1] < 10 * h) return;
      for (const [value, gradient] of measures) {
        const exact = gradient(softmax(row), q);
        row.forEach((_, j) => {
          const at = (step: number) => value(softmax(row.map((each, k) => k === j ? each + step : each)), q);
          assertAlmostEquals((at(h) - at(-h)) / (2 * h), exact[j], 1e-8 * (1 + Math.abs(exact[j])));
        });
        assertAlmostEquals(total(exact), 0, 1e-12);
      }
    }),
    settings,
  );
});

Deno.test("at one-hot and uniform rows the entropy's score gradient vanishes, whatever q", () => {
  for (const q of [0.3, 1, 1.5, 2, 3]) {
    for (const p of [[0, 1, 0], uniform(4)]) {
      entropyScoreGradient(p, q).forEach((each) => assertAlmostEquals(each, 0, 1e-15));
    }
  }
});

Deno.test("potential and entropy never pull a row of scores against each other", () => {
  fc.assert(
    fc.property(scores, indices, (row, q) => {
      const p = softmax(row);
      const down = potentialScoreGradient(p);
      const product = total(entropyScoreGradient(p, q).map((each, j) => each * down[j]));
      assert(product >= -1e-15, `product ${product}`);
    }),
    { numRuns: 3000, seed: 6 },
  );
});

Deno.test("softmax of logits of any size: shifts do nothing, saturation is one-hot, a mask is 0", () => {
  assertEquals(softmax([1e308, -1e308, 0]), new Float64Array([1, 0, 0]));
  assertEquals(softmax([1e300, 1e300]), new Float64Array([0.5, 0.5]));
  assertEquals(softmax([3, -Infinity]), new Float64Array([1, 0]));
  fc.assert(
    fc.property(scores, (row) => {
      const p = softmax(row);
      const exps = row.map(Math.exp);
      p.forEach((each, i) => assertAlmostEquals(each, exps[i] / total(exps), 1e-15));
      softmax(row.map((each) => each + 4096)).forEach((each, i) => assertAlmostEquals(each, p[i], 1e-11));
    }),
    settings,
  );
});

Deno.test("what is no probability vector, index or logit is refused", () => {
  for (const p of [[0.5, 0.6], [1.5, -0.5], [NaN, 1], []]) {
    assertThrows(() => tsallisEntropy(p, 1.5), RangeError, "probability vector");
  }
  for (const q of [0, -1, NaN, Infinity]) {
    assertThrows(() => tsallisEntropy([1], q), RangeError, "q must be > 0");
  }
  assertThrows(() => maximumEntropy(0, 2), RangeError, "whole number");
  for (const logits of [[], [NaN], [Infinity], [-Infinity]]) assertThrows(() => softmax(logits), RangeError);
});
