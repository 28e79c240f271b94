/**
 * The workers of a fused engine, all with an instance of the kernel on one shared memory.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import type { KernelCall, Layout } from "./layout.ts";

/** Work for all workers: the kernel's function `call` for each task from 0 on. */
export interface Job extends Pick<Layout, "shared" | "own" | "workerBytes"> {
  readonly call: KernelCall;
  readonly tasks: number;
}

/** See the module's description. */
export interface Pool {
  /**
   * Does the job; one job at a time.
   *
   * @throws {Error} if a worker fails or ends; the pool is then of no more use
   */
  run(job: Job): Promise<void>;
  /** Ends all workers. */
  close(): Promise<void>;
}

/** Starts the workers and waits until each has its instance of the kernel. */
export async function createPool(
  { module, memory, workers }: { module: WebAssembly.Module; memory: WebAssembly.Memory; workers: number },
): Promise<Pool> {
  const taken = new Int32Array(memory.buffer, 0, 1);
  let waiting = workers;
  let failure: Error | undefined;
  let settle = { resolve: () => {}, reject: (_: Error) => {} };

  const threads = Array.from(
    { length: workers },
    (_, index) =>
      new Worker(new URL("./worker.ts", import.meta.url), { workerData: { module, memory, index } }),
  );
  const close = async () => {
    await Promise.all(threads.map((thread) => thread.terminate()));
  };
  const fail = (reason: string) => {
    if (failure) return;
    failure = new Error(`Cannot go on as a worker of the fused engine ${reason}`);
    settle.reject(failure);
    close();
  };
  for (const thread of threads) {
    thread.on("message", ({ error }: { error?: string }) => {
      if (error !== undefined) fail(`failed: ${error}`);
      else if (--waiting === 0) settle.resolve();
    });
    thread.on("error", (error: Error) => fail(`failed: ${error.message}`));
    thread.on("exit", () => fail("ended"));
  }
  const allAnswer = () =>
    new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });

  // Idle workers do not keep the process alive.
  const idle = () => threads.forEach((thread) => thread.unref());

  await allAnswer();
  idle();
  return {
    async run(job) {
      if (failure) throw failure;
      waiting = workers;
      Atomics.store(taken, 0, 0);
      const done = allAnswer();
      for (const thread of threads) {
        thread.ref();
        thread.postMessage(job);
      }
      await done;
      idle();
    },
    async close() {
      failure ??= new Error("Cannot use a fused engine that was disposed of");
      settle.reject(failure);
      await close();
    },
  };
}
