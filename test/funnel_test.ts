import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { barriers } from "../lib/analysis/landscape/barriers.ts";
import { steepestDescent } from "../lib/analysis/landscape/descent.ts";
import { funnelMeasures } from "../lib/analysis/landscape/funnel.ts";
import { quasiConvexityViolation } from "../lib/analysis/landscape/rays.ts";
import { roughness } from "../lib/analysis/landscape/roughness.ts";
import { surfaceOf } from "../lib/analysis/landscape/surface.ts";
import { comparePairs, holm } from "../lib/analysis/paired.ts";
import { randomStream } from "../lib/random.ts";

const size = { grid: 41, range: 1 };

Deno.test("a bowl is a funnel in every number", () => {
  // ln f = 8r² rises by ln 2 at sqrt(ln 2 / 8).
  const bowl = funnelMeasures(surfaceOf(size, (x, y) => 0.3 * Math.exp(8 * (x * x + y * y))));
  assertLess(bowl.roughness, 1e-9);
  assertEquals([bowl.minima, bowl.basinShare, bowl.quasiConvexShare], [1, 1, 1]);
  assertAlmostEquals(bowl.widthAt2, Math.sqrt(Math.log(2) / 8), 2e-3);
  assertAlmostEquals(bowl.widthAt10, Math.sqrt(Math.log(10) / 8), 2e-3);
});

Deno.test("an egg-crate is none: its minima are counted, and the centre's cell is all that leads to the centre", () => {
  // Minima at multiples of ½ in both directions, 3×3 of them inside the grid.
  const wave = (x: number) => 1 - Math.cos(4 * Math.PI * x);
  const crate = funnelMeasures(surfaceOf(size, (x, y) => Math.exp(wave(x) + wave(y) + 1e-6 * (x + 2 * y))));
  assertEquals(crate.minima, 9);
  // A cell is ½ × ½ of 2 × 2; the ridges belong to one side.
  assertAlmostEquals(crate.basinShare, 1 / 16, 0.02);
  assertEquals(crate.quasiConvexShare, 0);
  const bowl = funnelMeasures(surfaceOf(size, (x, y) => Math.exp(8 * (x * x + y * y))));
  assertGreater(crate.roughness, bowl.roughness + 0.1);
  assertLess(crate.widthAt2, bowl.widthAt2);
});

Deno.test("a bowl with ripples lies in between", () => {
  const rippled = (size_: number) =>
    funnelMeasures(
      surfaceOf(size, (x, y) =>
        Math.exp(8 * (x * x + y * y) + size_ * Math.cos(9 * Math.PI * x) * Math.cos(9 * Math.PI * y))),
    );
  const [some, many] = [rippled(0.2), rippled(1)];
  assertLess(some.roughness, many.roughness);
  assertLess(some.minima, many.minima);
  assertGreater(some.basinShare, many.basinShare);
  assert(some.quasiConvexShare >= many.quasiConvexShare);
});

Deno.test("roughness: none for a quadratic, and the same for a surface scaled and lifted", () => {
  const coefficient = fc.double({ min: -3, max: 3, noNaN: true });
  fc.assert(fc.property(fc.array(coefficient, { minLength: 6, maxLength: 6 }), ([a, b, c, d, e, f]) => {
    fc.pre(Math.hypot(b, c, d, e, f) > 0.1);
    const quadratic = surfaceOf(size, (x, y) => a + b * x + c * y + d * x * x + e * x * y + f * y * y);
    assertLess(roughness(quadratic), 1e-9);
  }));
  const wild = surfaceOf(size, (x, y) => Math.sin(20 * x) * Math.cos(13 * y));
  const moved = { ...wild, values: wild.values.map((value) => 5 - 3 * value) };
  assertAlmostEquals(roughness(moved), roughness(wild), 1e-12);
  // sin(kx) has the second difference −(2−2cos kh)·sin(kx).
  const sine = surfaceOf(size, (x) => Math.sin(6 * Math.PI * x));
  assertAlmostEquals(roughness(sine), 2 - 2 * Math.cos(6 * Math.PI / 20), 0.03);
  assertEquals(roughness(surfaceOf(size, () => 1)), NaN);
});

Deno.test("steepest descent falls at each place, and its ends are the places with no lower neighbour", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 8 }),
      fc.integer({ min: 0, max: 1e6 }),
      fc.boolean(),
      (grid, seed, ties) => {
        const stream = randomStream(seed);
        const values = Float64Array.from(
          { length: grid ** 2 },
          () => ties ? stream.integer(0, 2) : stream.uniform(),
        );
        const { end, minima, inner } = steepestDescent({ grid, range: 1, values });
        const neighbours = (at: number) =>
          values.keys().toArray().filter((other) =>
            other !== at &&
            Math.max(
                Math.abs(other % grid - at % grid),
                Math.abs(Math.floor(other / grid) - Math.floor(at / grid)),
              ) === 1
          );
        const lowest = (at: number) =>
          neighbours(at).every((other) =>
            values[other] > values[at] || (values[other] === values[at] && other > at)
          );
        assertEquals(minima, values.keys().toArray().filter(lowest));
        end.forEach((last, start) => assert(values[last] <= values[start]));
        assert(inner.every((at) => minima.includes(at) && neighbours(at).length === 8));
      },
    ),
  );
});

