/**
 * One thread of the peak's measurement: answers with the fastest of many short runs of the kernel, in GFLOP/s.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { FLOPS_A_TURN } from "./kernel.ts";

const { module, milliseconds } = workerData as { module: WebAssembly.Module; milliseconds: number };
const run = new WebAssembly.Instance(module).exports.run as (turns: number, a: number, b: number) => number;

/** About a millisecond each: shorter than the scheduler's slices, so that some are undisturbed. */
const TURNS = 100_000;

let best = 0;
const end = performance.now() + milliseconds;
while (performance.now() < end) {
  const start = performance.now();
  run(TURNS, 1e-3, 1e-3);
  best = Math.max(best, TURNS * FLOPS_A_TURN / (performance.now() - start) / 1e6);
}
parentPort!.postMessage(best);
