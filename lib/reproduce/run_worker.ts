/**
 * A worker that trains one run in its folder and measures the result.
 *
 * @module
 */
import { measureRun, type RunMeasurements } from "../report/measure_run.ts";
import { engineProblem } from "../engines/engine.ts";
import { createEngine, type EngineChoice } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import type { Configuration } from "../models/config.ts";
import { taskOf } from "../tasks/select.ts";
import type { Metrics } from "../training/metrics.ts";
import { openRunFolder, readRunFolder } from "../training/run_folder.ts";

/** What a worker is asked to do; a message "stop" ends the training after the step under way. */
export interface RunJob {
  readonly directory: string;
  readonly configuration: Configuration;
  readonly engine: EngineChoice;
  /** Milliseconds after which training stops by itself. */
  readonly trainFor?: number;
}

/** What a worker answers with. */
export type RunMessage =
  | { readonly kind: "step"; readonly step: number; readonly loss?: number; readonly metrics?: Metrics }
  | { readonly kind: "measuring"; readonly part: string }
  | { readonly kind: "done"; readonly result: RunResult }
  | { readonly kind: "failed"; readonly message: string; readonly isUserError: boolean };

/** A run as far as it came; measurements are left out where it was told to stop. */
export interface RunResult {
  readonly step: number;
  readonly parameters: number;
  readonly engine: { readonly name: string; readonly backend: string };
  /** Seconds of training, those of earlier calls not counted. */
  readonly seconds: number;
  readonly metrics: readonly Metrics[];
  readonly measurements?: RunMeasurements;
}

const stop = new AbortController();
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<RunJob | "stop">) => void;
  postMessage(message: RunMessage): void;
};

scope.onmessage = async ({ data }) => {
  if (data === "stop") return stop.abort();
  try {
    scope.postMessage({ kind: "done", result: await run(data) });
  } catch (error) {
    const isUserError = error instanceof UserError;
    const { message, stack } = error as Error;
    scope.postMessage({ kind: "failed", message: isUserError ? message : stack ?? message, isUserError });
  }
};

async function run({ directory, configuration, engine: choice, trainFor }: RunJob): Promise<RunResult> {
  const start = performance.now();
  await using folder = await openRunFolder(directory, { configuration: () => configuration, resume: true });
  const task = taskOf(configuration.task);
  const engineChoice = folder.engineChoice(choice);
  const engine = await createEngine(engineProblem(task, configuration), engineChoice);
  const { name, backend } = engine;
  const limit = trainFor === undefined ? [] : [AbortSignal.timeout(trainFor)];
  const signal = AbortSignal.any([stop.signal, ...limit]);
  scope.postMessage({ kind: "step", step: folder.step });
  for await (const { step, batch, metrics } of folder.train({ task, engine, signal })) {
    scope.postMessage({ kind: "step", step, loss: batch?.terms.total, metrics });
  }
  await engine.dispose();
  const seconds = (performance.now() - start) / 1000;

  const { metrics, checkpoint: { parameters, optimizer } } = await readRunFolder(directory);
  const result = {
    step: optimizer?.step ?? 0,
    parameters: parameters.length,
    engine: { name, backend },
    seconds,
    metrics,
  };
  if (stop.signal.aborted) return result;
  const measurements = await measureRun({ configuration, parameters }, {
    engine: engineChoice,
    onPart: (part) => scope.postMessage({ kind: "measuring", part }),
  });
  return { ...result, measurements };
}
