/**
 * How the cost of the fused engine grows.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { GrowthAxis, GrowthResult } from "../bench/results.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { logScale, muted, pageWidth, plot, seriesMarks, type SeriesStyle, seriesStyle } from "./theme.ts";

const counted: SeriesStyle = { color: muted, symbol: "circle", dashed: true };

/**
 * Time or memory along each axis, both logarithmic, so that a power is a straight line. With times, a dashed line is
 * the arithmetic that was counted, moved to meet the last point: what a constant rate would give.
 *
 * @param options `quantity`: what is drawn; `width` in pixels
 */
export function costGrowth(
  { axes }: Pick<GrowthResult, "axes">,
  { quantity = "time", width = pageWidth }: { quantity?: "time" | "memory"; width?: number } = {},
): Showable<Block> {
  const columns = width >= 480 ? 3 : 1;
  const size = { width: panelWidth(width, columns), height: 170 };
  const style = seriesStyle(0);
  const time = quantity === "time";
  const panels = axes.map((axis) => ({
    title: `${axis.title}: slope ${slopeText(axis.slopes.all[time ? "time" : "memory"])}`,
    plot: axisPlot(axis, { time, style, ...size }),
  }));
  if (panels.length === 0) return figureGrid([{ plot: emptyPlot(size.width, size.height) }]);
  return figureGrid(panels, {
    columns,
    legend: [
      { label: time ? "milliseconds, median" : "megabytes of WebAssembly's memory", style },
      ...(time ? [{ label: "arithmetic counted, to scale with the last point", style: counted }] : []),
    ],
  });
}

const slopeText = (slope: number) => slope.toFixed(2).replace("-", "−");

function axisPlot(
  { symbol, points }: GrowthAxis,
  { time, style, ...size }: { time: boolean; style: SeriesStyle; width: number; height: number },
): Block {
  const last = points.at(-1)!;
  const value = ({ median, bytes }: typeof last) => time ? median : bytes / 1e6;
  const expected = ({ flops }: typeof last) => flops / last.flops * last.median;
  const values = points.flatMap((point) => time ? [value(point), expected(point)] : [value(point)]);
  return plot({
    ...size,
    marginLeft: 42,
    x: { ...logScale(points.map(({ x }) => x)), label: symbol, insetLeft: 6, insetRight: 6 },
    y: { ...logScale(values), insetTop: 4, insetBottom: 4 },
    marks: [
      time
        ? Plot.line(points, { x: "x", y: expected, stroke: counted.color, strokeDasharray: "5,3" })
        : undefined,
      ...seriesMarks(points, { style, x: ({ x }) => x, y: value }),
    ],
  });
}
