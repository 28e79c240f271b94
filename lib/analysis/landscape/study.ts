/**
 * The comparison of EER's and cross-entropy's landscapes that `funnel.ts` fixes.
 *
 * @module
 */
import { join } from "node:path";
import { UserError } from "../../errors.ts";
import type { ObjectiveConfig } from "../../models/config.ts";
import { randomStream } from "../../random.ts";
import { systemReason } from "../../storage/system_error.ts";
import { comparePairs, holm, type PairedComparison } from "../paired.ts";
import { type FunnelMeasures, funnelMeasures, funnelMeasureSigns } from "./funnel.ts";
import { readLandscape, type StoredLandscape } from "./stored.ts";
import { crossEntropyAlone, objectiveSurface } from "./surface.ts";

/** What a run was trained with: the regularisers of eq. 2 on, or off. */
export type System = "eer" | "ce";

/** The system of an objective. */
export function systemOf({ lambdaPotential, lambdaKinetic, lambdaEntropy }: ObjectiveConfig): System {
  return lambdaPotential > 0 || lambdaKinetic > 0 || lambdaEntropy > 0 ? "eer" : "ce";
}

/** One surface of the study in numbers. */
export interface MeasuredSurface {
  /** What the weights were trained with. */
  readonly system: System;
  /** What they are seen in: their run's own objective, or cross-entropy alone; the same for system `ce`. */
  readonly objective: "own" | "cross-entropy";
  readonly trainingSeed: number;
  readonly directionSeed: number;
  readonly measures: FunnelMeasures;
}

/** Every landscape of the study in its own objective, and EER's in cross-entropy besides. */
export function measureStudy(landscapes: readonly StoredLandscape[]): MeasuredSurface[] {
  return landscapes.flatMap((landscape) => {
    const { configuration: { objective, training }, plane } = landscape;
    if (plane.kind !== "random") {
      throw new UserError(`Cannot compare the funnels of a plane of kind ${plane.kind}: it must be random`);
    }
    const system = systemOf(objective);
    const surface = { system, trainingSeed: training.seed, directionSeed: plane.seed };
    const own = { ...surface, objective: "own" as const };
    const plain = { ...surface, objective: "cross-entropy" as const };
    return [
      { ...own, measures: funnelMeasures(objectiveSurface(landscape, objective)) },
      ...system === "ce"
        ? []
        : [{ ...plain, measures: funnelMeasures(objectiveSurface(landscape, crossEntropyAlone)) }],
    ];
  });
}

/** Left and right of each comparison, as `system objective`. */
export const funnelComparisons = {
  "figure 1": ["eer own", "ce own"],
  "same objective": ["eer cross-entropy", "ce own"],
  "same weights": ["eer own", "eer cross-entropy"],
} as const;

/** One measure in one comparison. */
export interface FunnelComparison extends PairedComparison {
  readonly comparison: keyof typeof funnelComparisons;
  readonly measure: keyof FunnelMeasures;
  /** p after Holm's correction over all measures and comparisons. */
  readonly corrected: number;
  /** Whether the verdict is that the two differ: corrected p < 0.05, and the same sign for every training seed. */
  readonly differs: boolean;
  /** Where they differ, which is more of a funnel in this measure. */
  readonly favours?: "left" | "right";
}

/**
 * Compares the surfaces as `funnel.ts` says.
 *
 * @throws {UserError} if the runs do not make pairs: each training seed once with the regularisers and once without,
 *   all along the same seeds of directions
 */
export function compareFunnels(surfaces: readonly MeasuredSurface[]): FunnelComparison[] {
  const found = Object.entries(funnelComparisons).flatMap(([comparison, [left, right]]) =>
    Object.keys(funnelMeasureSigns).map((name) => {
      const measure = name as keyof FunnelMeasures;
      const pairs = pairsOf(surfaces, { left, right, measure });
      const stream = randomStream(0, "funnel", comparison, measure);
      return {
        comparison: comparison as keyof typeof funnelComparisons,
        measure,
        ...comparePairs(pairs, { stream }),
      };
    })
  );
  const corrected = holm(found.map(({ p }) => p));
  return found.map((each, at) => {
    const { byBlock, difference, measure } = each;
    const sameSign = byBlock.every((block) => Math.sign(block) === Math.sign(difference));
    const differs = corrected[at] < 0.05 && sameSign && difference !== 0;
    const favours = difference * funnelMeasureSigns[measure] > 0 ? "left" : "right";
    return { ...each, corrected: corrected[at], differs, ...differs ? { favours } : {} };
  });
}

function pairsOf(
  surfaces: readonly MeasuredSurface[],
  { left, right, measure }: { left: string; right: string; measure: keyof FunnelMeasures },
) {
  const key = ({ trainingSeed, directionSeed }: MeasuredSurface) => `${trainingSeed} ${directionSeed}`;
  const side = (wanted: string) => {
    const found = surfaces.filter(({ system, objective }) => `${system} ${objective}` === wanted);
    return new Map(found.map((each) => [key(each), each]));
  };
  const [lefts, rights] = [side(left), side(right)];
  const isPaired = lefts.size > 0 && lefts.size === rights.size &&
    [...lefts.keys()].every((each) => rights.has(each));
  if (!isPaired) {
    throw new UserError(
      "Cannot compare funnels: each training seed is wanted once with the regularisers and once without, along the " +
        "same directions",
    );
  }
  return [...lefts].map(([each, surface]) => ({
    block: surface.trainingSeed,
    left: surface.measures[measure],
    right: rights.get(each)!.measures[measure],
  }));
}

/**
 * Reads all landscapes in a folder.
 *
 * @throws {UserError} if there are none, or one cannot be read
 */
export async function readLandscapes(directory: string): Promise<StoredLandscape[]> {
  let names: string[];
  try {
    names = [...Deno.readDirSync(directory)].map(({ name }) => name).filter((name) => name.endsWith(".csv"))
      .sort();
  } catch (error) {
    throw new UserError(`Cannot read ${directory} as ${systemReason(error)}`);
  }
  if (names.length === 0) throw new UserError(`Cannot read ${directory} as it holds no landscape (*.csv)`);
  return await Promise.all(names.map((name) => readLandscape(join(directory, name))));
}
