/** Measurements made up for tests: two engines, a peer and one who is absent; two axes. */
import type { GrowthResult, SpeedResult } from "../lib/bench/results.ts";

const circumstances = {
  seed: 0,
  machine: { cores: 2, processor: "Some CPU", system: "linux x86_64", load: 0.1 },
  versions: { kit: "0.1.0", Deno: "2.9.6", system: "linux x86_64" },
};

export const syntheticSpeed: SpeedResult = {
  kind: "speed",
  command: "deno task bench",
  ...circumstances,
  note: "Made up",
  peak: { one: 50, all: 100 },
  works: [{
    name: "train-8",
    title: "Train step, d = 8, 1 head",
    kind: "train",
    count: 32,
    length: 40,
    model: {},
    flops: { products: 2e8, others: 5e7 },
    timings: [
      {
        name: "fused, 2 workers",
        about: "fused on wasm",
        rounds: [5, 5.5, 5],
        median: 5,
        min: 5,
        share: 0.5,
      },
      { name: "tfjs on wasm", about: "tfjs on wasm", rounds: [500, 550, 600], median: 550, min: 500 },
      { name: "PyTorch eager, 1 thread", about: "PyTorch 2", rounds: [60, 61, 62], median: 61, min: 60 },
    ],
    ratios: [
      { slow: "PyTorch eager, 1 thread", fast: "fused, 2 workers", median: 12, middle: [11, 12.2] },
      { slow: "tfjs on wasm", fast: "fused, 2 workers", median: 100, middle: [95, 110] },
      { slow: "tfjs on wasm", fast: "PyTorch eager, 1 thread", median: 9, middle: [8, 9.5] },
    ],
    absences: [{ name: "JAX jit", reason: "Python has no module jax" }],
  }],
  parts: [
    { name: "MLP", milliseconds: 6, flops: 1.5e8 },
    { name: "attention", milliseconds: 4, flops: 1e8 },
  ],
  limits: [
    { name: "as V8 has it", milliseconds: 10 },
    { name: "without checks", milliseconds: 8 },
  ],
};

const slopes = { time: 1, arithmetic: 1, memory: 0.5 };
const point = (x: number, time: number) => ({
  x,
  rounds: [time],
  median: time,
  min: time,
  flops: x * 1e6,
  bytes: 1e6,
});

export const syntheticGrowth: GrowthResult = {
  kind: "growth",
  command: "deno task bench --growth",
  ...circumstances,
  axes: [
    {
      name: "length",
      title: "Forward against L",
      symbol: "L",
      law: "Time $L^2$.",
      points: [point(10, 1), point(100, 10), point(1000, 100)],
      slopes: { all: slopes, last: slopes },
    },
    {
      name: "workers",
      title: "Step against workers",
      symbol: "workers",
      law: "Time 1/workers.",
      points: [point(1, 10), point(2, 5)],
      slopes: { all: { ...slopes, time: -1 }, last: { ...slopes, time: -1 } },
    },
  ],
  resident: [
    { after: "start", bytes: 6e7 },
    { after: "forward, B = 4, L = 1000", bytes: 1.1e8 },
    { after: "1000 train steps, B = 32, L = 40", bytes: 1e8 },
    { after: "10000 train steps, B = 32, L = 40", bytes: 1.2e8 },
  ],
};
