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
import { isUnrolled } from "./source.ts";

/** Loops from `firstLoop` to before `endLoop`. */
export interface Span {
  readonly firstLoop: number;
  readonly endLoop: number;
}

/** Sequences that go at once: enough to keep any card busy. */
const MOST_SEQUENCES = 4096;

/**
 * Turns of its loops that a thread may take in a launch: on a card some tens of milliseconds. Mesa's software adapter
 * leaves all loops, without a word, once a thread has taken 65,535 turns.
 */
const MOST_TURNS = { card: 2 ** 20, software: 2 ** 15 };
const SOFTWARE_LIMIT = 60_000;

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
  return Math.min(Math.floor(most / largest), MOST_SEQUENCES);
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

/**
 * Spans of loops, the first one first.
 *
 * @param options.group threads of a workgroup
 * @throws {UserError} if a software adapter could not finish a single loop
 */
export function spans(
  problem: EngineProblem,
  weights: RowWeights,
  { length, group, software }: { length: number; group: number; software: boolean },
): Span[] {
  const { loops } = problem.model;
  const { loop, ends } = turns(problem, weights, { length, group });
  if (software && loop + ends > SOFTWARE_LIMIT) {
    throw new UserError(
      `Cannot run sequences of length ${length} on fused backend "webgpu" with this software adapter, which ` +
        `leaves long loops unfinished: use shorter sequences, a graphics card or another backend`,
    );
  }
  const most = software ? MOST_TURNS.software : MOST_TURNS.card;
  const size = Math.max(1, Math.floor((most - ends) / loop));
  return Array.from({ length: Math.ceil(loops / size) }, (_, i) => ({
    firstLoop: i * size,
    endLoop: Math.min((i + 1) * size, loops),
  }));
}

/** Upper bounds of the turns that a thread takes: in one loop of the model, forward or back, and at its two ends. */
function turns(
  { model: { heads }, vocabulary, classes }: EngineProblem,
  { sizes, size }: RowWeights,
  { length, group }: { length: number; group: number },
): { loop: number; ends: number } {
  const tokens = Math.ceil(length / group);
  const inner = sizes.inner / 4,
    mlp = sizes.mlpWidth / 4,
    outputs = sizes.classes / 4,
    width = sizes.width / 4;
  // Turns of a loop over the slots of a state or head, where it is one.
  const state = isUnrolled(width) ? 0 : width;
  const head = isUnrolled(sizes.headWidth / 4) ? 0 : sizes.headWidth / 4;
  const forward = tokens *
    (8 + 40 * state + (4 * inner + mlp) * (1 + 5 * state) +
      heads * (1 + 8 * head + 3 * length * (1 + 2 * head)));
  const pieces = Math.ceil((4 * inner + 2 * mlp + outputs) * width / group);
  const backward = tokens *
      (8 + 60 * state + (8 * inner + mlp) * (1 + 9 * state) +
        heads * (3 + 9 * head + 2 * length * (1 + 3 * head))) +
    5 + pieces * (1 + length);
  const ends = tokens * (8 + 30 * state + 4 * classes + outputs * (1 + 9 * state) + 4 * width) +
    Math.ceil(size / 4 / group) + Math.ceil(vocabulary * width / group) * (1 + length);
  return { loop: Math.max(forward, backward), ends };
}
