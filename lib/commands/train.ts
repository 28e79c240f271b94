import { timeEngines } from "../doctor/fastest.ts";
import { engineProblem } from "../engines/engine.ts";
import { createEngine, type EngineChoice } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { taskOf } from "../tasks/select.ts";
import type { Metrics } from "../training/metrics.ts";
import { openRunFolder, type RunFolder } from "../training/run_folder.ts";
import { accuracies } from "./accuracies.ts";
import { type Command, engineChoice, engineOptions } from "./command.ts";
import { configurationOf, configurationOptions } from "./configuration.ts";
import { interruption } from "./interruption.ts";
import { progress } from "./progress.ts";

export const train: Command = {
  name: "train",
  summary: "Trains a looped transformer and keeps configuration, metrics and checkpoint in a run folder.",
  usage:
    "--out DIR [--preset NAME] [--set part.key=value …] [--seed N] [--steps N] [--resume] [--trajectory]",
  options: {
    out: { value: "DIR", about: "the run folder" },
    resume: { about: "go on with the run in DIR; start anew where there is none" },
    trajectory: { about: "keep the parameters at each evaluation, for landscapes and spectra along the run" },
    ...configurationOptions,
    ...engineOptions,
    engine: {
      value: "NAME",
      about: `${engineOptions.engine.about}, or fastest: each one's step is timed first`,
    },
  },
  async run(args) {
    if (args.positionals.length > 0) {
      throw new UserError(
        `Cannot train with the extra argument "${args.positionals[0]}"; the folder goes to --out`,
      );
    }
    const directory = args.text("out");
    if (!directory) throw new UserError("Cannot train without --out DIR, the folder to keep the run in");
    const resume = args.has("resume");
    await using folder = await openRunFolder(directory, {
      resume,
      trajectory: args.has("trajectory"),
      configuration: (stored) => configurationOf(args, stored),
    });
    const { configuration } = folder;
    const task = taskOf(configuration.task);
    const choice = await measuredChoice(engineChoice(args), folder);
    const engine = await createEngine(engineProblem(task, configuration), folder.engineChoice(choice));
    using interrupted = interruption();
    const { signal } = interrupted;
    const bar = progress("train", configuration.training.steps, folder.step);
    let last = folder.metrics.at(-1);
    let step = folder.step;
    try {
      for await (const each of folder.train({ task, engine, signal })) {
        step = each.step;
        if (each.metrics) bar.line(describe(last = each.metrics));
        if (each.batch) bar.update(step, `loss ${each.batch.terms.total.toFixed(3)}`);
      }
    } finally {
      bar.stop();
      await engine.dispose();
    }
    const finished = step >= configuration.training.steps;
    if (args.has("json")) {
      const { name, backend } = engine;
      console.log(JSON.stringify({ directory, step, finished, engine: name, backend, metrics: last }));
    } else {
      console.log(
        finished
          ? `${directory}: trained to step ${step}`
          : `${directory}: stopped at step ${step}, --resume goes on`,
      );
    }
    return finished ? 0 : 130;
  },
};

/** In place of "fastest" the engine whose step is the shortest; a run that goes on keeps its own. */
async function measuredChoice(choice: EngineChoice, folder: RunFolder): Promise<EngineChoice> {
  if (choice.engine !== "fastest") return choice;
  if (choice.backend !== undefined) {
    throw new UserError(
      `Cannot take the fastest engine on --backend ${choice.backend}: leave one of them out`,
    );
  }
  if (folder.engineChoice({}).engine !== undefined) return { workers: choice.workers };
  const timed = await timeEngines(folder.configuration, { workers: choice.workers });
  if (timed.length === 0) {
    throw new UserError(
      "Cannot train on the fastest engine as none came to an end: deno task eer doctor says why",
    );
  }
  for (const { engine, backend, milliseconds } of timed) {
    console.error(`train: a step on ${engine} ${backend} takes ${milliseconds.toFixed(1)} ms`);
  }
  const [{ engine, backend }] = timed;
  return { engine, backend, workers: choice.workers };
}

function describe(metrics: Metrics): string {
  const { step, total, task } = metrics;
  return `step ${step}: loss ${total.toFixed(4)}, cross-entropy ${task.toFixed(4)}, ${accuracies(metrics)}`;
}
