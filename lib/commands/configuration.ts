/**
 * Reads what a command's options say about the configuration.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import {
  type Configuration,
  configuration,
  type PartialConfiguration,
  withSetting,
} from "../models/config.ts";
import { presetChanges, presetNames } from "../models/presets.ts";
import { readJson } from "../storage/read_json.ts";
import type { Arguments, Option } from "./command.ts";

/** The options that say what to train. */
export const configurationOptions: Record<string, Option> = {
  preset: { value: "NAME", about: `start from a preset: ${presetNames.join(", ")} (eer unless given)` },
  config: { value: "F.json", about: "start from a configuration file instead" },
  set: { value: "part.key=value", multiple: true, about: "change one key, such as model.recency=0.25" },
  seed: { value: "N", about: "the same as --set training.seed=N" },
  steps: { value: "N", about: "the same as --set training.steps=N" },
};

/**
 * The configuration that the options ask for.
 *
 * @param base what holds where neither --preset nor --config is given
 * @throws {UserError} for an unknown preset or key, a wrong value, or a file that cannot be read
 */
export async function configurationOf(
  args: Arguments,
  base: PartialConfiguration = {},
): Promise<Configuration> {
  const [preset, file] = [args.text("preset"), args.text("config")];
  if (preset !== undefined && file !== undefined) {
    throw new UserError("Cannot use both --preset and --config: give one of them");
  }
  const start = preset !== undefined
    ? presetChanges(preset)
    : file !== undefined
    ? await readJson(file, "configuration") as PartialConfiguration
    : base;
  const shorthands = ["seed", "steps"].flatMap((name) =>
    args.text(name) === undefined ? [] : [`training.${name}=${args.integer(name, 0)}`]
  );
  return configuration([...args.texts("set"), ...shorthands].reduce(withSetting, start));
}
