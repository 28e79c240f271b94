/**
 * TensorFlow's native library as `deno task setup:tensorflow` leaves it. What lies in the folder counts only once
 * its {@linkcode Installation} is written, which is done last.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { systemReason } from "../storage/system_error.ts";

/** Which of TensorFlow's builds: "cuda" computes on NVIDIA cards, and on the processor where it finds none. */
export type TensorflowBuild = "cpu" | "cuda";

/** What was set up. */
export interface Installation {
  readonly build: TensorflowBuild;
  /** Version of TensorFlow. */
  readonly version: string;
  /** Version of the npm package whose addon this is; another package cannot use it. */
  readonly addonVersion: string;
  /** The addon, a path within the folder. */
  readonly addon: string;
  /** Sizes in bytes of the files that it needs, by their paths within the folder. */
  readonly files: Readonly<Record<string, number>>;
  /** The graphics card that was found, such as "NVIDIA H100". */
  readonly gpu?: string;
}

/** The version of `@tensorflow/tfjs-node-gpu` in deno.json. */
export const addonVersion = "4.22.0";

/** The command that sets it up. */
export const setupCommand = "deno task setup:tensorflow";

/** The folder in the project's root that holds all of it. */
export function tensorflowFolder(): string {
  return fileURLToPath(new URL("../../.tensorflow", import.meta.url));
}

/** Where in the folder the {@linkcode Installation} is. */
export const installationFile = "installed.json";

/**
 * What is set up and whole.
 *
 * @returns undefined if nothing is, or files are missing, cut short or of another version
 * @throws {UserError} if the folder cannot be read
 */
export async function findInstallation(folder = tensorflowFolder()): Promise<Installation | undefined> {
  try {
    const found: Installation = JSON.parse(await Deno.readTextFile(join(folder, installationFile)));
    if (found.addonVersion !== addonVersion) return undefined;
    for (const [path, size] of Object.entries(found.files)) {
      if ((await Deno.stat(join(folder, path))).size !== size) return undefined;
    }
    return found;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw new UserError(`Cannot look for TensorFlow in ${folder} as ${systemReason(error)}`);
  }
}
