/**
 * Training seen along the river and across the valley.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { sweepThresholds } from "../analysis/hessian/threshold_sweep.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { NamedHessians } from "./hessian_over_training.ts";
import { type Block, legendOf } from "./layout.ts";
import { logScale, muted, pageWidth, plot, seriesMarks, type SeriesStyle, styled } from "./theme.ts";
import { trainingAxis } from "./training_axis.ts";

/**
 * Over training: how many directions the valley has, which share of the movement crosses it and whether successive movements
 * turn back. Then the single steps that follow the end of the first run of each name: the loss, and what it would be
 * with only the river's or only the valley's part of the way.
 *
 * @param options `threshold` of the split, one of those that the walks were split at; `width` in pixels
 */
export function riverMovement(
  runs: readonly NamedHessians[],
  { threshold = 0.01, width = pageWidth }: { threshold?: number; width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : 3;
  const size = { width: panelWidth(width, columns), height: 160 };
  const series = styled(runs).map(({ name, style, snapshots, walks }) => ({
    name,
    style,
    walk: walks.find((walk) => walk.threshold === threshold),
    rows: snapshots.map((each) => ({ step: each.step, ...sweepThresholds(each, [threshold])[0] })),
  }));
  const all = series.flatMap(({ rows }) => rows);
  const x = trainingAxis(all.map(({ step }) => step));
  type Row = typeof all[number];
  const over = (
    title: string,
    value: (row: Row) => number,
    y: Plot.ScaleOptions,
    marks: Plot.Markish[] = [],
  ) => ({
    title,
    plot: plot({
      ...size,
      x: { ...x, label: "training step" },
      y,
      marks: [
        ...marks,
        ...series.map(({ rows, style }) =>
          seriesMarks(rows.filter((row) => Number.isFinite(value(row))), {
            style,
            x: ({ step }) => step,
            y: value,
          })
        ),
      ],
    }),
  });
  const chance = series.flatMap(({ rows, style }) =>
    Plot.line(rows, { x: "step", y: "valleyShare", stroke: style.color, strokeDasharray: "1,3" })
  );
  const first = series.filter(({ name, walk }, index) =>
    walk && index === series.findIndex((each) => each.name === name && each.walk)
  );
  return figureGrid([
    over("Directions in the valley", (row) => row.valleyDimension, { zero: true, nice: true, ticks: 5 }),
    over(
      "Share of the movement across",
      (row) => row.movementAcross,
      logScale(all.flatMap(({ movementAcross, valleyShare }) => [movementAcross, valleyShare])),
      chance,
    ),
    over("Cosine of successive moves across", (row) => row.acrossCosine, { domain: [-1, 1], ticks: 5 }, [
      Plot.ruleY([0], { stroke: muted }),
    ]),
    walkPanel("Loss on single steps", "loss", first, size),
    walkPanel("Loss, river's part alone", "riverLoss", first, size),
    walkPanel("Loss, valley's part alone", "valleyLoss", first, size),
  ], {
    columns,
    legend: legendOf(series),
    caption:
      `The valley has the eigenvalues above ${threshold} of the largest. Dotted: the share that a movement ` +
      `of random direction has across. Below: single steps of training after its end.`,
  });
}

type WalkedSeries = { readonly style: SeriesStyle; readonly walk?: NamedHessians["walks"][number] };

function walkPanel(
  title: string,
  loss: "loss" | "riverLoss" | "valleyLoss",
  series: readonly WalkedSeries[],
  size: { width: number; height: number },
) {
  const points = series.flatMap(({ walk }) => walk!.points);
  if (points.length === 0) {
    return { title, plot: emptyPlot(size.width, size.height, "no single steps followed") };
  }
  return {
    title,
    plot: plot({
      ...size,
      x: { type: "linear", label: "steps after the end", ticks: 5 },
      // Common to the three panels, so that they can be compared.
      y: logScale(points.flatMap((each) => [each.loss, each.riverLoss, each.valleyLoss])),
      marks: series.map(({ walk, style }) =>
        seriesMarks(walk!.points, { style, x: ({ step }) => step, y: (point) => point[loss] })
      ),
    }),
  };
}
