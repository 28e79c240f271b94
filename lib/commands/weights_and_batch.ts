import { UserError } from "../errors.ts";
import type { Configuration } from "../models/config.ts";
import { taskOf } from "../tasks/select.ts";
import type { Batch } from "../tasks/task.ts";
import { heldOutBatch } from "../training/train.ts";
import type { Arguments, Option } from "./command.ts";
import { readTokens } from "./tokens.ts";

/** Options of every command that looks at the loss around trained parameters. */
export const lossOptions: Record<string, Option> = {
  weights: { value: "F.safetensors", about: "the parameters, instead of DIR" },
  config: { value: "F.json", about: "configuration; wins over the one in the weights" },
  tokens: {
    value: "F.json",
    about: "the batch: equally long sequences (the run's held-out batch unless given)",
  },
};

/**
 * The run folder or `--weights` file that the arguments name.
 *
 * @param what is computed, such as "a Hessian", by the command `name`
 * @throws {UserError} unless it is one
 */
export function weightsPath(args: Arguments, { what, name }: { what: string; name: string }): string {
  const [directory, ...extra] = args.positionals;
  const file = args.text("weights");
  const path = directory ?? file;
  if (path === undefined || (directory !== undefined && file !== undefined) || extra.length > 0) {
    throw new UserError(
      `Cannot compute ${what}: give one run folder, such as: ${name} out/run, or --weights F.safetensors`,
    );
  }
  return path;
}

/** The batch of `--tokens`, or the one that the run's metrics are measured on. */
export async function lossBatch(args: Arguments, { task: config, training }: Configuration): Promise<Batch> {
  const task = taskOf(config);
  const tokens = args.text("tokens");
  return tokens === undefined ? heldOutBatch(task, training) : task.label(await readTokens(tokens, task));
}
