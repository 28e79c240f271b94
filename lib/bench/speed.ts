/**
 * Times every engine and peer on every piece of work.
 *
 * @module
 */
import type { Contestant } from "./contestant.ts";
import { leastArithmetic, total } from "./flops.ts";
import { ratios, takeTurns, type Timing, type TurnOptions } from "./interleave.ts";
import { fusedName } from "./line_up.ts";
import type { Limit } from "./limits.ts";
import type { Part } from "./parts.ts";
import type { Circumstances, SpeedResult, SpeedWork } from "./results.ts";
import { type PreparedWork, prepareWork, type Work } from "./work.ts";

/** What {@linkcode measureSpeed} measures with. */
export interface SpeedOptions extends TurnOptions {
  readonly works: readonly Work[];
  readonly lineUp: (prepared: PreparedWork) => Contestant[];
  /** GFLOP/s of so many threads at once; nothing where it cannot be told. */
  readonly peak: (threads: number) => Promise<number | undefined>;
  /** Where the time of the first work goes. */
  readonly parts: (work: Work) => Promise<Part[]>;
  /** What keeps it from the peak. */
  readonly limits: (work: Work) => Promise<Limit[]>;
  /** Hears what there is after each piece of work. */
  readonly onResult?: (result: SpeedResult) => Promise<void> | void;
}

/**
 * Measures the peak, each piece of work, parts and limits of the first, and the peak again (the better one counts).
 */
export async function measureSpeed(
  circumstances: Circumstances,
  { works, lineUp, peak, parts, limits, onResult = () => {}, ...turns }: SpeedOptions,
): Promise<SpeedResult> {
  const { seed, machine: { cores } } = circumstances;
  const measurePeak = async (before?: SpeedResult["peak"]) => {
    const [one, all] = [await peak(1), await peak(cores)];
    if (one === undefined || all === undefined) return undefined;
    return { one: Math.max(one, before?.one ?? 0), all: Math.max(all, before?.all ?? 0) };
  };
  const result = {
    kind: "speed" as const,
    ...circumstances,
    peak: await measurePeak(),
    works: [] as SpeedWork[],
    parts: [] as Part[],
    limits: [] as Limit[],
  };
  for (const work of works) {
    const prepared = prepareWork(work, { seed });
    const { timings, absences } = await takeTurns(lineUp(prepared), turns);
    const { name, title, kind, count, length, model = {} } = work;
    const flops = leastArithmetic(prepared.problem, work);
    result.works.push({
      ...{ name, title, kind, count, length, model, flops },
      timings,
      ratios: ratios(timings),
      absences,
    });
    await onResult(withShares(result));
  }
  if (works.length > 0) {
    result.parts = await parts(works[0]);
    result.limits = await limits(works[0]);
  }
  result.peak = await measurePeak(result.peak);
  const whole = withShares(result);
  await onResult(whole);
  return whole;
}

/** The same with the fused engine's shares of the peak. */
function withShares(result: SpeedResult): SpeedResult {
  const { peak, machine: { cores } } = result;
  if (peak === undefined) return result;
  const peaks = new Map([[fusedName(1), peak.one], [fusedName(cores), peak.all]]);
  const shared = (timing: Timing, flops: number) => {
    const most = peaks.get(timing.name);
    return most === undefined ? timing : { ...timing, share: flops / 1e6 / timing.median / most };
  };
  return {
    ...result,
    works: result.works.map((work) => ({
      ...work,
      timings: work.timings.map((timing) => shared(timing, total(work.flops))),
    })),
  };
}
