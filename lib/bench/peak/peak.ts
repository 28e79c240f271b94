/**
 * The processor's peak: GFLOP/s of relaxed SIMD's multiply-add where nothing else is done.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { UserError } from "../../errors.ts";

/**
 * Measures the peak of `threads` threads that compute at the same time, summed.
 *
 * @param options `milliseconds` for which they do
 * @throws {UserError} if this machine's WebAssembly has no relaxed SIMD
 */
export async function measurePeak(
  threads: number,
  { milliseconds = 500 }: { milliseconds?: number } = {},
): Promise<number> {
  const bytes = await (await fetch(new URL("./peak.wasm", import.meta.url))).arrayBuffer();
  if (!WebAssembly.validate(bytes)) {
    throw new UserError("Cannot measure the peak as this machine's WebAssembly has no relaxed SIMD");
  }
  const module = await WebAssembly.compile(bytes);
  const one = () =>
    new Promise<number>((resolve, reject) => {
      const worker = new Worker(new URL("./worker.ts", import.meta.url), {
        workerData: { module, milliseconds },
      });
      worker.on("message", (rate: number) => {
        resolve(rate);
        worker.terminate();
      });
      worker.on("error", reject);
    });
  const rates = await Promise.all(Array.from({ length: threads }, one));
  return rates.reduce((sum, rate) => sum + rate, 0);
}
