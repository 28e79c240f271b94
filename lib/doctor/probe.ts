import type { ProbeAnswer, ProbeJob } from "./probe_worker.ts";

/**
 * Has a worker of its own bring an engine up: whatever becomes of it, the others are not touched.
 *
 * @param options.limit milliseconds after which the worker is ended
 * @returns how it went; this function itself never fails
 */
export function probe(job: ProbeJob, { limit }: { limit: number }): Promise<ProbeAnswer> {
  const { promise, resolve } = Promise.withResolvers<ProbeAnswer>();
  const worker = new Worker(new URL("./probe_worker.ts", import.meta.url), { type: "module" });
  const timer = setTimeout(() => {
    const seconds = limit / 1000;
    const reason = `Cannot say, as it did not finish within ${seconds} s`;
    resolve({ kind: "fails", reason, fix: `deno task eer doctor --limit ${4 * seconds}` });
  }, limit);
  worker.onmessage = ({ data }: MessageEvent<ProbeAnswer>) => resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    resolve({ kind: "fails", reason: `Cannot go on as it ended its worker: ${event.message}` });
  };
  worker.postMessage(job);
  return promise.finally(() => {
    clearTimeout(timer);
    worker.terminate();
  });
}
