import { z } from "zod";

const number = z.number();
const observation = z.strictObject({ loss: number, gradientNorm: number });
const plateau = z.strictObject({
  /** Sums over the window under way. */
  sum: observation,
  /** Steps in the window under way. */
  counted: z.int().min(0),
  /** Means over the window before. */
  before: observation.optional(),
  /** Windows in a row that passed both tests. */
  passed: z.int().min(0),
});
const progress = z.strictObject({
  plateau,
  /** Updates done when SHIFT switched; none while it trains the single layer. */
  switchedAt: z.int().min(0).optional(),
});

/** Loss and gradient norm of a step, or their means over a window. */
export type Observation = Readonly<z.output<typeof observation>>;

/** What the tests of `plateau.ts` have seen so far. */
export type PlateauState = Readonly<z.output<typeof plateau>>;

/** What SHIFT has to remember besides parameters and optimiser: plain data, kept in its checkpoints. */
export type ShiftProgress = z.output<typeof progress>;

/** Reads it from JSON text; nothing if the text is not that. */
export function parseShiftProgress(text: string): ShiftProgress | undefined {
  try {
    return progress.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
