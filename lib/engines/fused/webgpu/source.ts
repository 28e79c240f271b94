/**
 * The shaders' source for one model: the files in `shader/` after constants that hold its sizes and switches, so that
 * the card's compiler can unroll loops and leave out what the model does not have.
 *
 * @module
 */
import type { EngineProblem } from "../../engine.ts";
import type { RowWeights } from "./row_weights.ts";
import { type Purpose, slots } from "./slots.ts";

/** A buffer of the shaders, at the binding of its place in the list after the settings. */
export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly access: "read" | "read_write";
}

/** What the host tells of each launch, in this order; the first four are whole numbers. */
export const settingNames = [
  ...["count", "length", "firstLoop", "endLoop"],
  ...["taskWeight", "potentialWeight", "kineticWeight", "entropyWeight"],
] as const;

const inputs: Binding[] = [
  { name: "weights", type: "array<vec4f>", access: "read" },
  // Token and target of each place; −1 for no target.
  { name: "tokens", type: "array<vec2i>", access: "read" },
  { name: "positions", type: "array<vec4f>", access: "read" },
  { name: "state", type: "array<vec4f>", access: "read_write" },
];

/** The buffers of each purpose; no more than the eight that every card takes. */
export const bindings: Record<Purpose, readonly Binding[]> = {
  inference: [
    ...inputs,
    { name: "logits", type: "array<f32>", access: "read_write" },
    { name: "states", type: "array<f32>", access: "read_write" },
    { name: "attention", type: "array<f32>", access: "read_write" },
  ],
  training: [
    ...inputs,
    // Task, potential, kinetic and entropy of each token, summed over loops and heads.
    { name: "sums", type: "array<vec4f>", access: "read_write" },
    { name: "gradients", type: "array<vec4f>", access: "read_write" },
    { name: "totals", type: "array<vec4f>", access: "read_write" },
  ],
};

/** The functions that can be launched. */
export const entries = {
  inference: ["forward", "readOut", "writeAttention"],
  training: ["forward", "backward", "reduce"],
} as const;

const common = ["arithmetic", "state", "block", "attention", "forward"];
const files: Record<Purpose, readonly string[]> = {
  inference: [...common, "readout"],
  training: [...common, "attention_backward", "block_backward", "loss", "gradients", "backward"],
};

/** @param options.group threads of a workgroup */
export async function shaderSource(
  problem: EngineProblem,
  weights: RowWeights,
  { purpose, group }: { purpose: Purpose; group: number },
): Promise<string> {
  const texts = files[purpose].map(async (name) =>
    await (await fetch(new URL(`./shader/${name}.wgsl`, import.meta.url))).text()
  );
  return [
    `struct Settings { ${settingNames.map((name, i) => `${name}: ${i < 4 ? "u32" : "f32"}`).join(", ")} }`,
    "@group(0) @binding(0) var<uniform> settings: Settings;",
    ...bindings[purpose].map(({ name, type, access }, i) =>
      `@group(0) @binding(${i + 1}) var<storage, ${access}> ${name}: ${type};`
    ),
    ...constants(problem, weights, purpose),
    `const GROUP: u32 = ${group}u;`,
    ...await Promise.all(texts),
  ].join("\n");
}

function constants(
  { model, objective, vocabulary, classes }: EngineProblem,
  weights: RowWeights,
  purpose: Purpose,
): string[] {
  const { sizes, size, places } = weights;
  const distance = Math.abs(objective.q - 1);
  const whole: Record<string, number> = {
    WIDTH: sizes.width / 4,
    TRUE_WIDTH: model.width,
    HEADS: model.heads,
    HEAD: sizes.headWidth / 4,
    INNER: sizes.inner / 4,
    MLP: sizes.mlpWidth / 4,
    CLASSES: classes,
    CLASS_SLOTS: sizes.classes / 4,
    VOCABULARY: vocabulary,
    LOOPS: model.loops,
    WEIGHTS: size / 4,
    ...slots(model, weights, purpose),
  };
  for (const { name, weight, bias } of places) {
    if (name === "embedding") whole.EMBEDDING = weight / 4;
    else {
      whole[`${name.toUpperCase()}_WEIGHT`] = weight / 4;
      whole[`${name.toUpperCase()}_BIAS`] = bias / 4;
    }
  }
  const real: Record<string, number> = {
    CHANNELS: model.width,
    SLOPE: model.recency * Math.LOG2E,
    Q: objective.q,
    // Below this, S_q is Shannon's entropy to the last digit.
    Q_DISTANCE: distance < 1e-12 ? 0 : distance,
  };
  const switches: Record<string, boolean> = {
    NORM: model.norm === "pre",
    CAUSAL: model.causal,
    PLAIN: model.recurrence === "plain",
    RESIDUAL: model.recurrence === "residual",
    SQUARED_KINETIC: objective.kinetic === "squared",
    TRAINING: purpose === "training",
  };
  const lastChannels = [0, 1, 2, 3].map((c) => sizes.width - 4 + c < model.width);
  return [
    ...Object.entries(whole).map(([name, value]) => `const ${name}: u32 = ${value}u;`),
    // Single precision has no larger numbers.
    ...Object.entries(real).map(([name, value]) => `const ${name}: f32 = ${Math.min(value, 3e38)};`),
    ...Object.entries(switches).map(([name, value]) => `const ${name}: bool = ${value};`),
    `const LAST_CHANNELS = vec4<bool>(${lastChannels.join(", ")});`,
  ];
}
