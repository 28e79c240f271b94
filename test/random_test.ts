import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { randomStream } from "../lib/random.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const draw = (stream: { uniform(): number }, n = 8) => Array.from({ length: n }, () => stream.uniform());
const seeds = fc.maxSafeNat();
const paths = fc.array(fc.oneof(fc.string(), fc.nat()), { maxLength: 4 });

Deno.test("seed and path fix the stream", () => {
  fc.assert(fc.property(seeds, paths, (seed, path) => {
    assertEquals(draw(randomStream(seed, ...path)), draw(randomStream(seed, ...path)));
  }));
});

Deno.test("another seed or another path gives another stream", () => {
  fc.assert(fc.property(seeds, paths, seeds, paths, (seed, path, otherSeed, otherPath) => {
    fc.pre(JSON.stringify([seed, path]) !== JSON.stringify([otherSeed, otherPath]));
    assertNotEquals(draw(randomStream(seed, ...path)), draw(randomStream(otherSeed, ...otherPath)));
  }));
});

Deno.test("paths that look alike are different", () => {
  const alike = [["a", "b"], ["ab"], ["a,b"], ['a","b'], ["a", "b", ""], [1], ["1"], [], [""]];
  const first = alike.map((path) => randomStream(0, ...path).uniform());
  assertEquals(new Set(first).size, alike.length);
});

Deno.test("splitting appends to the path, whatever was drawn before, and draws nothing", () => {
  fc.assert(fc.property(seeds, paths, paths, fc.nat(20), (seed, path, below, draws) => {
    const stream = randomStream(seed, ...path);
    const twin = randomStream(seed, ...path);
    draw(stream, draws);
    draw(twin, draws);
    assertEquals(draw(stream.split(...below)), draw(randomStream(seed, ...path, ...below)));
    assertEquals(draw(stream), draw(twin));
  }));
});

Deno.test("streams are what they were when the committed runs were made", () => {
  // Stored numbers on purpose: if these change, every run's seed means something else.
  const stream = randomStream(7, "batch", 0);
  assertEquals([stream.uniform(), stream.normal()], [0.4067659802880408, -2.081910331434695]);
  assertEquals(Array.from({ length: 12 }, () => stream.integer(0, 25)), [
    19,
    21,
    5,
    5,
    4,
    10,
    6,
    22,
    16,
    21,
    11,
    9,
  ]);
});

Deno.test("uniform numbers lie in [0, 1) and fill it evenly", () => {
  const stream = randomStream(1, "uniform");
  const counts = new Array(20).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const value = stream.uniform();
    assert(value >= 0 && value < 1);
    counts[Math.floor(value * 20)] += 1;
  }
  assertChiSquared(counts);
});

Deno.test("whole numbers lie in [low, high], both ends included, evenly", () => {
  for (const [low, high] of [[0, 2], [-3, 3], [1, 1], [0, 25]]) {
    const stream = randomStream(2, "integer", low, high);
    const counts = new Array(high - low + 1).fill(0);
    for (let i = 0; i < 50_000; i++) counts[stream.integer(low, high) - low] += 1;
    assertEquals(counts.length, high - low + 1);
    assertChiSquared(counts);
  }
});

Deno.test("normal numbers have the normal distribution's moments and share within 1, 2, 3", () => {
  const stream = randomStream(3, "normal");
  const n = 200_000;
  const values = Float64Array.from({ length: n }, () => stream.normal());
  assert(values.every(Number.isFinite));
  // Within five standard errors: the k-th moment's variance is E x^2k − (E x^k)², over n.
  const moment = (k: number) => values.reduce((sum, value) => sum + value ** k, 0) / n;
  for (const [k, expected, variance] of [[1, 0, 1], [2, 1, 2], [3, 0, 15], [4, 3, 96]]) {
    assertAlmostEquals(moment(k), expected, 5 * Math.sqrt(variance / n), `moment ${k}`);
  }
  for (const [bound, share] of [[1, 0.682689], [2, 0.954500], [3, 0.997300]]) {
    const within = values.reduce((sum, value) => sum + (Math.abs(value) < bound ? 1 : 0), 0) / n;
    assertAlmostEquals(within, share, 5 * Math.sqrt(share * (1 - share) / n), `share within ${bound}`);
  }
});

Deno.test("neighbouring seeds and paths are uncorrelated", () => {
  const n = 50_000;
  const streams = [randomStream(0, "a"), randomStream(1, "a"), randomStream(0, "b"), randomStream(0, "a", 0)];
  const values = streams.map((stream) => draw(stream, n).map((value) => (value - 0.5) * Math.sqrt(12)));
  // A product of two independent ones of variance 1 has variance 1.
  const correlation = (x: number[], y: number[]) => x.reduce((sum, value, i) => sum + value * y[i], 0) / n;
  for (let i = 0; i < streams.length; i++) {
    for (let j = 0; j < i; j++) {
      assertAlmostEquals(correlation(values[i], values[j]), 0, 5 / Math.sqrt(n), `${i}, ${j}`);
    }
    assertAlmostEquals(correlation(values[i].slice(1), values[i]), 0, 5 / Math.sqrt(n), `${i}, lag 1`);
  }
});

Deno.test("a seed must be a whole number ≥ 0", () => {
  for (const seed of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
    assertThrows(() => randomStream(seed), RangeError, `current value is ${seed}`);
  }
  randomStream(Number.MAX_SAFE_INTEGER).uniform();
});

/** Equal chances: χ² stays below its mean plus five standard deviations. */
function assertChiSquared(counts: number[]): void {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  assert(
    statistic <= freedom + 5 * Math.sqrt(2 * freedom),
    `χ² ${statistic} with ${freedom} degrees of freedom`,
  );
}
