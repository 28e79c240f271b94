/**
 * What the shaders keep of each token, in slots of four channels.
 *
 * @module
 */
import type { ModelConfig } from "../../../models/config.ts";
import type { RowWeights } from "./row_weights.ts";

/** Bytes of a slot for one token. */
export const SLOT_BYTES = 16;

/** Whether a program goes forward only, or back as well. */
export type Purpose = "inference" | "training";

/** The first slot of everything under its name in the shaders, and of `all`, how many there are. */
export type Slots = Readonly<Record<string, number>>;

/** See the module's description. */
export function slots({ loops, heads }: ModelConfig, { sizes }: RowWeights, purpose: Purpose): Slots {
  const width = sizes.width / 4, inner = sizes.inner / 4, mlp = sizes.mlpWidth / 4;
  const training = purpose === "training";
  const everyLoop = training ? loops : 1;
  const forward: [name: string, size: number][] = [
    ["x", width],
    ["z", training ? (loops + 1) * width : width],
    ["query", inner],
    ["key", inner],
    ["value", inner],
    ["mixed", everyLoop * inner],
  ];
  const backward: [name: string, size: number][] = [
    ["rows", loops * heads],
    ["terms", 1],
    ["read", width],
    ["logits", sizes.classes / 4],
    ["normalised1", width],
    ["normalised2", width],
    ["scale", 1],
    ["hidden", mlp],
    ["dHidden", mlp],
    ["dx", width],
    ["dz", width],
    ["df", width],
    ["du", width],
    ["da", width],
    ["dMixed", inner],
    ["dQuery", inner],
    ["dKey", inner],
    ["dValue", inner],
  ];
  const result: Record<string, number> = {};
  let next = 0;
  for (
    const [name, size] of [
      ...forward,
      ...backward.map(([name, size]) => [name, training ? size : 0] as const),
    ]
  ) {
    result[name] = next;
    next += size;
  }
  return { ...result, qkv: result.query, dQkv: result.dQuery, all: next };
}
