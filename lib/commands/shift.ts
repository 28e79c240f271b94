import { runStudySpectra } from "../analysis/looped_single/study_spectra.ts";
import { runStudy } from "../analysis/looped_single/study.ts";
import { type Arm, arms } from "../analysis/looped_single/arms.ts";
import { UserError } from "../errors.ts";
import { presetChanges } from "../models/presets.ts";
import { defaultCriterion } from "../training/plateau.ts";
import { type Arguments, type Command, engineChoice, engineOptions, integer } from "./command.ts";
import { configurationOf, configurationOptions } from "./configuration.ts";
import { interruption } from "./interruption.ts";
import { progress } from "./progress.ts";

const { seed: _seed, preset, ...settings } = configurationOptions;

export const shift: Command = {
  name: "shift",
  summary:
    "Trains an attention layer once, looped, and in stages (SHIFT) on several seeds; called again, it goes on.",
  usage: "--out DIR [--seeds N] [--preset looped-attn] [--set part.key=value …]",
  options: {
    out: { value: "DIR", about: "the folder of the study" },
    seeds: { value: "N", about: "runs on the seeds 0 … N − 1 (10 unless given)" },
    arm: { value: "NAME", multiple: true, about: `train only ${arms.join(", ")} (all unless given)` },
    preset: { ...preset, about: "the looped model: looped-attn unless given" },
    ...settings,
    window: {
      value: "N",
      about: `steps that loss and gradient are averaged over (${defaultCriterion.window})`,
    },
    delta1: { value: "X", about: `plateau: the loss falls by a smaller share (${defaultCriterion.plateau})` },
    delta2: {
      value: "X",
      about: `stability: the gradient's norm changes by a smaller share (${defaultCriterion.stability})`,
    },
    patience: {
      value: "N",
      about: `windows in a row that must pass both tests (${defaultCriterion.patience})`,
    },
    hessians: {
      value: "N,N,…",
      about: "then the Hessian's spectrum at these steps, of seeds 0 to 2 (a minute or so each)",
    },
    ...engineOptions,
  },
  async run(args) {
    if (args.positionals.length > 0) {
      throw new UserError(
        `Cannot use the extra argument "${args.positionals[0]}"; the folder goes to --out`,
      );
    }
    const directory = args.text("out");
    if (!directory) throw new UserError("Cannot run the study without --out DIR, the folder to keep it in");
    const configuration = await configurationOf(args, presetChanges("looped-attn"));
    const criterion = {
      window: args.integer("window", 1) ?? defaultCriterion.window,
      plateau: positive(args, "delta1") ?? defaultCriterion.plateau,
      stability: positive(args, "delta2") ?? defaultCriterion.stability,
      patience: args.integer("patience", 1) ?? defaultCriterion.patience,
    };
    const seeds = args.integer("seeds", 1) ?? 10;
    const chosen = chosenArms(args);
    const { training: { steps } } = configuration;
    using interrupted = interruption();
    const bar = progress("shift", seeds * chosen.length * steps);
    const common = { directory, engine: engineChoice(args) };
    let [finished, runs] = [0, seeds * chosen.length];
    try {
      const study = { ...common, seeds, arms: chosen, configuration, criterion };
      for await (const each of runStudy({ ...study, signal: interrupted.signal })) {
        ({ finished, runs } = each);
        const { arm, seed, point } = each;
        bar.update(finished * steps + (point?.step ?? 0), `${arm}, seed ${seed}`);
        if (point?.step === steps) {
          bar.line(
            `${arm}, seed ${seed}: loss ${point.loss.toFixed(4)}, accuracy ${
              (100 * point.accuracy).toFixed(1)
            } %`,
          );
        }
      }
    } finally {
      bar.stop();
    }
    const hessians = stepList(args);
    if (hessians && finished === runs) {
      const { signal } = interrupted;
      for await (
        const { arm, seed, step } of runStudySpectra({ ...common, steps: hessians, seeds: 3, signal })
      ) {
        console.error(`shift: Hessian of ${arm}, seed ${seed}, at step ${step}`);
      }
    }
    const done = finished === runs && !interrupted.signal.aborted;
    if (args.has("json")) console.log(JSON.stringify({ directory, finished: done, runs: finished }));
    else {
      console.log(
        done
          ? `${directory}: ${runs} runs`
          : `${directory}: stopped after ${finished} of ${runs} runs; the same command goes on`,
      );
    }
    return done ? 0 : 130;
  },
};

/** The arms that are to be trained, each once. */
function chosenArms(args: Arguments): readonly Arm[] {
  const names = args.texts("arm");
  const unknown = names.find((name) => !arms.some((arm) => arm === name));
  if (unknown !== undefined) {
    throw new UserError(`Cannot train --arm ${unknown}: it must be one of ${arms.join(", ")}`);
  }
  return names.length === 0 ? arms : arms.filter((arm) => names.includes(arm));
}

/** The steps of `--hessians`. */
function stepList(args: Arguments): number[] | undefined {
  return args.text("hessians")?.split(",").map((text) => integer("hessians", text, 0));
}

/** The value of `--name` as a number > 0. */
function positive(args: Arguments, name: string): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new UserError(`Cannot use --${name} ${text}: it must be a number > 0`);
  }
  return value;
}
