/**
 * `deno task setup:tensorflow`: makes the tfjs engine's backend "tensorflow" work.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { interruption } from "../commands/interruption.ts";
import { UserError } from "../errors.ts";
import { setupCommand, type TensorflowBuild, tensorflowFolder } from "./installation.ts";
import { setUpTensorflow } from "./set_up_tensorflow.ts";

const help = `usage: ${setupCommand} [--build cpu|cuda]

Makes TensorFlow's native library usable as backend "tensorflow", in the folder .tensorflow. Called again it goes
on where it stopped, or says at once that all is there.

  --build cpu|cuda  for processors, or for NVIDIA cards too (unless given: as nvidia-smi finds a card or not)
  --help            print this help`;

/** @returns the exit code */
async function main(args: string[], signal: AbortSignal): Promise<number> {
  const { build, help: asked } = read(args);
  if (asked) {
    console.log(help);
    return 0;
  }
  const made = await setUpTensorflow({ folder: tensorflowFolder(), build, signal });
  console.log(`TensorFlow ${made.version} (${made.build} build) is set up; --backend tensorflow takes it`);
  return 0;
}

function read(args: string[]): { build?: TensorflowBuild; help?: boolean } {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { build: { type: "string" }, help: { type: "boolean" } } }));
  } catch (error) {
    const [reason] = (error as Error).message.split(/\.? *\n|\. /);
    throw new UserError(`${reason}; see ${setupCommand} --help`);
  }
  const { build } = values;
  if (build !== undefined && build !== "cpu" && build !== "cuda") {
    throw new UserError(`Cannot set up build "${build}": it must be cpu or cuda`);
  }
  return { ...values, build };
}

if (import.meta.main) {
  using interrupted = interruption();
  const { signal } = interrupted;
  try {
    Deno.exitCode = await main(Deno.args, signal);
  } catch (error) {
    if (!signal.aborted && !(error instanceof UserError)) throw error;
    console.error(`setup: ${signal.aborted ? `stopped; ${setupCommand} goes on` : (error as Error).message}`);
    Deno.exitCode = signal.aborted ? 130 : 1;
  }
}
