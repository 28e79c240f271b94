/** Made-up results in the shape of real ones, to test figures and report with. Nothing here was measured. */
import type { LengthAccuracy, LoopAccuracy } from "../lib/analysis/evaluate.ts";
import type { Share } from "../lib/analysis/interval.ts";
import { type RandomStream, randomStream } from "../lib/random.ts";
import { inductionHeads } from "../lib/tasks/induction_heads.ts";
import type { Metrics } from "../lib/training/metrics.ts";

export const task = inductionHeads({ kind: "induction-heads", alphabet: 3, bottom: true, repeats: true });

/** Rises from `from` to `to` on the scale of `pace` steps. */
const approach = (from: number, to: number, share: number) => from + (to - from) * share;

export function syntheticMetrics(
  { seed, steps, every, pace, ceiling }: {
    seed: number;
    steps: number;
    every: number;
    pace: number;
    ceiling: Record<number, number>;
  },
): Metrics[] {
  const stream = randomStream(seed, "metrics");
  return Array.from({ length: Math.floor(steps / every) + 1 }, (_, index) => {
    const step = index * every;
    const share = 1 - Math.exp(-step / pace);
    const noise = (size: number) => size * stream.normal();
    const task = approach(1.42, 0.3, share) + noise(0.01);
    const potential = approach(1.41, 1.03, share) + noise(0.015);
    const kinetic = approach(96, 38, share) * Math.exp(noise(0.06));
    const entropy = approach(1.25, 1.1, share) + noise(0.012);
    const accuracy = Object.fromEntries(
      Object.entries(ceiling).map(([length, top]) => [length, approach(0.29, top, share) + noise(0.012)]),
    );
    const total = task + 0.1 * potential + 0.001 * kinetic + 0.02 * entropy;
    return {
      step,
      task,
      potential,
      kinetic,
      entropy,
      total,
      gradientNorm: 1.2 * Math.exp(noise(0.3)),
      accuracy,
    };
  });
}

export function syntheticShare(value: number, positions: number): Share {
  const half = positions === 0 ? NaN : 1.96 * Math.sqrt(value * (1 - value) / (positions / 8));
  return { value, interval: [Math.max(0, value - half), Math.min(1, value + half)], positions };
}

export function syntheticEvaluation(accuracies: Record<number, number>, sequences = 128): LengthAccuracy[] {
  return Object.entries(accuracies).map(([key, value]) => {
    const length = Number(key);
    const counted = sequences * length;
    const distances = Array.from({ length: Math.min(length - 1, 24) }, (_, index) => index + 1);
    return {
      length,
      sequences,
      all: syntheticShare(value, counted),
      matched: syntheticShare(Math.max(0, value - 0.02), Math.round(0.95 * counted)),
      byDistance: distances.map((distance) => ({
        distance,
        ...syntheticShare(
          0.33 + (value - 0.2) * Math.exp(-distance / 9),
          Math.round(counted * (2 / 3) ** (distance - 1) / 3),
        ),
      })),
    };
  });
}

export function syntheticLoops(top: number, last = 40): LoopAccuracy[] {
  return Array.from({ length: last }, (_, index) => {
    const loops = index + 1;
    const value = 0.3 + (top - 0.3) * (1 - Math.exp(-loops / 5)) - 0.004 * Math.max(0, loops - 28);
    return { loops, all: syntheticShare(value, 3200) };
  });
}

/** One sequence seen from inside: states that converge, attention that finds the right key over the loops. */
export function syntheticTrace({ seed = 1, length = 24, loops = 25, width = 8 } = {}) {
  const stream: RandomStream = randomStream(seed, "trace");
  const batch = task.sample(stream, 1, length);
  const distances = task.distances(batch);
  const correct = Array.from(distances, (distance, at) => distance === 0 ? -1 : at - distance + 1);
  const pace = Array.from({ length }, () => 4 + 5 * stream.uniform());
  const goals = Float32Array.from({ length: length * width }, () => 3 * stream.normal());
  const states = Array.from(
    { length: loops + 1 },
    (_, t) => goals.map((goal, at) => goal * (1 - Math.exp(-t / pace[Math.floor(at / width)]))),
  );
  const attention = Array.from({ length: loops }, (_, t) => {
    const map = new Float32Array(length * length);
    for (let query = 0; query < length; query++) {
      const row = map.subarray(query * length, query * length + query + 1);
      for (let key = 0; key <= query; key++) {
        const found = key === correct[query] ? 3.2 * (1 - Math.exp(-t / 7)) : 0;
        row[key] = Math.exp(found - 0.25 * (query - key) + 0.4 * stream.normal());
      }
      const sum = row.reduce((a, b) => a + b, 0);
      row.forEach((value, key) => row[key] = value / sum);
    }
    return map;
  });
  return { ...batch, distances, correct, states, attention };
}
