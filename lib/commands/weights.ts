import { join } from "node:path";
import { type Configuration, configuration } from "../models/config.ts";
import { readJson } from "../storage/read_json.ts";
import { readCheckpoint } from "../training/checkpoint.ts";
import { RUN_FILES } from "../training/run_folder.ts";
import type { Arguments } from "./command.ts";

/**
 * The parameters in a weights file or a run folder, and the configuration they are meant for: that of
 * `--config`, or the file's own.
 *
 * @throws {UserError} if a file cannot be read or does not fit
 */
export async function readWeights(
  path: string,
  args: Arguments,
): Promise<{ configuration: Configuration; parameters: Float32Array }> {
  const file = await isDirectory(path) ? join(path, RUN_FILES.checkpoint) : path;
  const given = args.text("config");
  return await readCheckpoint(file, {
    configuration: given === undefined ? undefined : configuration(await readJson(given, "configuration")),
  });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false; // Reading it as a file says what is wrong with it.
  }
}
