/**
 * What becomes of the Hessian over training, in one number a panel.
 *
 * @module
 */
import { summarizeSpectrum } from "../analysis/hessian/spectrum.ts";
import type { HessianOverTraining } from "../analysis/hessian/stored.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { logScale, pageWidth, plot, seriesMarks, styled } from "./theme.ts";
import { trainingAxis } from "./training_axis.ts";

/** A run's Hessians. Runs of the same name, such as seeds of one system, share a look. */
export type NamedHessians = { readonly name: string } & Pick<HessianOverTraining, "snapshots" | "walks">;

/**
 * Largest eigenvalue, trace, matrix entropy as an effective rank, and the share of negative curvature.
 *
 * @param options `width` in pixels
 */
export function hessianOverTraining(
  runs: readonly NamedHessians[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : 2;
  const size = { width: panelWidth(width, columns), height: 150 };
  const series = styled(runs).map(({ name, style, snapshots }) => ({
    name,
    style,
    rows: snapshots.map((each) => ({ step: each.step, ...summarizeSpectrum(each) })),
  }));
  const rows = series.flatMap((each) => each.rows);
  const x = trainingAxis(rows.map(({ step }) => step));
  type Measure = "largest" | "trace" | "effectiveRank" | "negativeShare";
  const panel = (measure: Measure, title: string, percent = false) => ({
    title,
    plot: plot({
      ...size,
      x,
      y: percent
        ? { zero: true, nice: true, ticks: 5, tickFormat: "%" }
        : { ...logScale(rows.map((row) => row[measure])), tickFormat: "~s" },
      marks: series.map(({ rows, style }) =>
        seriesMarks(rows, { style, x: ({ step }) => step, y: (row) => row[measure] })
      ),
    }),
  });
  return figureGrid([
    panel("largest", "Largest eigenvalue"),
    panel("trace", "Trace"),
    panel("effectiveRank", "Effective rank, exp of the matrix entropy"),
    panel("negativeShare", "Negative share of the curvature", true),
  ], { columns, legend: legendOf(series) });
}
