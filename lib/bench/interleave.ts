/**
 * Takes timings in turns: A B C A B C …, so that whatever else the machine does hits all alike.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Contestant, Runner } from "./contestant.ts";
import { millisecondText } from "./format.ts";
import { median, quantile } from "../statistics.ts";

/** Times of one contestant. */
export interface Timing {
  readonly name: string;
  readonly about: string;
  /** Milliseconds for the work done once, in each round. */
  readonly rounds: readonly number[];
  readonly median: number;
  readonly min: number;
}

/** Who could not take part, and why. */
export interface Absence {
  readonly name: string;
  readonly reason: string;
}

/** How long one contestant takes as multiples of another, round by round. */
export interface Ratio {
  /** The one that is … */
  readonly slow: string;
  /** … so many times as slow as this one. */
  readonly fast: string;
  readonly median: number;
  /** The middle half of the rounds lies between. */
  readonly middle: readonly [number, number];
}

/** How {@linkcode takeTurns} goes about it. */
export interface TurnOptions {
  readonly rounds: number;
  /** Milliseconds that a turn lasts about; work that takes longer is done once. */
  readonly turn: number;
  /** Whether all do the same work: who has another result than the first is then absent. Default: true. */
  readonly same?: boolean;
  /** Whoever takes more milliseconds to do the work once is absent. */
  readonly patience?: number;
  /** Hears what goes on. */
  readonly onRound?: (round: number, note: string) => void;
  readonly onAbsence?: (absence: Absence) => void;
}

/** Where the kit lies is nobody's business. */
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Results of contestants may differ by this much, relative: single precision, and 25 loops of it. */
const TOLERANCE = 1e-3;

/**
 * Times all contestants.
 *
 * Each gets ready and does the work twice uncounted (the first time may compile). Then in each round each has its
 * turn: once uncounted, so that the caches are its own again, then as often as fits into `turn`. Who cannot do the
 * work is absent.
 */
export async function takeTurns(
  contestants: readonly Contestant[],
  { rounds, turn, same = true, patience = Infinity, onRound = () => {}, onAbsence = () => {} }: TurnOptions,
): Promise<{ timings: Timing[]; absences: Absence[] }> {
  const absences: Absence[] = [];
  const present: { name: string; runner: Runner; times: number; rounds: number[] }[] = [];
  try {
    for (const contestant of contestants) {
      const { name } = contestant;
      onRound(0, `${name} gets ready`);
      let runner: Runner | undefined;
      try {
        runner = await contestant.open();
        if (same) assertSameResult(runner, present[0]?.runner);
        const first = await runner.run(1);
        // What is far too slow the first time need not be waited for again.
        const once = first > 2 * patience ? first : await runner.run(1);
        if (once > patience) {
          throw new Error(`it takes ${millisecondText(once)} each time, too long to be repeated`);
        }
        const times = Math.min(1000, Math.max(1, Math.round(turn / Math.max(once, 1e-3))));
        present.push({ name, runner, times, rounds: [] });
      } catch (error) {
        await runner?.close();
        const absence = { name, reason: (error as Error).message.replaceAll(root, "") };
        absences.push(absence);
        onAbsence(absence);
      }
    }
    for (let round = 0; round < rounds; round++) {
      for (const { name, runner, times, rounds: taken } of present) {
        onRound(round, name);
        if (times > 1) await runner.run(1);
        taken.push(await runner.run(times) / times);
      }
    }
  } finally {
    await Promise.all(present.map(({ runner }) => runner.close()));
  }
  const timings = present.map(({ name, runner, rounds }) => ({
    name,
    about: runner.about,
    rounds,
    median: median(rounds),
    min: Math.min(...rounds),
  }));
  return { timings, absences };
}

function assertSameResult({ value }: Runner, first: Runner | undefined): void {
  if (first === undefined || Math.abs(value - first.value) <= TOLERANCE * Math.abs(first.value)) return;
  throw new Error(`its result is ${value}, not ${first.value} as ${first.about} has it`);
}

/** The ratio of each pair, the slower (by median) over the faster. */
export function ratios(timings: readonly Timing[]): Ratio[] {
  const sorted = timings.toSorted((a, b) => a.median - b.median);
  return sorted.flatMap((fast, i) =>
    sorted.slice(i + 1).map((slow) => {
      const byRound = slow.rounds.map((time, round) => time / fast.rounds[round]);
      return {
        slow: slow.name,
        fast: fast.name,
        median: median(byRound),
        middle: [quantile(byRound, 0.25), quantile(byRound, 0.75)] as const,
      };
    })
  );
}
