/**
 * The configuration of a run: task, model, objective and training, each validated.
 *
 * Every key left out takes the value of preset `eer` (Table 1 of the paper, and `README.md` for what the paper
 * leaves open). Unknown keys and wrong types are errors that name the key.
 *
 * @module
 */
import { z } from "zod";
import { UserError } from "../errors.ts";

const count = (low = 1) => z.int().min(low);
const weight = () => z.number().min(0);

const taskSchema = z.strictObject({
  /** Which rule makes the targets. */
  kind: z.enum(["induction-heads", "markov-language"]).default("induction-heads"),
  /** Number of symbols V. */
  alphabet: count(2).max(26).default(3),
  /** Whether "no earlier occurrence" (⊥) is a class of its own, C = V + 1; if not, such positions are left out. */
  bottom: z.boolean().default(true),
  /** Whether a symbol may follow itself. */
  repeats: z.boolean().default(true),
  /** Of markov-language alone: α of the Dirichlet distributions that rows of chains come from; [0.1, 1] unless given. */
  concentrations: z.array(z.number().positive()).min(1).optional(),
});

const modelSchema = z.strictObject({
  /** d, the width of the latent state. */
  width: count().max(1024).default(8),
  heads: count().max(64).default(1),
  /** Width of a head; width / heads unless given. A.2 has heads as wide as the model. */
  headWidth: count().max(1024).optional(),
  /** Hidden width of the MLP; 0: no MLP. */
  mlpWidth: count(0).max(8192).default(32),
  /** Whether the linear maps (attention, MLP, read-out) have biases. */
  bias: z.boolean().default(true),
  /** Whether attention ends in an output projection W_O. */
  output: z.boolean().default(true),
  /** T, how often the block is applied. */
  loops: count().max(1000).default(25),
  /** residual: Z₀=0, Z+F(Z+X); injected: Z₀=0, F(Z+X); plain: Z₀=X, F(Z), read out from Z_T. */
  recurrence: z.enum(["residual", "injected", "plain"]).default("residual"),
  /** LayerNorm before attention and before the MLP, or none. */
  norm: z.enum(["pre", "none"]).default("pre"),
  causal: z.boolean().default(true),
  /** m ≥ 0: attention logits lose m·|i−j|. */
  recency: weight().default(0.25),
  positions: z.strictObject({
    kind: z.enum(["sinusoidal", "none"]).default("sinusoidal"),
    scale: z.number().default(0.15),
  }).prefault({}),
  /** τ > 0: attention logits are q·k/(√headWidth·τ). */
  temperature: z.number().positive().default(1),
});

const objectiveSchema = z.strictObject({
  /** λ_P of eq. 2. */
  lambdaPotential: weight().default(0.1),
  /** λ_K of eq. 2. */
  lambdaKinetic: weight().default(0.001),
  /** λ_S of eq. 2. */
  lambdaEntropy: weight().default(0.02),
  /** The order of the Tsallis entropy; 1 is Shannon's. */
  q: z.number().positive().default(1.5),
  /** η of eq. 5, the entropic floor. */
  eta: z.number().default(0),
  /** ½·mean‖Z_T−Z_0‖² (which Table 2 fits) or ½·mean‖Z_T−Z_0‖ (eq. 3 to the letter). */
  kinetic: z.enum(["squared", "norm"]).default("squared"),
});

const trainingSchema = z.strictObject({
  batch: count().default(32),
  /** Each batch has one length, drawn uniformly from [minLength, maxLength]. */
  minLength: count().default(16),
  maxLength: count().default(64),
  steps: count(0).default(20_000),
  learningRate: weight().default(1e-3),
  weightDecay: weight().default(0.1),
  seed: count(0).default(0),
  /** growing: the longest length rises from minLength to maxLength over the first half. */
  curriculum: z.enum(["uniform", "growing"]).default("uniform"),
  /** Steps from one evaluation (and checkpoint) to the next; may exceed `steps`. */
  evaluateEvery: count().default(500),
  evaluateLengths: z.array(count()).min(1).default([10, 100, 1000]),
  evaluateSequences: count(2).default(32),
});

const configurationSchema = z.strictObject({
  task: taskSchema.prefault({}),
  model: modelSchema.prefault({}),
  objective: objectiveSchema.prefault({}),
  training: trainingSchema.prefault({}),
});

/** What the task is; see {@link Configuration}. */
export type TaskConfig = z.output<typeof taskSchema>;
/** What the model is, all values given (`headWidth` among them). */
export type ModelConfig = z.output<typeof modelSchema> & { headWidth: number };
/** The weights and orders of eq. 2–5. */
export type ObjectiveConfig = z.output<typeof objectiveSchema>;
/** Optimiser, lengths, steps, evaluation. */
export type TrainingConfig = z.output<typeof trainingSchema>;

