/**
 * Retrieval against each coefficient of eq. 1.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { RetrievalParameter, SweepPoint } from "../analysis/retrieval/retrieve.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { muted, pageWidth, plot, seriesMarks, type SeriesStyle, shareScale, styled } from "./theme.ts";

/** One memory's sweeps, one for each coefficient shown. */
export interface RetrievalSeries {
  readonly name: string;
  readonly sweeps: Readonly<Partial<Record<RetrievalParameter, readonly SweepPoint[]>>>;
}

export const coefficientLabels: Readonly<Record<RetrievalParameter, string>> = {
  tau: "temperature τ",
  mu: "momentum μ",
  alpha: "coupling α",
  beta: "pull β",
};

/**
 * Right read-outs with bands for their 95 % intervals, one plot a coefficient; τ on a logarithmic axis.
 *
 * @param options `setting`: the value that each coefficient has while another is varied, marked
 */
export function retrievalCurves(
  series: readonly RetrievalSeries[],
  { setting, width = pageWidth }: {
    setting: Readonly<Partial<Record<RetrievalParameter, number>>>;
    width?: number;
  },
): Showable<Block> {
  const columns = width < 480 ? 1 : 2;
  const looks = styled(series);
  const shown = (Object.keys(coefficientLabels) as RetrievalParameter[])
    .filter((parameter) => series.some(({ sweeps }) => sweeps[parameter] !== undefined));
  const panels = shown.map((parameter) => ({
    title: `Right answers against ${coefficientLabels[parameter]}`,
    plot: plot({
      width: panelWidth(width, columns),
      height: 180,
      marginLeft: 40,
      x: {
        label: coefficientLabels[parameter],
        ...parameter === "tau" ? { type: "log", tickFormat: "~g", ticks: 4 } : { ticks: 6 },
      },
      y: shareScale,
      marks: [
        setting[parameter] === undefined
          ? []
          : Plot.ruleX([setting[parameter]], { stroke: muted, strokeDasharray: "3,3" }),
        looks.map(({ style, sweeps }) => band(sweeps[parameter] ?? [], style)),
      ],
    }) as Block,
  }));
  return figureGrid(panels, { columns, legend: legendOf(looks) });
}

function band(points: readonly SweepPoint[], style: SeriesStyle): Plot.Markish[] {
  const x = ({ value }: SweepPoint) => value;
  return [
    Plot.areaY(points, {
      x,
      y1: ({ right }: SweepPoint) => right.interval[0],
      y2: ({ right }: SweepPoint) => right.interval[1],
      fill: style.color,
      fillOpacity: 0.16,
    }),
    ...seriesMarks(points, { style, x, y: ({ right }) => right.value }),
  ];
}
