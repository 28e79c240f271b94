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

/** The first slot of everything under its name in the shaders, and `SLOTS`, the number of all. */
export function slots(
  { loops, heads }: ModelConfig,
  { sizes }: RowWeights,
  purpose: Purpose,
): Record<string, number> {
  const width = sizes.width / 4, inner = sizes.inner / 4, mlp = sizes.mlpWidth / 4;
  const training = purpose === "training";
  const everyLoop = training ? loops : 1;
  const forWayBack = (size: number) => training ? size : 0;
  const taken: [name: string, size: number][] = [
    ["X", width],
    ["Z", training ? (loops + 1) * width : width],
    ["QUERY", inner],
    ["KEY", inner],
    ["VALUE", inner],
    ["MIXED", everyLoop * inner],
    ["ROWS", forWayBack(loops * heads)],
    ["TERMS", forWayBack(1)],
    ["READ", forWayBack(width)],
    ["LOGITS", forWayBack(sizes.classes / 4)],
    ["NORMALISED1", forWayBack(width)],
    ["NORMALISED2", forWayBack(width)],
    ["SCALE", forWayBack(1)],
    ["ACTIVE", forWayBack(mlp)],
    ["D_HIDDEN", forWayBack(mlp)],
    ["DX", forWayBack(width)],
    ["DZ", forWayBack(width)],
    ["DU", forWayBack(width)],
    ["DA", forWayBack(width)],
    ["D_MIXED", forWayBack(inner)],
    ["D_QUERY", forWayBack(inner)],
    ["D_KEY", forWayBack(inner)],
    ["D_VALUE", forWayBack(inner)],
  ];
  const result: Record<string, number> = {};
  let next = 0;
  for (const [name, size] of taken) {
    result[name] = next;
    next += size;
  }
  return { ...result, QKV: result.QUERY, D_QKV: result.D_QUERY, SLOTS: next };
}
