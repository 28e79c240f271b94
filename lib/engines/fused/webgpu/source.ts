/**
 * The shaders' source for one model, and the numbers that they are told: the files in `shader/` after declarations
 * of all that is bound.
 *
 * @module
 */
import type { EngineProblem } from "../../engine.ts";
import type { RowWeights } from "./row_weights.ts";
import type { Purpose } from "./slots.ts";

/** A buffer of the shaders, at the binding of its place in the list after the numbers. */
export interface Binding {
  readonly name: string;
  readonly type: string;
  readonly access: "read" | "read_write";
}

/** Numbers of 4 bytes that the host tells the shaders: whole ones first. */
export interface Numbers {
  readonly whole: Readonly<Record<string, number>>;
  readonly real: Readonly<Record<string, number>>;
}

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
  training: ["forward", "loss", "backward", "reduce"],
} as const;

const common = ["arithmetic", "state", "block", "attention", "forward"];
const files: Record<Purpose, readonly string[]> = {
  inference: [...common, "readout"],
  training: [...common, "attention_backward", "block_backward", "loss", "gradients", "backward"],
};

/** What the model is, under the names that the shaders have for it. */
export function modelNumbers(
  { model, objective, vocabulary, classes }: EngineProblem,
  { sizes, size }: RowWeights,
): Numbers {
  const distance = Math.abs(objective.q - 1);
  return {
    whole: {
      width: model.width,
      heads: model.heads,
      widthSlots: sizes.width / 4,
      headSlots: sizes.headWidth / 4,
      inner: sizes.inner / 4,
      mlp: sizes.mlpWidth / 4,
      classes,
      classSlots: sizes.classes / 4,
      vocabulary,
      loops: model.loops,
      weights: size / 4,
      norm: Number(model.norm === "pre"),
      causal: Number(model.causal),
      plain: Number(model.recurrence === "plain"),
      residual: Number(model.recurrence === "residual"),
      squaredKinetic: Number(objective.kinetic === "squared"),
    },
    real: {
      slope: model.recency * Math.LOG2E,
      q: objective.q,
      // Below this, S_q is Shannon's entropy to the last digit.
      qDistance: distance < 1e-12 ? 0 : distance,
    },
  };
}

/** Where each matrix and its bias start, in fours. */
export function placeNumbers({ places }: RowWeights): Numbers {
  const whole: Record<string, number> = {};
  for (const { name, weight, bias } of places) {
    if (name === "embedding") whole.embedding = weight / 4;
    else {
      whole[`${name}Weight`] = weight / 4;
      whole[`${name}Bias`] = bias / 4;
    }
  }
  return { whole, real: {} };
}

/** Bytes of a uniform buffer of the numbers. */
export function numberBytes({ whole, real }: Numbers): ArrayBuffer {
  const counts = Object.values(whole), reals = Object.values(real);
  const bytes = new ArrayBuffer(4 * (counts.length + reals.length));
  new Uint32Array(bytes, 0, counts.length).set(counts);
  new Float32Array(bytes, 4 * counts.length).set(reals);
  return bytes;
}

/**
 * The shaders' source.
 *
 * @param options.numbers in uniform buffers at the first bindings, by name
 * @param options.group threads of a workgroup
 */
export async function shaderSource(
  { sizes }: RowWeights,
  { purpose, group, numbers }: {
    purpose: Purpose;
    group: number;
    numbers: Readonly<Record<string, Numbers>>;
  },
): Promise<string> {
  const texts = files[purpose].map(async (name) =>
    await (await fetch(new URL(`./shader/${name}.wgsl`, import.meta.url))).text()
  );
  const uniforms = Object.entries(numbers).flatMap(([name, { whole, real }], i) => {
    const type = name[0].toUpperCase() + name.slice(1);
    const fields = [
      ...Object.keys(whole).map((field) => `${field}: u32`),
      ...Object.keys(real).map((field) => `${field}: f32`),
    ];
    return [
      `struct ${type} { ${fields.join(", ")} }`,
      `@group(0) @binding(${i}) var<uniform> ${name}: ${type};`,
    ];
  });
  const storage = bindings[purpose].map(({ name, type, access }, i) =>
    `@group(0) @binding(${Object.keys(numbers).length + i}) var<storage, ${access}> ${name}: ${type};`
  );
  return [
    ...uniforms,
    ...storage,
    `const WIDTH: u32 = ${sizes.width / 4}u;`,
    `const HEAD: u32 = ${sizes.headWidth / 4}u;`,
    `const GROUP: u32 = ${group}u;`,
    bound("widthEnd", sizes.width / 4, "model.widthSlots"),
    bound("headEnd", sizes.headWidth / 4, "model.headSlots"),
    `const TRAINING: bool = ${purpose === "training"};`,
    ...await Promise.all(texts),
  ].join("\n");
}

/**
 * Whether loops over so many slots of a state or head end at a constant: cards' compilers unroll these, which is right
 * for a few slots and a flood of code for many.
 */
export function isUnrolled(slots: number): boolean {
  return slots <= 8;
}

function bound(name: string, slots: number, variable: string): string {
  return `fn ${name}() -> u32 { return ${isUnrolled(slots) ? `${slots}u` : variable}; }`;
}
