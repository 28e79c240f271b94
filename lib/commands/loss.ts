import { engineProblem } from "../engines/engine.ts";
import { createEngine } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { euclideanNorm, parameterView } from "../parameters.ts";
import { readJson } from "../storage/read_json.ts";
import { taskOf } from "../tasks/select.ts";
import type { Sequences } from "../tasks/task.ts";
import { type Command, engineChoice, engineOptions } from "./command.ts";
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
    const batch = task.label(
      sequencesOf(await readJson(file, "tokens"), { file, vocabulary: task.vocabulary }),
    );
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

/** @throws {UserError} unless `value` is an array of equally long arrays of tokens */
function sequencesOf(
  value: unknown,
  { file, vocabulary }: { file: string; vocabulary: number },
): Sequences {
  const refuse = (why: string) => new UserError(`Cannot use tokens ${file} as ${why}`);
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => Array.isArray(each))) {
    throw refuse("it must be an array of sequences, such as [[0,1,2],[2,1,0]]");
  }
  const [{ length }] = value;
  if (length === 0) throw refuse("sequence 0 is empty");
  value.forEach((sequence, i) => {
    if (sequence.length !== length) {
      throw refuse(`sequence ${i} has ${sequence.length} tokens, but sequence 0 has ${length}`);
    }
    sequence.forEach((token: unknown, j: number) => {
      if (!Number.isInteger(token) || (token as number) < 0 || (token as number) >= vocabulary) {
        throw refuse(
          `sequence ${i} has ${
            JSON.stringify(token)
          } at position ${j}: tokens must be whole numbers ≥ 0 and < ${vocabulary}`,
        );
      }
    });
  });
  return { tokens: Int32Array.from(value.flat()), count: value.length, length };
}

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
