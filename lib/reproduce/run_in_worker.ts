import { UserError } from "../errors.ts";
import type { RunJob, RunMessage, RunResult } from "./run_worker.ts";

/** What is told of a run under way. */
export type RunProgress = Exclude<RunMessage, { kind: "done" | "failed" }>;

/**
 * Trains and measures one run in a worker of its own, so that runs share the machine's cores.
 *
 * @param options.signal ends the training after the step under way, with a checkpoint
 * @throws {UserError} what the run could not do, in one sentence
 */
export function runInWorker(
  job: RunJob,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (progress: RunProgress) => void },
): Promise<RunResult> {
  const worker = new Worker(new URL("./run_worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const stop = () => worker.postMessage("stop");
  worker.onmessage = ({ data }: MessageEvent<RunMessage>) => {
    if (data.kind === "done") resolve(data.result);
    else if (data.kind === "failed") {
      reject(data.isUserError ? new UserError(data.message) : new Error(data.message));
    } else onProgress(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(`The worker of ${job.directory} died: ${event.message}`));
  };
  worker.postMessage(job);
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  return promise.finally(() => {
    signal.removeEventListener("abort", stop);
    worker.terminate();
  });
}
