/**
 * Single steps of training in the eigenvectors of the Hessian where they began.
 *
 * @module
 */
import type { Engine } from "../../engines/engine.ts";
import type { Batch } from "../../tasks/task.ts";
import { movement, partOf, riverValley } from "./river_valley.ts";
import { coordinates, fromCoordinates, type Spectrum } from "./spectrum.ts";

/** A walk at one threshold. */
export interface Walk {
  readonly threshold: number;
  readonly valleyDimension: number;
  readonly condition: number;
  /** Mean over the steps of the valley's share of ‖step‖². */
  readonly acrossShare: number;
  /** See `Movement`. */
  readonly acrossCosine: number;
  readonly alongCosine: number;
  readonly acrossProgress: number;
  readonly alongProgress: number;
  readonly points: readonly WalkPoint[];
}

/** The loss after some steps. */
export interface WalkPoint {
  /** Updates since the walk began. */
  readonly step: number;
  /** How far from the start, along the river and across the valley. */
  readonly along: number;
  readonly across: number;
  /** The loss there. */
  readonly loss: number;
  /** The loss where only the river's part of the way is gone: on the valley's floor, to second order. */
  readonly riverLoss: number;
  /** The loss where only the valley's part is gone. */
  readonly valleyLoss: number;
}

/**
 * Splits a walk at several thresholds.
 *
 * @param path parameters at the start and after each update
 * @param options.every the loss is measured after so many updates
 */
export async function walkAlong(
  path: readonly Float32Array[],
  { spectrum, thresholds, engine, batch, every = 4, signal }: {
    spectrum: Spectrum;
    thresholds: readonly number[];
    engine: Engine;
    batch: Batch;
    every?: number;
    signal?: AbortSignal;
  },
): Promise<Walk[]> {
  const [start] = path;
  const steps = path.slice(1).map((each, k) =>
    coordinates(spectrum, each.map((value, i) => value - path[k][i]))
  );
  const ways: Float64Array[] = [new Float64Array(start.length)];
  for (const step of steps) ways.push(ways[ways.length - 1].map((value, k) => value + step[k]));
  const lossAt = async (way: Float64Array) => {
    signal?.throwIfAborted();
    const moved = fromCoordinates(spectrum, way);
    return (await engine.lossAndGradient(start.map((value, i) => value + moved[i]), batch)).terms.total;
  };
  const measured = ways.map((way, step) => ({ way, step })).filter(({ step }) => step % every === 0);
  const whole = new Map<number, number>();
  for (const { way, step } of measured) whole.set(step, await lossAt(way));

  const walks: Walk[] = [];
  for (const threshold of thresholds) {
    const { inValley, valleyDimension, condition } = riverValley(spectrum.eigenvalues, { threshold });
    const { steps: parts, ...found } = movement(steps, { inValley });
    const points: WalkPoint[] = [];
    for (const { way, step } of measured) {
      const [river, valley] = (["river", "valley"] as const).map((part) => partOf(way, { inValley, part }));
      points.push({
        step,
        along: Math.hypot(...river),
        across: Math.hypot(...valley),
        loss: whole.get(step)!,
        riverLoss: await lossAt(river),
        valleyLoss: await lossAt(valley),
      });
    }
    const acrossShare = parts.reduce((sum, each) => sum + each.acrossShare, 0) / parts.length;
    walks.push({ threshold, valleyDimension, condition, acrossShare, ...found, points });
  }
  return walks;
}
