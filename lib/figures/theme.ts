/**
 * What all figures share: sizes, colours that the colour-blind can tell apart, and the look of a plot.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { document } from "./dom.ts";

/** Width in pixels (1/96 inch) of a figure over the page: 7 inches. */
export const pageWidth = 672;
/** Width in pixels of a figure in one of two columns: 3.4 inches. */
export const columnWidth = 328;

/** Of text and axes. */
export const ink = "#1f2328";
/** Of notes and reference lines. */
export const muted = "#59636e";
/** Of the grid. */
export const rule = "#dfe3e8";

/** How a series looks: never told apart by its colour alone. */
export interface SeriesStyle {
  /** As `#rrggbb`. */
  readonly color: string;
  /** Of its markers. */
  readonly symbol: Plot.SymbolType;
  /** Symbols are hollow and the line is dashed. */
  readonly dashed: boolean;
}

// Okabe & Ito's palette without what is too pale for a thin line on white.
const colors = ["#0072b2", "#d55e00", "#009e73", "#a5498a", "#7a5c00", "#2f8fc4"];
const symbols = ["circle", "triangle", "square", "diamond2", "triangle2", "cross"] as const;

/** The look of our series number `index`. */
export function seriesStyle(index: number): SeriesStyle {
  return { color: colors[index % colors.length], symbol: symbols[index % symbols.length], dashed: false };
}

/** Models or runs with their looks; those of the same name, such as seeds of one system, share a look. */
export function styled<T extends { readonly name: string }>(
  series: readonly T[],
): (T & { style: SeriesStyle })[] {
  const names = [...new Set(series.map(({ name }) => name))];
  return series.map((each) => ({ ...each, style: seriesStyle(names.indexOf(each.name)) }));
}

/** The look of whatever the paper reports. */
export const paperStyle: SeriesStyle = { color: "#3d444d", symbol: "diamond", dashed: true };

/** `Plot.plot` with the kit's document, a light grid at the ticks of y and a base line; options win. */
export function plot(options: Plot.PlotOptions): SVGSVGElement {
  const { marks = [], x, y, ...rest } = options;
  return Plot.plot({
    document,
    marginTop: 8,
    marginRight: 10,
    marginBottom: 34,
    marginLeft: 36,
    ...rest,
    x: { labelAnchor: "center", labelArrow: "none", tickSize: 4, ...x },
    y: { labelArrow: "none", tickSize: 0, label: null, ...y },
    marks: [
      Plot.gridY({ ticks: y?.ticks, stroke: rule, strokeOpacity: 1 }),
      ...marks,
      Plot.frame({ anchor: "bottom" }),
    ],
  }) as SVGSVGElement;
}

/** An axis from 0 to 100 %. */
export const shareScale = { domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75, 1], tickFormat: "%" } as const;

/** A logarithmic axis over the values > 0, with a few round ticks. */
export function logScale(values: readonly number[]): Plot.ScaleOptions {
  const known = values.filter((value) => value > 0 && value < Infinity);
  const least = known.reduce((low, value) => Math.min(low, value), known[0] ?? 1);
  const most = known.reduce((high, value) => Math.max(high, value), least);
  // A single value lies in the middle, with a tick in sight.
  const [low, high] = least === most ? [least / 1.6, most * 1.6] : [least, most];
  const powers = Array.from({ length: 80 }, (_, index) => 10 ** (index - 40));
  const within = (ticks: number[]) => ticks.filter((tick) => tick >= low / 1.3 && tick <= high * 1.3);
  const fine = within(powers.flatMap((power) => [power, 2 * power, 5 * power]));
  const coarse = within(powers);
  const ticks = fine.length <= 6 ? fine : coarse.filter((_, at) => at % Math.ceil(coarse.length / 6) === 0);
  const ends = [low, high, ...ticks];
  return { type: "log", domain: [Math.min(...ends), Math.max(...ends)], ticks, tickFormat: "~g" };
}

/** A number of steps as a tick: 500, 1k, 20k. */
export const formatSteps = (step: number): string => step >= 1000 ? `${step / 1000}k` : `${step}`;

/** A line with markers in a series' style; a series with no points draws nothing. */
export function seriesMarks<T>(
  rows: readonly T[],
  { style, x, y, markers = 25, dx = 0 }: {
    style: SeriesStyle;
    x: (row: T) => number;
    y: (row: T) => number;
    /** At most so many rows get a marker. */
    markers?: number;
    dx?: number;
  },
): Plot.Markish[] {
  const every = Math.max(1, Math.ceil(rows.length / markers));
  const marked = rows.filter((row, index) => index % every === 0 && Number.isFinite(y(row)));
  return [
    Plot.line(rows, {
      x,
      y,
      dx,
      stroke: style.color,
      strokeWidth: 1.5,
      strokeDasharray: style.dashed ? "5,3" : undefined,
    }),
    Plot.dot(marked, {
      x,
      y,
      dx,
      r: 2.6,
      symbol: style.symbol,
      stroke: style.color,
      fill: style.dashed ? "white" : style.color,
      strokeWidth: 1.2,
    }),
  ];
}