/** A whole run, every value given: what `config.json` in a run folder holds. */
export interface Configuration {
  task: TaskConfig;
  model: ModelConfig;
  objective: ObjectiveConfig;
  training: TrainingConfig;
}

/** The same with any part or key left out. */
export type PartialConfiguration = z.input<typeof configurationSchema>;

/**
 * Validates `value` and fills in what is left out.
 *
 * @throws {UserError} naming the first key that is unknown, of a wrong type or out of range
 *
 * @example
 * ```ts
 * import { configuration } from "./config.ts";
 * configuration({ model: { recency: 0 } }).model.width; // 8
 * ```
 */
export function configuration(value: unknown = {}): Configuration {
  const result = configurationSchema.safeParse(value, { reportInput: true });
  if (!result.success) {
    throw new UserError(`Cannot use this configuration: ${sentence(result.error.issues[0])}`);
  }
  const { task, model, objective, training } = result.data;
  return {
    task: withConcentrations(task),
    model: withHeadWidth(model),
    objective,
    training: checkedLengths(training),
  };
}

/** α of the chains of a Markov language unless others are given: near-deterministic ones and arbitrary ones. */
const CONCENTRATIONS: readonly number[] = [0.1, 1];

function withConcentrations(task: TaskConfig): TaskConfig {
  const { concentrations, ...rest } = task;
  if (task.kind === "markov-language") {
    return { ...rest, concentrations: concentrations ?? [...CONCENTRATIONS] };
  }
  if (concentrations !== undefined) {
    throw new UserError(
      `Cannot use this configuration: task.concentrations belongs to task.kind markov-language, and this is ${task.kind}`,
    );
  }
  return rest;
}

function withHeadWidth(model: z.output<typeof modelSchema>): ModelConfig {
  const { width, heads, headWidth: given, ...rest } = model;
  if (given === undefined && width % heads !== 0) {
    throw new UserError(
      `Cannot use this configuration: model.heads must divide model.width unless model.headWidth is given, ` +
        `but ${heads} does not divide ${width}`,
    );
  }
  const result = given ?? width / heads;
  if (!rest.output && result !== width && result * heads !== width) {
    throw new UserError(
      `Cannot use this configuration: with model.output false, model.headWidth must be model.width (heads are ` +
        `summed) or model.width / model.heads (heads are concatenated): current value is ${result}`,
    );
  }
  // The keys' order is always the schema's, so that equal configurations are equal bytes.
  return { width, heads, headWidth: result, ...rest };
}

function checkedLengths(training: TrainingConfig): TrainingConfig {
  if (training.minLength > training.maxLength) {
    throw new UserError(
      `Cannot use this configuration: training.minLength (${training.minLength}) must be at most ` +
        `training.maxLength (${training.maxLength})`,
    );
  }
  return training;
}

/**
 * Sets one key, as `--set model.recency=0.25` does, and returns a new object (not validated yet).
 *
 * @param assignment `part.key=value`; the value is JSON, a bare word is a string
 * @throws {UserError} if the assignment has no `=` or no part
 */
export function withSetting(value: PartialConfiguration, assignment: string): PartialConfiguration {
  const [, path, text] = assignment.match(/^([^=]+)=([^]*)$/) ?? [];
  if (path === undefined || !path.includes(".")) {
    throw new UserError(
      `Cannot use --set ${assignment}: it must read part.key=value, such as model.recency=0.25`,
    );
  }
  const assign = (target: unknown, keys: string[]): unknown => {
    if (keys.length === 0) return jsonOrWord(text);
    const object = typeof target === "object" && target !== null && !Array.isArray(target) ? target : {};
    const [key, ...rest] = keys;
    return { ...object, [key]: assign((object as Record<string, unknown>)[key], rest) };
  };
  return assign(value, path.split(".")) as PartialConfiguration;
}

function jsonOrWord(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** One sentence for one of zod's issues, with the key's full name. */
function sentence(issue: z.core.$ZodIssue): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const prefix = path === "" ? "" : `${path}.`;
    const known = knownKeys(issue.path);
    return `unknown key ${prefix}${issue.keys[0]}; ${path === "" ? "its parts are" : `${path} has`} ${
      known.join(", ")
    }`;
  }
  const expected = issue.message.replace(/^Invalid (input|option): |, received .*$/g, "");
  // JSON has no infinity and would say null.
  const got = typeof issue.input === "number" ? String(issue.input) : JSON.stringify(issue.input);
  return `${path === "" ? "the whole" : path}: ${expected}, got ${got ?? "nothing"}`;
}

function knownKeys(path: PropertyKey[]): string[] {
  let schema: unknown = configurationSchema;
  for (const key of path) schema = shapeOf(schema)[key as string];
  return Object.keys(shapeOf(schema));
}

function shapeOf(schema: unknown): Record<string, unknown> {
  const { shape, def } = schema as { shape?: Record<string, unknown>; def: { innerType: unknown } };
  return shape ?? shapeOf(def.innerType);
}
