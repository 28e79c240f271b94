/** A run small enough for tests: every file of a real one within a second. */
import { type Engine, engineProblem, type LossAndGradient } from "../lib/engines/engine.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { type Configuration, configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { openRunFolder } from "../lib/training/run_folder.ts";

/** Settings of the small run; `changes` go on top of its training part. */
export function smallSettings(changes: PartialConfiguration["training"] = {}): PartialConfiguration {
  return {
    model: { width: 4, mlpWidth: 8, loops: 2 },
    training: {
      batch: 4,
      minLength: 4,
      maxLength: 8,
      steps: 6,
      evaluateEvery: 2,
      evaluateLengths: [5],
      evaluateSequences: 4,
      ...changes,
    },
  };
}

/** The small run's configuration. */
export function smallConfiguration(changes?: PartialConfiguration["training"]): Configuration {
  return configuration(smallSettings(changes));
}

/** An engine for the small run, disposed of by the caller. */
export function smallEngine(small: Configuration): Promise<Engine> {
  return createTfjsEngine(engineProblem(taskOf(small.task), small), { backend: "cpu" });
}

/** Trains the small run in a folder until the end, or until `stopAfter` updates are done. */
export async function trainSmall(
  directory: string,
  { small = smallConfiguration(), resume = false, trajectory = false, stopAfter = Infinity, engine }: {
    small?: Configuration;
    resume?: boolean;
    trajectory?: boolean;
    stopAfter?: number;
    engine?: Engine;
  } = {},
): Promise<void> {
  await using folder = await openRunFolder(directory, { configuration: () => small, resume, trajectory });
  const stop = new AbortController();
  engine ??= await smallEngine(small);
  for await (const { step } of folder.train({ task: taskOf(small.task), engine, signal: stop.signal })) {
    if (step >= stopAfter) stop.abort();
  }
  await engine.dispose();
}

/** The engine with its result at the given call of `lossAndGradient` (counted from 1) spoiled. */
export function spoiled(
  engine: Engine,
  call: number,
  spoil: (result: LossAndGradient) => LossAndGradient,
): Engine {
  let calls = 0;
  return {
    ...engine,
    lossAndGradient: async (parameters, batch) => {
      const result = await engine.lossAndGradient(parameters, batch);
      return ++calls === call ? spoil(result) : result;
    },
  };
}

/** The three files of a run folder, as text where they are text. */
export async function runFiles(directory: string): Promise<Record<string, string>> {
  const [config, metrics, checkpoint] = await Promise.all(
    ["config.json", "metrics.csv", "checkpoint.safetensors"].map((name) =>
      Deno.readFile(`${directory}/${name}`)
    ),
  );
  const text = new TextDecoder("latin1");
  return { config: text.decode(config), metrics: text.decode(metrics), checkpoint: text.decode(checkpoint) };
}
