/**
 * How the cost of the fused engine grows: time and memory along each axis, with log–log slopes.
 *
 * @module
 */
import { layout } from "../engines/fused/layout.ts";
import { kernelWeights } from "../engines/fused/weights.ts";
import { UserError } from "../errors.ts";
import type { Axis } from "./axes.ts";
import { type Contestant, engineContestant } from "./contestant.ts";
import { leastArithmetic, total } from "./flops.ts";
import { takeTurns, type TurnOptions } from "./interleave.ts";
import type { Circumstances, GrowthAxis, GrowthResult } from "./results.ts";
import { logLogSlope, type Point } from "./slope.ts";
import { type PreparedWork, prepareWork } from "./work.ts";

/** What {@linkcode measureGrowth} measures with. */
export interface GrowthOptions extends TurnOptions {
  readonly axes: readonly Axis[];
  /** Resident memory, measured first, while the process is still small. */
  readonly resident: () => Promise<GrowthResult["resident"]>;
  readonly contestant?: (name: string, prepared: PreparedWork, workers: number) => Contestant;
  /** Hears what there is after each axis. */
  readonly onResult?: (result: GrowthResult) => Promise<void> | void;
}

const fused: NonNullable<GrowthOptions["contestant"]> = (name, prepared, workers) =>
  engineContestant(name, { prepared, choice: { engine: "fused", workers } });

/**
 * Measures resident memory, then each axis, its points in turns; those that take too long are left out.
 *
 * @throws {UserError} if that leaves fewer than two points, which have no slope
 */
export async function measureGrowth(
  circumstances: Circumstances,
  { axes, resident, contestant = fused, onResult = () => {}, ...turns }: GrowthOptions,
): Promise<GrowthResult> {
  const { seed, machine: { cores } } = circumstances;
  const result = {
    kind: "growth" as const,
    ...circumstances,
    axes: [] as GrowthAxis[],
    resident: await resident(),
  };
  for (const axis of axes) {
    const places = axis.values.map((x) => ({
      x,
      prepared: prepareWork(axis.work(x), { seed }),
      workers: axis.workers?.(x) ?? cores,
    }));
    const named = (x: number) => `${axis.symbol} = ${x}`;
    const contestants = places.map(({ x, prepared, workers }) => contestant(named(x), prepared, workers));
    const { timings, absences } = await takeTurns(contestants, { ...turns, same: false });
    const points = places.flatMap(({ x, prepared, workers }) => {
      const timing = timings.find(({ name }) => name === named(x));
      if (timing === undefined) return [];
      const { rounds, median, min } = timing;
      // Workers share the arithmetic.
      const flops = total(leastArithmetic(prepared.problem, prepared.work)) / (axis.workers ? workers : 1);
      return [{ x, rounds, median, min, flops, bytes: engineBytes(prepared, { workers }) }];
    });
    if (points.length < 2) {
      const [{ name, reason }] = absences;
      throw new UserError(`Cannot tell how cost grows along ${axis.symbol} as at ${name} ${reason}`);
    }
    const { name, title, symbol, law } = axis;
    result.axes.push({
      ...{ name, title, symbol, law, points },
      slopes: { all: slopesOf(points), last: slopesOf(points.slice(-3)) },
    });
    await onResult(result);
  }
  return result;
}

/** Bytes of WebAssembly's memory that the fused engine takes for the work. */
export function engineBytes(
  { work, problem }: PreparedWork,
  { workers }: { workers: number },
): number {
  const { count, length } = work;
  const call = work.kind === "forward" ? "logits" : "gradient";
  return layout(problem, kernelWeights(problem), { size: { call, count, length, attention: false }, workers })
    .bytes;
}

function slopesOf(points: GrowthAxis["points"]): GrowthAxis["slopes"]["all"] {
  const slope = (y: (point: GrowthAxis["points"][number]) => number) =>
    logLogSlope(points.map((point): Point => ({ x: point.x, y: y(point) })));
  return {
    time: slope(({ median }) => median),
    arithmetic: slope(({ flops }) => flops),
    memory: slope(({ bytes }) => bytes),
  };
}
