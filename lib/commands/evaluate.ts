import { accuracyAtLength, type LengthAccuracy } from "../analysis/evaluate.ts";
import { engineProblem } from "../engines/engine.ts";
import { createEngine } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { configuration as validated, withSetting } from "../models/config.ts";
import { randomStream } from "../random.ts";
import { taskOf } from "../tasks/select.ts";
import { readWeights } from "./weights.ts";
import { type Command, engineChoice, engineOptions, integer } from "./command.ts";
import { progress } from "./progress.ts";

export const evaluate: Command = {
  name: "evaluate",
  summary: "Measures accuracy on fresh sequences, with a 95 % interval.",
  usage: "DIR|FILE [--lengths 10,100,1000] [--sequences N] [--loops T] [--seed N]",
  options: {
    lengths: { value: "L,…", about: "lengths of the sequences (the configuration's unless given)" },
    sequences: { value: "N", about: "sequences at each length (the configuration's unless given)" },
    loops: { value: "T", about: "how often the block is applied (the configuration's unless given)" },
    seed: {
      value: "N",
      about: "seed of the sequences (the run's unless given, whose metrics it then repeats)",
    },
    config: { value: "F.json", about: "configuration; wins over the one in the file" },
    ...engineOptions,
  },
  async run(args) {
    const [path, ...extra] = args.positionals;
    if (path === undefined || extra.length > 0) {
      throw new UserError("Cannot evaluate: give one run folder or weights file, such as: evaluate out/run");
    }
    const loops = args.integer("loops", 1);
    const lengths = args.text("lengths")?.split(",").map((text) => integer("lengths", text, 1));
    const sequencesGiven = args.integer("sequences", 1);
    const seed = args.integer("seed", 0);
    const { configuration: stored, parameters } = await readWeights(path, args);
    const configuration = loops === undefined
      ? stored
      : validated(withSetting(stored, `model.loops=${loops}`));
    const { training } = configuration;
    const task = taskOf(configuration.task);
    const sequences = sequencesGiven ?? training.evaluateSequences;
    const stream = randomStream(seed ?? training.seed, "evaluate");
    const wanted = [...new Set(lengths ?? training.evaluateLengths)];
    const choice = engineChoice(args);
    const engine = await createEngine(engineProblem(task, configuration), choice);
    const bar = progress("evaluate", wanted.length);
    const results: LengthAccuracy[] = [];
    try {
      for (const length of wanted) {
        bar.update(results.length, `length ${length}`);
        results.push(await accuracyAtLength({ engine, task, parameters, sequences, stream }, length));
      }
    } finally {
      bar.stop();
      await engine.dispose();
    }
    console.log(args.has("json") ? JSON.stringify(asJson(results)) : results.map(asLine).join("\n"));
  },
};

function asJson(results: LengthAccuracy[]) {
  const byLength = <T>(value: (result: LengthAccuracy) => T) =>
    Object.fromEntries(results.map((result) => [result.length, value(result)]));
  return {
    accuracy: byLength(({ all }) => all.value),
    interval: byLength(({ all }) => all.interval),
    sequences: results[0].sequences,
    matched: byLength(({ matched: { value, interval } }) => ({ accuracy: value, interval })),
    byDistance: byLength(({ byDistance }) =>
      byDistance.map(({ distance, value, interval, positions }) => ({
        distance,
        accuracy: value,
        interval,
        positions,
      }))
    ),
  };
}

function asLine({ length, sequences, all, matched }: LengthAccuracy): string {
  const percent = (value: number) => `${(100 * value).toFixed(1)} %`;
  const [low, high] = all.interval.map(percent);
  return `length ${length}: ${percent(all.value)} right (95 % interval ${low} to ${high}), ` +
    `${percent(matched.value)} of matched positions, ${sequences} sequences`;
}
