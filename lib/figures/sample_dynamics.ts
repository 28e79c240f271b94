/**
 * Accuracy on simple and on complex sequences while the arms of a study train.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { arms } from "../analysis/looped_single/arms.ts";
import type { Study } from "../analysis/looped_single/study_files.ts";
import { meanCurve, runsOf } from "../analysis/looped_single/summary.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { armLegend, armLooks } from "./looped_arms.ts";
import { formatSteps, muted, pageWidth, plot, seriesMarks } from "./theme.ts";

/** A level to hold the curves against, such as the accuracy of the Bayes-optimal prediction. */
export interface ReferenceLevel {
  readonly label: string;
  readonly simple: number;
  readonly complex: number;
  /** Where the label stands; above the line unless given. */
  readonly side?: "above" | "below";
}

/**
 * Two panels, simple and complex sequences: the mean over seeds of each arm with its 95 % band.
 *
 * @param options `references`: levels drawn as dotted lines; `width` in pixels
 */
export function sampleDynamics(
  study: Pick<Study, "runs">,
  { references = [], width = pageWidth }: { references?: readonly ReferenceLevel[]; width?: number } = {},
): Showable<Block> {
  const present = arms.filter((arm) => runsOf(study, arm).length > 0);
  const columns = width < 480 ? 1 : 2;
  const panel = (title: string, half: "simple" | "complex") => ({
    title,
    plot: plot({
      width: panelWidth(width, columns),
      height: 240,
      marginLeft: 40,
      x: { label: "training step", ticks: 5, tickFormat: formatSteps },
      y: { nice: true, ticks: 6, tickFormat: (share: number) => `${Math.round(100 * share)} %` },
      marks: [
        references.map((level) => [
          Plot.ruleY([level[half]], { stroke: muted, strokeDasharray: "1,3", strokeLinecap: "round" }),
          Plot.text([level.label], {
            y: level[half],
            frameAnchor: "right",
            textAnchor: "end",
            dy: level.side === "below" ? 8 : -6,
            fill: muted,
            stroke: "white",
            strokeWidth: 3,
          }),
        ]),
        present.map((arm) => {
          const { style } = armLooks[arm];
          const points = meanCurve(runsOf(study, arm), half);
          const known = points.filter(({ mean }) => mean.interval.every(Number.isFinite));
          return [
            Plot.areaY(known, {
              x: "step",
              y1: ({ mean }) => Math.max(0, mean.interval[0]),
              y2: ({ mean }) => Math.min(1, mean.interval[1]),
              fill: style.color,
              fillOpacity: 0.18,
            }),
            ...seriesMarks(points, {
              style,
              x: ({ step }) => step,
              y: ({ mean }) => mean.value,
              markers: 10,
            }),
          ];
        }),
      ],
    }),
  });
  return figureGrid([
    panel("Accuracy on simple sequences", "simple"),
    panel("Accuracy on complex sequences", "complex"),
  ], { columns, legend: armLegend(present) });
}
