/**
 * One worker of the fused engine: holds an instance of the kernel on the shared memory and does whatever tasks
 * of a job are still to be had.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import type { Job } from "./pool.ts";

const { memory, module, index } = workerData as {
  memory: WebAssembly.Memory;
  module: WebAssembly.Module;
  index: number;
};
const { exports } = new WebAssembly.Instance(module, { env: { memory } });

/** Address 0 of the shared memory counts the tasks that have been taken. */
const taken = new Int32Array(memory.buffer, 0, 1);

function set(name: string, value: number): void {
  (exports[name] as WebAssembly.Global).value = value;
}

parentPort!.on("message", ({ call, shared, own, workerBytes, tasks }: Job) => {
  try {
    for (const [name, value] of Object.entries(shared)) set(name, value);
    for (const [name, value] of Object.entries(own)) set(name, value + index * workerBytes);
    const run = exports[call] as (task: number) => void;
    for (let task = Atomics.add(taken, 0, 1); task < tasks; task = Atomics.add(taken, 0, 1)) run(task);
    parentPort!.postMessage({ done: true });
  } catch (error) {
    parentPort!.postMessage({ error: String(error) });
  }
});
parentPort!.postMessage({ done: true });
