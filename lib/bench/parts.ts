/**
 * Where the time of the fused engine's train step goes, by leaving parts out and taking differences.
 *
 * @module
 */
import { engineContestant } from "./contestant.ts";
import { arithmetic, total } from "./flops.ts";
import { takeTurns, type TurnOptions } from "./interleave.ts";
import { type PreparedWork, prepareWork, type Work } from "./work.ts";

/** A part of a step. */
export interface Part {
  readonly name: string;
  readonly milliseconds: number;
  /** Counted arithmetic of the part. */
  readonly flops: number;
}

/** Times of the step and of the steps with something left out, in milliseconds or FLOPs. */
interface Variants {
  readonly whole: number;
  /** Without the MLP and its norm. */
  readonly withoutMlp: number;
  /** As many tokens in sequences of 8: almost no pairs of query and key. */
  readonly short: number;
  /** One loop. */
  readonly oneLoop: number;
}

const SHORT = 8;

/** Parts of a train step with one worker, whose sum is the step. */
export async function measureParts(
  work: Work,
  { seed, ...turns }: { seed: number } & TurnOptions,
): Promise<Part[]> {
  const prepare = (changes: Partial<Work>) => prepareWork({ ...work, ...changes }, { seed });
  const variants: Record<keyof Variants, PreparedWork> = {
    whole: prepare({}),
    withoutMlp: prepare({ model: { ...work.model, mlpWidth: 0 } }),
    short: prepare({ count: work.count * work.length / SHORT, length: SHORT }),
    oneLoop: prepare({ model: { ...work.model, loops: 1 } }),
  };
  const contestants = Object.entries(variants).map(([name, prepared]) =>
    engineContestant(name, { prepared, choice: { engine: "fused", workers: 1 } })
  );
  const { timings, absences } = await takeTurns(contestants, { ...turns, same: false });
  if (absences.length > 0) return [];
  const times = Object.fromEntries(timings.map(({ name, median }) => [name, median]));
  const flops = Object.fromEntries(
    Object.entries(variants).map(([name, { problem, work }]) => [name, total(arithmetic(problem, work))]),
  );
  const { loops } = variants.whole.configuration.model;
  const split = partsOf({ loops, length: work.length });
  const [milliseconds, counted] = [split(times as unknown as Variants), split(flops as unknown as Variants)];
  return partNames.map((name, i) => ({ name, milliseconds: milliseconds[i], flops: counted[i] }));
}

const partNames = [
  "attention: pairs of query and key",
  "MLP and its LayerNorm",
  "attention: projections, LayerNorm, states",
  "once a step: read-out, loss, weights, messages",
];

/** How much of the whole each of {@linkcode partNames} is, whatever it is that is measured. */
export function partsOf({ loops, length }: { loops: number; length: number }) {
  // A sequence of n tokens has n(n + 1)/2 pairs, (n + 1)/2 a token.
  const pairsKept = (SHORT + 1) / (length + 1);
  return ({ whole, withoutMlp, short, oneLoop }: Variants): number[] => {
    const pairs = (whole - short) / (1 - pairsKept);
    const mlp = whole - withoutMlp;
    const once = oneLoop - (whole - oneLoop) / (loops - 1);
    return [pairs, mlp, whole - pairs - mlp - once, once];
  };
}
