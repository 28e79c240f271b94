/**
 * How many random instances settle, on both sides of the corrected theorem's boundary.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { BoundaryPoint } from "../analysis/contraction/boundary_study.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid } from "./grid.ts";
import type { Block } from "./layout.ts";
import { columnWidth, logScale, muted, plot, seriesMarks, seriesStyle, shareScale } from "./theme.ts";

/**
 * Share of instances with one fixed point against L, with 95 % intervals and a dashed line at L = 1.
 *
 * @param options `width` in pixels
 */
export function settledShare(
  points: readonly BoundaryPoint[],
  { width = columnWidth }: { width?: number } = {},
): Showable<Block> {
  const size = { width, height: 190 };
  const style = seriesStyle(0);
  const plotted = points.length === 0 ? emptyPlot(width, size.height) : plot({
    ...size,
    x: { ...logScale([...points.map(({ rate }) => rate), 1]), label: "L", insetLeft: 6, insetRight: 6 },
    y: shareScale,
    marks: [
      Plot.ruleX([1], { stroke: muted, strokeDasharray: "5,3" }),
      Plot.ruleX(points, {
        x: "rate",
        y1: ({ settled }: BoundaryPoint) => settled.interval[0],
        y2: ({ settled }: BoundaryPoint) => settled.interval[1],
        stroke: style.color,
      }),
      ...seriesMarks(points, { style, x: ({ rate }) => rate, y: ({ settled }) => settled.value }),
    ],
  });
  return figureGrid([{ title: "Instances that settle at one fixed point", plot: plotted }]);
}