Deno.test("quasi-convexity along a line: none against it exactly where it falls and then rises", () => {
  assertEquals(quasiConvexityViolation([3, 2, 2, 1, 4, 9]), 0);
  assertEquals(quasiConvexityViolation([1, 2, 3]), 0);
  assertEquals(quasiConvexityViolation([2, 2, 2]), 0);
  // Down 3, up 1, down 1, up 4: the detour of 1 up and 1 down, over a range of 4.
  assertEquals(quasiConvexityViolation([3, 0, 1, 0, 4]), 0.5);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 9 }), (values) => {
      const least = values.indexOf(Math.min(...values));
      const isQuasiConvex = values.every((value, i) =>
        i === 0 || (i <= least ? value <= values[i - 1] : value >= values[i - 1])
      );
      // Equal minima apart, with nothing between them higher, are one.
      const violation = quasiConvexityViolation(values);
      assertEquals(violation < 1e-12, isQuasiConvex);
    }),
  );
});

Deno.test("barriers: the highest value on the straight line between two pits", () => {
  // Pits of depth 0 at (±½, 0) and (0, ½), a ridge of height 1 along α = 0 where β < ¼.
  const surface = surfaceOf(
    { grid: 41, range: 1 },
    (x, y) => y < 0.25 ? Math.max(0, 1 - 4 * Math.abs(x)) : 0,
  );
  const places = [{ alpha: -0.5, beta: 0 }, { alpha: 0.5, beta: 0 }, { alpha: 0, beta: 0.5 }];
  const [across, left, right] = barriers(surface, places);
  assertEquals([across.ends, left.ends], [0, 0]);
  assertAlmostEquals(across.top, 1, 0.05);
  assertLess(left.top, 0.1);
  assertAlmostEquals(left.top, right.top, 1e-9);
  // A plane is interpolated exactly, wherever the places are.
  const plane = surfaceOf({ grid: 6, range: 2 }, (x, y) => 3 + x - 2 * y);
  const [slope] = barriers(plane, [{ alpha: 0.37, beta: -1.21 }, { alpha: -1.9, beta: 0.4 }]);
  assertAlmostEquals(slope.ends, 3 + 0.37 + 2.42, 1e-9);
  assertAlmostEquals(slope.top, slope.ends, 1e-9);
});

Deno.test("what is no loss is refused, and overflow counts as the largest value", () => {
  assertThrows(() => funnelMeasures(surfaceOf(size, (x) => x)), RangeError);
  const bowl = surfaceOf(size, (x, y) => Math.exp(x * x + y * y));
  const values = bowl.values.map((value, i) => i === 0 ? NaN : i === 1 ? Infinity : value);
  assert(Object.values(funnelMeasures({ ...bowl, values })).every(Number.isFinite));
});

Deno.test("sign flips: the p-value is that of all 2ⁿ of them", () => {
  const stream = randomStream(3, "pairs");
  for (let round = 0; round < 5; round++) {
    const pairs = Array.from({ length: 9 }, (_, i) => ({
      block: i % 3,
      left: stream.normal() + 0.3 * round,
      right: stream.normal(),
    }));
    const differences = pairs.map(({ left, right }) => left - right);
    const observed = Math.abs(differences.reduce((a, b) => a + b));
    let extreme = 0;
    for (let mask = 0; mask < 2 ** 9; mask++) {
      const sum = differences.reduce((total, each, i) => total + (mask & (1 << i) ? -each : each), 0);
      if (Math.abs(sum) >= observed - 1e-9) extreme += 1;
    }
    const { p, difference, left, right, byBlock, interval } = comparePairs(pairs, { stream });
    assertAlmostEquals(p, extreme / 2 ** 9, 0.02);
    assertAlmostEquals(difference, left - right, 1e-12);
    assertAlmostEquals(difference, byBlock.reduce((a, b) => a + b) / 3, 1e-12);
    assert(interval[0] <= difference && difference <= interval[1]);
  }
  const equal = comparePairs([{ block: 0, left: 1, right: 1 }, { block: 0, left: 2, right: 2 }], { stream });
  assertEquals([equal.p, equal.difference, ...equal.interval], [1, 0, 0, 0]);
  assertThrows(() => comparePairs([], { stream }), RangeError);
  assertThrows(() => comparePairs([{ block: 0, left: NaN, right: 1 }], { stream }), RangeError);
});

Deno.test("the bootstrapped interval draws blocks first: as wide as the blocks differ", () => {
  const stream = randomStream(4);
  // Within a block all pairs agree, so only the blocks' differences 0, 1, 2 make the spread: sd of the mean 0.47.
  const pairs = [0, 1, 2].flatMap((block) =>
    Array.from({ length: 20 }, () => ({ block, left: block, right: 0 }))
  );
  const { interval } = comparePairs(pairs, { stream });
  assertEquals(interval.map((each) => Math.round(3 * each) / 3), [0, 2]);
});

Deno.test("Holm's correction, by hand", () => {
  assertEquals(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(6))), [0.03, 0.06, 0.06, 0.02]);
  assertEquals(holm([0.5, 0.9]), [1, 1]);
  assertEquals(holm([]), []);
});
