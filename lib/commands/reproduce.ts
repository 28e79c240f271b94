import { committedMeasurements } from "../bench/results.ts";
import type { EngineChoice } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { aboutPreset } from "../models/presets.ts";
import type { ReportRun } from "../report/data.ts";
import { plan, type PlannedRun } from "../reproduce/plan.ts";
import { runInWorker, type RunProgress } from "../reproduce/run_in_worker.ts";
import type { RunResult } from "../reproduce/run_worker.ts";
import { type Command, engineChoice, engineOptions } from "./command.ts";
import { interruption } from "./interruption.ts";
import { progress } from "./progress.ts";
import { accuracies } from "./accuracies.ts";
import { publish } from "./publish.ts";

/** Share of the quick form's minutes that training may take; the rest is for measuring and the report. */
const TRAINING_SHARE = 0.7;

export const reproduce: Command = {
  name: "reproduce",
  summary:
    "Trains the paper's model, measures it beside Table 2 and writes a report; goes on where it was stopped.",
  usage: "[--minutes N] [--full] [--out DIR]",
  options: {
    minutes: { value: "N", about: "how long the quick form may take (10 unless given)" },
    full: { about: "the paper's 20,000 steps, every preset on three seeds, with no limit of time" },
    out: { value: "DIR", about: "where everything goes (out unless given)" },
    ...engineOptions,
  },
  async run(args) {
    if (args.positionals.length > 0) {
      throw new UserError(`Cannot reproduce "${args.positionals[0]}": no such option`);
    }
    const start = performance.now();
    const full = args.has("full");
    const minutes = args.integer("minutes", 1) ?? 10;
    const out = args.text("out") ?? "out";
    const runs = plan(out, { full });
    const { steps } = runs[0].configuration.training;
    console.error(
      `Trains ${runs.map(label).join(", ")} for ${steps} steps` +
        (full ? "." : ` or as far as ${minutes} minutes allow; the paper trains for 20000 (--full).`),
    );
    using interrupted = interruption();
    const results = await runAll(runs, {
      engine: engineChoice(args),
      signal: interrupted.signal,
      trainFor: full ? undefined : minutes * 60_000 * TRAINING_SHARE,
    });
    if (interrupted.signal.aborted) {
      console.error("Stopped; the same command goes on from here.");
      return 130;
    }
    const reported = runs.map((run, i) => reportRun(run, results[i]));
    await publish(reported, {
      command: `deno task reproduce${Deno.args.slice(1).map((arg) => ` ${arg}`).join("")}`,
      start,
      bench: await committedMeasurements(),
      out,
      json: args.has("json"),
    });
  },
};

/** All runs, as many at a time as there are cores. */
async function runAll(
  runs: readonly PlannedRun[],
  { engine, signal, trainFor }: {
    engine: EngineChoice;
    signal: AbortSignal;
    trainFor?: number;
  },
): Promise<RunResult[]> {
  const steps = runs.map(() => 0);
  const notes = runs.map(() => "");
  const bar = progress(
    "reproduce",
    runs.reduce((sum, { configuration }) => sum + configuration.training.steps, 0),
  );
  const tell = (index: number) => (update: RunProgress) => {
    const name = label(runs[index]);
    if (update.kind === "measuring") {
      notes[index] = `${name} measuring, ${update.part}`;
    } else {
      const { step, loss, metrics } = update;
      steps[index] = step;
      if (loss !== undefined) notes[index] = `${name} ${loss.toFixed(2)}`;
      if (metrics) {
        bar.line(`${name}: step ${step}, loss ${metrics.total.toFixed(3)}, ${accuracies(metrics)}`);
      }
    }
    bar.update(steps.reduce((a, b) => a + b), notes.filter((note) => note !== "").join(" · "));
  };

  const failure = new AbortController();
  const results: RunResult[] = [];
  let next = 0;
  const lanes = Math.min(runs.length, navigator.hardwareConcurrency);
  const workers = Math.floor(navigator.hardwareConcurrency / lanes);
  const lane = async () => {
    while (next < runs.length && !signal.aborted && !failure.signal.aborted) {
      const index = next++;
      const { directory, configuration } = runs[index];
      results[index] = await runInWorker({
        directory,
        configuration,
        engine: { ...engine, workers: engine.workers ?? workers },
        trainFor,
      }, {
        signal: AbortSignal.any([signal, failure.signal]),
        onProgress: tell(index),
      });
    }
  };
  try {
    // A run that fails stops the others, which keep their checkpoints.
    const ends = await Promise.allSettled(Array.from({ length: lanes }, async () => {
      try {
        await lane();
      } catch (error) {
        failure.abort();
        throw error;
      }
    }));
    const failed = ends.find((end) => end.status === "rejected");
    if (failed) throw failed.reason;
  } finally {
    bar.stop();
  }
  return results;
}

function label({ preset, configuration: { training } }: PlannedRun): string {
  return `${preset} (seed ${training.seed})`;
}

function reportRun({ preset, configuration }: PlannedRun, result: RunResult): ReportRun {
  const { measurements, ...measured } = result;
  return {
    name: preset,
    about: aboutPreset(preset),
    configuration,
    ...measured,
    evaluation: [],
    ...measurements,
  };
}
