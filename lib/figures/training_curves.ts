/**
 * The training curves of Table 2: entropy, potential, kinetic and accuracies against the training step.
 *
 * @module
 */
import type * as Plot from "@observablehq/plot";
import type { Metrics } from "../training/metrics.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import {
  formatSteps,
  logScale,
  pageWidth,
  paperStyle,
  plot,
  seriesMarks,
  type SeriesStyle,
  shareScale,
  styled,
} from "./theme.ts";

/** What the curves show of a row of {@linkcode Metrics}; Table 2 has the same columns. */
export type TrainingPoint = Pick<Metrics, "step" | "entropy" | "potential" | "kinetic" | "accuracy">;

/** A run, its points ascending in step. Runs of the same name, such as seeds of one system, share a look. */
export interface TrainingRun {
  readonly name: string;
  readonly metrics: readonly TrainingPoint[];
}

interface Series extends TrainingRun {
  readonly style: SeriesStyle;
}

/**
 * Table 2 as curves: one panel for each of the three regularisers and one for each length, every run and the paper's
 * values on common axes.
 *
 * Where one run is much shorter than another, the step axis is logarithmic from its first points on, so that both can
 * be read.
 *
 * @param options `paper`: rows of Table 2, drawn dashed with hollow diamonds; `width` in pixels
 */
export function trainingCurves(
  runs: readonly TrainingRun[],
  { paper = [], width = pageWidth }: { paper?: readonly TrainingPoint[]; width?: number } = {},
): Showable<Block> {
  const series: Series[] = [
    ...paper.length > 0 ? [{ name: "paper, Table 2", metrics: paper, style: paperStyle }] : [],
    ...styled(runs),
  ];
  const columns = width < 480 ? 1 : 3;
  const size = { width: panelWidth(width, columns), height: columns === 1 ? 180 : 156 };
  const x = stepScale(series);
  const panel = (title: string, value: (point: TrainingPoint) => number, y: Plot.ScaleOptions) => ({
    title,
    plot: curves(series, { value, x, y, size }),
  });

  const kinetic = logScale(series.flatMap(({ metrics }) => metrics.map((point) => point.kinetic)));
  const panels = [
    panel("Tsallis entropy, mean S_{q}", (point) => point.entropy, { nice: true, ticks: 5 }),
    panel("Potential, mean −log max p", (point) => point.potential, { nice: true, ticks: 5 }),
    panel("Kinetic, ½ mean ‖Z_{T} − Z_{0}‖²", (point) => positive(point.kinetic), kinetic),
    ...lengthsOf(series).map((length) =>
      panel(`Accuracy at L = ${length}`, (point) => point.accuracy[length] ?? NaN, shareScale)
    ),
  ];
  return figureGrid(panels, { columns, legend: legendOf(series) });
}

function curves(
  series: readonly Series[],
  { value, x, y, size }: {
    value: (point: TrainingPoint) => number;
    x: Plot.ScaleOptions;
    y: Plot.ScaleOptions;
    size: { width: number; height: number };
  },
): Block {
  if (!series.some(({ metrics }) => metrics.some((point) => Number.isFinite(value(point))))) {
    return emptyPlot(size.width, size.height);
  }
  return plot({
    ...size,
    x,
    y,
    // The paper, first in the legend, is drawn over the rest.
    marks: series.toReversed().map(({ metrics, style }) =>
      seriesMarks(metrics, { style, x: (point) => point.step, y: value })
    ),
  });
}

/** The lengths that any run was evaluated at, or else the paper's. */
function lengthsOf(series: readonly Series[]): number[] {
  const ours = series.filter(({ style }) => style !== paperStyle);
  const points = (ours.length > 0 ? ours : series).flatMap(({ metrics }) => metrics);
  return [...new Set(points.flatMap(({ accuracy }) => Object.keys(accuracy).map(Number)))].sort((a, b) =>
    a - b
  );
}

/** Linear, unless the shortest run would take less than a fifth of the axis. */
function stepScale(series: readonly Series[]): Plot.ScaleOptions {
  const lasts = series.map(({ metrics }) => metrics.at(-1)?.step ?? 0).filter((last) => last > 0);
  const [shortest, longest] = [Math.min(...lasts), Math.max(...lasts)];
  if (!(shortest < longest / 5)) return { label: "training step", ticks: 4, tickFormat: formatSteps };
  const ticks = [0, 1, 10, 100, 1000, 10_000, 100_000].flatMap((ten) => [ten, 3 * ten])
    .filter((step, index) => index === 0 || (step >= shortest / 4 && step <= longest));
  // Linear up to about the constant, logarithmic beyond.
  const label = "training step (logarithmic)";
  return { label, type: "symlog", constant: shortest / 6, ticks, tickFormat: formatSteps };
}

const positive = (value: number) => value > 0 ? value : NaN;
