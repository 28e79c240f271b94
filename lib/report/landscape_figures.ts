/**
 * Stored landscapes as figures.
 *
 * @module
 */
import type { StoredLandscape } from "../analysis/landscape/stored.ts";
import { systemOf } from "../analysis/landscape/study.ts";
import { crossEntropyAlone, objectiveSurface, type ObjectiveWeights } from "../analysis/landscape/surface.ts";
import { UserError } from "../errors.ts";
import type { Showable } from "../figures/display.ts";
import type { Block } from "../figures/layout.ts";
import { landscapeSheet } from "../figures/landscape_sheet.ts";
import { lossContours, type LossMap } from "../figures/loss_contour.ts";
import type { LossScaleKind } from "../figures/loss_scale.ts";
import { lossSurfaces } from "../figures/loss_surface.ts";
import { configuration } from "../models/config.ts";

/** What weights are seen in: their run's own objective, cross-entropy alone, or the objective of preset `eer`. */
export type SeenObjective = "own" | "cross-entropy" | "eer";

/** How {@linkcode drawLandscapes} draws. */
export interface LandscapeFigureOptions {
  /** Default: surface. */
  readonly kind?: "surface" | "contour" | "sheet";
  /** Each landscape is drawn in each of them. Default: own. */
  readonly objectives?: readonly SeenObjective[];
  /** Default: log. */
  readonly scale?: LossScaleKind;
  readonly width?: number;
}

/**
 * Draws landscapes side by side on one scale: as surfaces, as contours with the known points and paths in them, or as
 * a sheet with a row for each network and objective and a column for each seed of directions.
 *
 * @throws {UserError} if a sheet's landscapes are not along random directions
 */
export function drawLandscapes(
  landscapes: readonly StoredLandscape[],
  { kind = "surface", objectives = ["own"], scale, width }: LandscapeFigureOptions = {},
): Showable<Block> {
  const maps = viewsOf(landscapes, objectives);
  if (kind === "surface") return lossSurfaces(maps, { scale, width });
  if (kind === "contour") {
    const [first] = landscapes;
    const isPath = landscapes.every(({ plane }) => plane.kind === "pca");
    const axes = isPath && first.plane.kind === "pca" ? first.plane.explained : undefined;
    const names = axes?.map((share, at) =>
      `component ${at + 1} (${(100 * share).toFixed(0)} % of the variance)`
    );
    return lossContours(maps, { scale, width, axes: names as [string, string] | undefined });
  }
  const titles = [...new Set(maps.map(({ title }) => title))];
  const seeds = [...new Set(landscapes.map(seedOf))].sort((a, b) => a - b);
  const rows = titles.map((title) => ({
    title,
    surfaces: maps.filter((each) => each.title === title).toSorted((a, b) => a.seed - b.seed)
      .map(({ surface }) => surface),
  }));
  return landscapeSheet(rows, { columns: seeds.map((seed) => `directions ${seed}`), scale, width });
}

/** Every landscape in every objective, each surface once. */
function viewsOf(
  landscapes: readonly StoredLandscape[],
  objectives: readonly SeenObjective[],
): (LossMap & { seed: number })[] {
  const eer = configuration().objective;
  return objectives.flatMap((objective) =>
    landscapes.flatMap((landscape) => {
      const { configuration: { objective: own, training }, plane, points } = landscape;
      const system = systemOf(own);
      const ownLabel = system === "eer" ? "EER objective" : "cross-entropy";
      const [weights, label]: [ObjectiveWeights, string] = objective === "own"
        ? [own, ownLabel]
        : objective === "eer"
        ? [eer, "EER objective"]
        : [crossEntropyAlone, "cross-entropy"];
      // Seen already.
      if (objective !== "own" && objectives.includes("own") && label === ownLabel) return [];
      const isPath = plane.kind !== "random";
      const title = isPath ? label : `${system.toUpperCase()} weights (seed ${training.seed}), ${label}`;
      return [{
        title,
        surface: objectiveSurface(landscape, weights),
        points: isPath ? points : [],
        seed: plane.kind === "random" ? plane.seed : 0,
      }];
    })
  );
}

function seedOf({ plane }: StoredLandscape): number {
  if (plane.kind !== "random") {
    throw new UserError(
      `Cannot draw a sheet of a plane of kind ${plane.kind}: its directions must be random`,
    );
  }
  return plane.seed;
}
