import { engineProblem } from "../engines/engine.ts";
import { createEngine } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { parameterView } from "../parameters.ts";
import { euclideanNorm } from "../vectors.ts";
import { taskOf } from "../tasks/select.ts";
import { type Command, engineChoice, engineOptions } from "./command.ts";
import { readTokens } from "./tokens.ts";
import { readWeights } from "./weights.ts";

export const loss: Command = {
  name: "loss",
  summary: "Computes the objective's terms, their gradient and the logits for given weights and tokens.",
  usage: "--weights F.safetensors --tokens F.json [--config F.json]",
  options: {
    weights: { value: "F.safetensors", about: "the parameters" },
    tokens: { value: "F.json", about: "an array of equally long sequences of tokens" },
    config: { value: "F.json", about: "configuration; wins over the one in the weights" },
    ...engineOptions,
  },
  async run(args) {
    const [weights, file] = [args.text("weights"), args.text("tokens")];
    if (weights === undefined || file === undefined || args.positionals.length > 0) {
      throw new UserError(
        "Cannot compute a loss: give --weights F.safetensors and --tokens F.json, and no more",
      );
    }
    const { configuration, parameters } = await readWeights(weights, args);
    const task = taskOf(configuration.task);
    const batch = task.label(await readTokens(file, task));
    const choice = engineChoice(args);
    const engine = await createEngine(engineProblem(task, configuration), choice);
    const { specification } = engine;
    const logits = await engine.logits(parameters, batch);
    const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
    await engine.dispose();

    const flat = { ...terms, gradientNorm: euclideanNorm(gradient) };
    if (!args.has("json")) {
      for (const [name, value] of Object.entries(flat)) console.log(`${name.padEnd(14)}${value}`);
      return;
    }
    const named = specification.entries.map(({ name, shape }) =>
      [name, nested(parameterView(specification, gradient, name), shape)] as const
    );
    const shape = [batch.count, batch.length, task.classes];
    console.log(
      JSON.stringify({ ...flat, gradient: Object.fromEntries(named), logits: nested(logits, shape) }),
    );
  },
};

type Nested = number[] | Nested[];

/** A flat array as nested ones of the given shape. */
function nested(flat: Float32Array, [first, ...rest]: readonly number[]): Nested {
  if (rest.length === 0) return [...flat];
  const size = flat.length / first;
  return Array.from(
    { length: first },
    (_, i) => nested(flat.subarray(i * size, (i + 1) * size), rest),
  ) as Nested[];
}
