/**
 * Quantities that follow a power law, beside the power expected.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { columnWidth, logScale, muted, plot, seriesMarks, styled } from "./theme.ts";

/** A quantity against another, both > 0. */
export interface PowerLaw {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The exponent expected: a dotted line of that slope through the last point. */
  readonly exponent: number;
}

/** Lines on logarithmic axes, each with a dotted line of its expected slope. */
export function powerLaws(
  laws: readonly PowerLaw[],
  { title, x, width = columnWidth }: { title: string; x: string; width?: number },
): Showable<Block> {
  const series = styled(laws).map(({ points, ...rest }) => ({
    ...rest,
    points: points.filter((point) => point.x > 0 && point.y > 0),
  }));
  const all = series.flatMap(({ points }) => points);
  const [least, most] = [Math.min(...all.map(({ y }) => y)), Math.max(...all.map(({ y }) => y))];
  const height = Math.round(0.7 * width);
  const legend = [
    ...legendOf(series),
    ...series.length === 0
      ? []
      : [{ label: "slope expected", style: { color: muted, symbol: "circle" as const, dashed: true } }],
  ];
  if (all.length === 0) return figureGrid([{ title, plot: emptyPlot(width, height) }], { legend });
  return figureGrid([{
    title,
    plot: plot({
      width,
      height,
      marginLeft: 48,
      x: { ...logScale(all.map((point) => point.x)), label: x },
      y: logScale(all.map((point) => point.y)),
      marks: series.map(({ style, points, exponent }) => {
        const last = points[points.length - 1];
        const expected = points
          .map((point) => ({ x: point.x, y: last.y * (point.x / last.x) ** exponent }))
          .filter((point) => point.y >= least && point.y <= most);
        return [
          Plot.line(expected, { x: "x", y: "y", stroke: muted, strokeDasharray: "2,3" }),
          seriesMarks(points, { style, x: (point) => point.x, y: (point) => point.y, markers: 10 }),
        ];
      }),
    }) as Block,
  }], { legend });
}
