/**
 * Loss and accuracy while a model trains.
 *
 * @module
 */
import type * as Plot from "@observablehq/plot";
import type { Metrics } from "../training/metrics.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import {
  formatSteps,
  pageWidth,
  plot,
  seriesMarks,
  type SeriesStyle,
  seriesStyle,
  shareScale,
} from "./theme.ts";

/** A point of the curves: a row of {@linkcode Metrics}, or as much of one as there is. */
export type LossPoint = Pick<Metrics, "step" | "task" | "total"> & Partial<Pick<Metrics, "accuracy">>;

interface Curve {
  readonly label: string;
  readonly value: (point: LossPoint) => number;
}

/**
 * Task and total loss against the step and, where points have accuracies, the accuracy at each length beside them.
 * Quick enough to be redrawn while a model trains.
 *
 * @param options `width` in pixels
 */
export function lossCurves(
  points: readonly LossPoint[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const lengths = [...new Set(points.flatMap(({ accuracy = {} }) => Object.keys(accuracy).map(Number)))]
    .sort((a, b) => a - b);
  const losses: Curve[] = [
    { label: "total", value: (point) => point.total },
    { label: "task (cross-entropy)", value: (point) => point.task },
  ];
  const accuracies: Curve[] = lengths.map((length) => ({
    label: `L = ${length}`,
    value: (point) => point.accuracy?.[length] ?? NaN,
  }));
  const columns = lengths.length > 0 && width >= 480 ? 2 : 1;
  const size = { width: panelWidth(width, columns), height: 190 };
  const style = (curve: Curve) => seriesStyle([...losses, ...accuracies].indexOf(curve));
  const panel = (title: string, curves: readonly Curve[], y: Plot.ScaleOptions) => ({
    title,
    legend: curves.map((curve) => ({ label: curve.label, style: style(curve) })),
    plot: curvesPlot(curves, { points, style, size, y }),
  });
  return figureGrid([
    panel("Loss", losses, { zero: true, nice: true, ticks: 5 }),
    ...lengths.length > 0 ? [panel("Accuracy", accuracies, shareScale)] : [],
  ], { columns });
}

function curvesPlot(
  curves: readonly Curve[],
  { points, style, size, y }: {
    points: readonly LossPoint[];
    style: (curve: Curve) => SeriesStyle;
    size: { width: number; height: number };
    y: Plot.ScaleOptions;
  },
): Block {
  if (!points.some((point) => curves.some(({ value }) => Number.isFinite(value(point))))) {
    return emptyPlot(size.width, size.height);
  }
  return plot({
    ...size,
    x: { label: "training step", ticks: 5, tickFormat: formatSteps },
    y,
    marks: curves.map((curve) =>
      seriesMarks(points, { style: style(curve), x: (point) => point.step, y: curve.value })
    ),
  });
}
