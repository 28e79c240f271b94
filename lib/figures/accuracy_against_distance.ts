/**
 * Accuracy against the distance back to the match.
 *
 * @module
 */
import type { LengthAccuracy } from "../analysis/evaluate.ts";
import { accuracyFigure } from "./accuracy_plot.ts";
import type { Showable } from "./display.ts";
import type { Block } from "./layout.ts";
import { columnWidth, styled } from "./theme.ts";

/** A model's accuracies by distance, ascending; see {@linkcode LengthAccuracy.byDistance}. */
export interface ModelByDistance {
  readonly name: string;
  readonly byDistance: LengthAccuracy["byDistance"];
}

/**
 * Accuracy of several models with 95 % intervals against the distance between a position and what it has to match,
 * on a logarithmic axis. Distances that occurred too rarely to say anything are left out.
 *
 * @param options `fewest` positions that a distance must have (default: 50); `chance`: the accuracy of guessing, in [0, 1]; `width` in pixels
 */
export function accuracyAgainstDistance(
  models: readonly ModelByDistance[],
  { fewest = 50, chance, width = columnWidth }: { fewest?: number; chance?: number; width?: number } = {},
): Showable<Block> {
  const series = styled(models).map(({ name, style, byDistance }) => ({
    name,
    style,
    points: byDistance.filter(({ positions }) => positions >= fewest).map((share) => ({
      x: share.distance,
      share,
    })),
  }));
  const x = {
    type: "log",
    base: 2,
    label: "distance back to the match",
    ticks: 6,
    tickFormat: (distance: number) => `${distance}`,
  } as const;
  return accuracyFigure(series, {
    title: "Accuracy over matched positions",
    x,
    intervals: "bars",
    width,
    chance,
  });
}
