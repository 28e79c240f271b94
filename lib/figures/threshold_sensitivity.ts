/**
 * How much of what is said of river and valley is said by the threshold.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { HessianSnapshot } from "../analysis/hessian/snapshot.ts";
import { sweepThresholds, type ThresholdPoint } from "../analysis/hessian/threshold_sweep.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { logScale, muted, pageWidth, plot, seriesMarks, styled } from "./theme.ts";

/** A snapshot of a run; those of the same name share a look. */
export interface NamedSnapshot {
  readonly name: string;
  readonly snapshot: HessianSnapshot;
}

/**
 * Dimension and condition of the valley, and the shares of gradient and movement across it, against the threshold.
 *
 * @param options `width` in pixels
 */
export function thresholdSensitivity(
  snapshots: readonly NamedSnapshot[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : 2;
  const size = { width: panelWidth(width, columns), height: 150 };
  const series = styled(snapshots).map(({ name, style, snapshot }) => ({
    name,
    style,
    rows: sweepThresholds(snapshot),
  }));
  const all = series.flatMap(({ rows }) => rows);
  const x = {
    ...logScale(all.map(({ threshold }) => threshold)),
    label: "threshold ε, part of the largest λ",
  };
  const panel = (
    title: string,
    value: (row: ThresholdPoint) => number,
    y: Plot.ScaleOptions,
    marks: Plot.Markish[] = [],
  ) => ({
    title,
    plot: plot({
      ...size,
      x,
      y,
      marks: [
        ...marks,
        ...series.map(({ rows, style }) =>
          seriesMarks(rows.filter((row) => Number.isFinite(value(row))), {
            style,
            x: ({ threshold }) => threshold,
            y: value,
            markers: 10,
          })
        ),
      ],
    }),
  });
  const share = { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: "%" };
  const shares = logScale(all.flatMap(({ movementAcross, valleyShare }) => [movementAcross, valleyShare]));
  const dotted = { stroke: muted, strokeDasharray: "1,3" };
  const conditions = all.flatMap(({ condition, threshold }) => [condition, 1 / threshold]);
  return figureGrid([
    panel(
      "Directions in the valley",
      (row) => row.valleyDimension,
      logScale(all.map((row) => row.valleyDimension)),
    ),
    panel("Condition κ; dotted: 1/ε, its bound", (row) => row.condition, logScale(conditions), [
      Plot.line(all.toSorted((a, b) => a.threshold - b.threshold), {
        x: "threshold",
        y: ({ threshold }) => 1 / threshold,
        ...dotted,
      }),
    ]),
    panel("Share of the gradient across", (row) => row.gradientAcross, share),
    panel("Share of the movement across; dotted: of random direction", (row) => row.movementAcross, shares, [
      ...series.map(({ rows, style }) =>
        Plot.line(rows, { x: "threshold", y: "valleyShare", stroke: style.color, strokeDasharray: "1,3" })
      ),
    ]),
  ], { columns, legend: legendOf(series) });
}
