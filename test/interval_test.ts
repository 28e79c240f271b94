import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { clusteredShare } from "../lib/analysis/interval.ts";
import { randomStream } from "../lib/random.ts";

Deno.test("a share of independent answers has about Wilson's interval", () => {
  const stream = randomStream(1, "interval");
  const sequences = Array.from(
    { length: 4000 },
    () => ({ right: stream.uniform() < 0.3 ? 1 : 0, counted: 1 }),
  );
  const { value, interval: [low, high], positions } = clusteredShare(sequences);
  const n = sequences.length;
  const z = 1.959964;
  const centre = (value + z * z / (2 * n)) / (1 + z * z / n);
  const half = z / (1 + z * z / n) * Math.sqrt(value * (1 - value) / n + z * z / (4 * n * n));
  assertEquals(positions, n);
  assertAlmostEquals(low, centre - half, 1e-5);
  assertAlmostEquals(high, centre + half, 1e-5);
});

Deno.test("the interval covers the truth in about 95 of 100 samples, also where sequences differ", () => {
  const stream = randomStream(2, "coverage");
  let covered = 0;
  const trials = 2000;
  for (let trial = 0; trial < trials; trial++) {
    // Each sequence has a chance of its own around 0.7, so its 30 positions are far from independent.
    const sequences = Array.from({ length: 32 }, () => {
      const chance = 0.4 + 0.6 * stream.uniform();
      let right = 0;
      for (let i = 0; i < 30; i++) if (stream.uniform() < chance) right++;
      return { right, counted: 30 };
    });
    const { interval: [low, high] } = clusteredShare(sequences);
    if (low <= 0.7 && 0.7 <= high) covered++;
  }
  assert(covered / trials > 0.92 && covered / trials < 0.97, `covered ${covered / trials}`);
});

Deno.test("nothing counted has no value and the widest interval; all right keeps a margin", () => {
  assertEquals(clusteredShare([{ right: 0, counted: 0 }]), { value: NaN, interval: [0, 1], positions: 0 });
  const { value, interval: [low, high] } = clusteredShare(Array(32).fill({ right: 10, counted: 10 }));
  assertEquals([value, high], [1, 1]);
  assert(low > 0.85 && low < 0.95);
});
