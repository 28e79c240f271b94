import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { changePoint, type SeriesPoint } from "../lib/analysis/change_point.ts";
import { isTransitionNear, type PhasePoint, phaseTransition, riseShare } from "../lib/analysis/phases.ts";
import { randomStream } from "../lib/random.ts";

interface Synthetic {
  /** Points that the rise takes. */
  pace: number;
  jump?: number;
  autocorrelation?: number;
  /** How much louder the noise is at first than at the end. */
  loudness?: number;
}

const AT = 20;

/** A learning curve that rises from 0.32 to 0.92, with noise of standard deviation 0.008, perhaps with a jump. */
function learningCurve(
  seed: number,
  { pace, jump = 0, autocorrelation = 0, loudness = 1 }: Synthetic,
): SeriesPoint[] {
  const stream = randomStream(seed, "curve", pace, jump, autocorrelation);
  let noise = 0;
  return Array.from({ length: 121 }, (_, i) => {
    const scale = 0.008 * (1 + (loudness - 1) * (1 - i / 120)) * Math.sqrt(1 - autocorrelation ** 2);
    noise = autocorrelation * noise + scale * stream.normal();
    return { step: 25 * i, value: 0.92 - 0.6 * Math.exp(-i / pace) + (i > AT ? jump : 0) + noise };
  });
}

const TRIALS = 40;
const changes = (curve: Synthetic) =>
  Array.from(
    { length: TRIALS },
    (_, seed) => changePoint(learningCurve(seed, curve), { seed, resamples: 99 }),
  );
const rejected = (curve: Synthetic) => changes(curve).filter(({ p }) => p <= 0.05).length / TRIALS;

Deno.test("smooth learning curves, fast and slow, are rarely taken for a change: the test keeps its size", () => {
  for (const pace of [3, 12]) {
    for (const autocorrelation of [0, 0.6]) {
      // Six of 40 or fewer, with a chance of 0.97 where the size is 0.05 to 0.07.
      assert(rejected({ pace, autocorrelation }) <= 0.15, `pace ${pace}, autocorrelation ${autocorrelation}`);
    }
  }
  assert(rejected({ pace: 6, loudness: 4 }) <= 0.15, "louder at first");
});

Deno.test("a jump of six standard deviations is nearly always found, and its interval holds its place", () => {
  const found = changes({ pace: 6, jump: 0.05 });
  assertGreater(found.filter(({ p }) => p <= 0.05).length, 0.9 * TRIALS);
  const place = 25 * (AT + 0.5);
  const covered = found.filter(({ interval: [low, high] }) => low <= place && place <= high).length;
  assertGreater(covered, 0.9 * TRIALS);
  for (const { jump, p } of found) if (p <= 0.05) assertAlmostEquals(jump, 0.05, 0.025);
});

Deno.test("without noise a jump is found where and as large as it is; a series that does not change has none", () => {
  const series = (value: (i: number) => number) =>
    Array.from({ length: 60 }, (_, i) => ({ step: 10 * i, value: value(i) }));
  const down = changePoint(series((i) => i < 30 ? 2 : -1), { seed: 0, resamples: 99 });
  assertEquals([down.step, down.interval], [295, [295, 295]]);
  assertAlmostEquals(down.jump, -3, 1);
  for (const constant of [0, 1]) {
    assertGreater(changePoint(series(() => constant), { seed: 0, resamples: 99 }).p, 0.05);
  }
});

Deno.test("the same seed gives the same answer, another only another p and interval", () => {
  const series = learningCurve(3, { pace: 6, jump: 0.02, autocorrelation: 0.5 });
  const [one, again, other] = [1, 1, 2].map((seed) => changePoint(series, { seed, resamples: 99 }));
  assertEquals(one, again);
  assertEquals([one.step, one.jump, one.degree], [other.step, other.jump, other.degree]);
});

Deno.test("series and options out of range are refused", () => {
  const series = learningCurve(0, { pace: 6 });
  assertThrows(() => changePoint(series.slice(0, 29), { seed: 0 }), RangeError, "number of points");
  assertThrows(() => changePoint(series.toReversed(), { seed: 0 }), RangeError, "point 1");
  assertThrows(
    () => changePoint(series.with(7, { step: 175, value: NaN }), { seed: 0 }),
    RangeError,
    "point 7",
  );
  assertThrows(() => changePoint(series, { seed: 0, margin: 1 }), RangeError, "margin");
  assertThrows(() => changePoint(series, { seed: 0, resamples: 0 }), RangeError, "resamples");
});

Deno.test("a run's transition: accuracy at the longest length, Holm's p for the rest, half of the rise", () => {
  const accuracy = learningCurve(0, { pace: 6, jump: 0.1 });
  const kinetic = learningCurve(1, { pace: 6, jump: -0.1 });
  const flat = learningCurve(2, { pace: 6 });
  const points: PhasePoint[] = accuracy.map(({ step, value }, i) => ({
    step,
    accuracy: { 10: 0.5, 1000: value },
    kinetic: kinetic[i].value,
    entropy: flat[i].value,
    potential: flat[i].value,
  }));
  const found = phaseTransition(points, { seed: 0, resamples: 199 });
  assertEquals(found.length, 1000);
  assertEquals(found.accuracy, changePoint(accuracy, { seed: 0, resamples: 199 }));
  assert(isTransitionNear(500, found.accuracy));
  assert(!isTransitionNear(1000, found.accuracy));
  assert(!isTransitionNear(500, found.quantities.kinetic), "it falls");
  // 1/200 is the smallest p; Holm takes it three times for the first of three.
  assertAlmostEquals(found.quantities.kinetic.p, 3 / 200, 1e-12);
  const alone = changePoint(flat, { seed: 0, resamples: 199 }).p;
  assertAlmostEquals(found.quantities.entropy.p, Math.min(1, 2 * alone), 1e-12);
  // 0.32 + 0.7/2 at 1 − exp(−i/6) = 0.35/0.6, i = 5.3, to the noise's 0.01.
  assert(Math.abs(found.halfRise / 25 - 6) <= 1, `half at ${found.halfRise}`);
  assertAlmostEquals(riseShare(points, { step: 3000, length: 1000 }), 1, 0.03);
  assertAlmostEquals(riseShare(points, { step: 0, length: 1000 }), 0, 1e-12);
});
