/**
 * How a call is cut into launches: sequences into parts that fit the card's memory, loops into spans so short that
 * no launch keeps the card busy for long. (Where it also draws the screen, systems end those that take seconds.)
 *
 * @module
 */
import { UserError } from "../../../errors.ts";
import type { EngineProblem } from "../../engine.ts";
import type { RowWeights } from "./row_weights.ts";
import { type Purpose, SLOT_BYTES, slots } from "./slots.ts";

/** Loops from `firstLoop` to before `endLoop`. */
export interface Span {
  readonly firstLoop: number;
  readonly endLoop: number;
}

/** Workgroups that a card launches at once in one direction. */
const MOST_WORKGROUPS = 65535;

/** Keys that one thread may look at in a launch. */
const MOST_KEYS = 2 ** 16;

/** Bytes of each buffer that grows with the sequences, for one of them. */
export function bytesOf(
  { model, classes }: EngineProblem,
  weights: RowWeights,
  { purpose, length, attention = false }: { purpose: Purpose; length: number; attention?: boolean },
): Record<string, number> {
  const state = slots(model, weights, purpose).all * length * SLOT_BYTES;
  return purpose === "training" ? { state, sums: 16 * length, gradients: 4 * weights.size } : {
    state,
    logits: 4 * length * classes,
    states: 4 * length * model.width,
    ...(attention && { attention: 4 * model.heads * length ** 2 }),
  };
}

/**
 * How many sequences go at once.
 *
 * @param bytes of each buffer for one sequence
 * @param most bytes that a buffer may have
 * @throws {UserError} if not even one sequence fits
 */
export function sequencesAtOnce(
  bytes: Readonly<Record<string, number>>,
  { length, most }: { length: number; most: number },
): number {
  const largest = Math.max(...Object.values(bytes));
  if (largest > most) {
    throw new UserError(
      `Cannot run a sequence of length ${length} on fused backend "webgpu", as this would take a buffer of ` +
        `${megabytes(largest)} MB and this graphics card takes ${
          megabytes(most)
        } MB: use shorter sequences or ` +
        `another backend`,
    );
  }
  return Math.min(Math.floor(most / largest), MOST_WORKGROUPS);
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/** Spans of loops, the first one first. @param group threads of a workgroup */
export function spans(
  { model: { loops, heads } }: EngineProblem,
  { length, group }: { length: number; group: number },
): Span[] {
  const keys = heads * Math.ceil(length / group) * length;
  const size = Math.max(1, Math.floor(MOST_KEYS / keys));
  return Array.from({ length: Math.ceil(loops / size) }, (_, i) => ({
    firstLoop: i * size,
    endLoop: Math.min((i + 1) * size, loops),
  }));
}
