/**
 * Accuracies with their intervals against anything: what the three figures of accuracy share.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Share } from "../analysis/interval.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { muted, plot, seriesMarks, type SeriesStyle, shareScale } from "./theme.ts";

/** An accuracy at x; without an interval only the value is drawn. */
export interface AccuracyPoint {
  readonly x: number;
  readonly share: Pick<Share, "value"> & Partial<Pick<Share, "interval">>;
}

/** Points of one model, ascending in x. */
export interface AccuracySeries {
  readonly name: string;
  readonly style: SeriesStyle;
  readonly points: readonly AccuracyPoint[];
}

/** How {@linkcode accuracyFigure} draws. */
export interface AccuracyOptions {
  readonly x: Plot.ScaleOptions;
  /** Intervals as bars at each point, or as a band along the line. */
  readonly intervals: "bars" | "band";
  readonly width: number;
  /** A level to compare with, such as guessing's. */
  readonly chance?: number;
  /** Above the plot. */
  readonly title: string;
  /** A marked x, with what it is. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** One plot: accuracy from 0 to 100 % against x. Points that counted nothing (NaN) are left out. */
export function accuracyFigure(all: readonly AccuracySeries[], options: AccuracyOptions): Showable<Block> {
  const { width, title, chance, mark } = options;
  const height = Math.max(200, Math.min(300, Math.round(0.62 * width)));
  const series = all.map((each) => ({
    ...each,
    points: each.points.filter(({ share }) => Number.isFinite(share.value)),
  }));
  const legend = legendOf(all);
  const names = legend.map(({ label }) => label);
  const positions = series.flatMap(({ points }) => points.map(({ x }) => x));
  if (positions.length === 0) return figureGrid([{ title, plot: emptyPlot(width, height) }], { legend });
  const note = { fill: muted, textAnchor: "start" } as const;
  return figureGrid([{
    title,
    plot: plot({
      width,
      height,
      marginLeft: 40,
      marginRight: chance === undefined ? 10 : 46,
      x: { insetLeft: 8, insetRight: 8, ...options.x },
      y: shareScale,
      marks: [
        chance === undefined ? [] : [
          Plot.ruleY([chance], { stroke: muted, strokeDasharray: "1,3", strokeLinecap: "round" }),
          Plot.text(["chance"], { ...note, y: chance, dx: 4, frameAnchor: "right" }),
        ],
        mark === undefined ? [] : [
          Plot.ruleX([mark.x], { stroke: muted, strokeDasharray: "3,3" }),
          Plot.text([mark.label], { ...note, x: mark.x, y: 0, dx: 5, dy: -8 }),
        ],
        // The paper, first in the legend, is drawn over the rest.
        series.toReversed().map((each) =>
          seriesWithIntervals(each, options, names.indexOf(each.name) - (names.length - 1) / 2)
        ),
      ],
    }),
  }], { legend });
}

function seriesWithIntervals(
  { points, style }: AccuracySeries,
  { intervals }: AccuracyOptions,
  offset: number,
): Plot.Markish[] {
  const known = points.filter(({ share }) => share.interval?.every(Number.isFinite));
  const x = (point: AccuracyPoint) => point.x;
  const ends = {
    y1: (point: AccuracyPoint) => point.share.interval![0],
    y2: (point: AccuracyPoint) => point.share.interval![1],
  };
  // Bars of equal x stand beside each other.
  const dx = intervals === "bars" ? 3 * offset : 0;
  return [
    intervals === "bars"
      ? Plot.ruleX(known, { x, ...ends, dx, stroke: style.color, strokeWidth: 1.5 })
      : Plot.areaY(known, { x, ...ends, fill: style.color, fillOpacity: 0.18 }),
    ...seriesMarks(points, {
      style,
      x,
      y: ({ share }) => share.value,
      dx,
      markers: intervals === "bars" ? 99 : 12,
    }),
  ];
}
