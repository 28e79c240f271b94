/**
 * How a number changes from step to step.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { logScale, muted, pageWidth, plot, seriesMarks, styled } from "./theme.ts";

/** One line: its values at steps 0, 1, 2, … */
export interface TraceSeries {
  readonly name: string;
  readonly values: readonly number[];
}

/** Lines on common axes. */
export interface TracePanel {
  readonly title: string;
  readonly series: readonly TraceSeries[];
  /** What a step is. Default: "iteration". */
  readonly step?: string;
  /** Default: true. Values that are not > 0 have no place on such an axis. */
  readonly logarithmic?: boolean;
  /** A dashed line that values are to be compared with. */
  readonly reference?: number;
}

/**
 * Residuals of iterations, norms that grow, the best that a search has found: one panel each, with its own legend.
 *
 * @param options `columns` in a row (default: 2, or 1 where the figure is narrow), `width` in pixels
 */
export function traces(
  panels: readonly TracePanel[],
  options: { columns?: number; width?: number } = {},
): Showable<Block> {
  const { width = pageWidth } = options;
  const columns = options.columns ?? (width < 480 ? 1 : Math.min(2, Math.max(1, panels.length)));
  const size = { width: panelWidth(width, columns), height: 190 };
  return figureGrid(
    panels.map((panel) => ({
      title: panel.title,
      legend: styled(panel.series).map(({ name, style }) => ({ label: name, style })),
      plot: tracePlot(panel, size),
    })),
    { columns },
  );
}

/** 1e-9, 0.01, 1, 100, 1e6 */
const power = (value: number): string =>
  value < 1e-3 || value >= 1e5 ? value.toExponential(0).replace("+", "") : `${value}`;

function tracePlot(
  { series, step = "iteration", logarithmic = true, reference }: TracePanel,
  size: { width: number; height: number },
): Block {
  const lines = styled(series).map(({ style, values }) => ({
    style,
    points: values.map((value, index) => ({ index, value }))
      .filter(({ value }) => Number.isFinite(value) && (!logarithmic || value > 0)),
  }));
  const all = lines.flatMap(({ points }) => points.map(({ value }) => value));
  if (all.length === 0) return emptyPlot(size.width, size.height);
  return plot({
    ...size,
    marginLeft: 44,
    x: { type: "linear", label: step, ticks: 5 },
    y: logarithmic
      ? { ...logScale(reference === undefined ? all : [...all, reference]), tickFormat: power }
      : { zero: true, nice: true, ticks: 5 },
    marks: [
      reference === undefined
        ? undefined
        : Plot.ruleY([reference], { stroke: muted, strokeDasharray: "5,3", strokeWidth: 1.2 }),
      ...lines.map(({ style, points }) =>
        seriesMarks(points, { style, x: ({ index }) => index, y: ({ value }) => value, markers: 8 })
      ),
    ],
  });
}
