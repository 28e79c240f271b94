/**
 * Both sides of Lemma B.1 as q varies.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { lemmaB1 } from "../theory/lemma_b1.ts";
import type { Showable } from "./display.ts";
import { figureGrid } from "./grid.ts";
import type { Block } from "./layout.ts";
import { muted, pageWidth, plot, seriesStyle } from "./theme.ts";

/** A row and what to call it. */
export interface NamedRow {
  readonly name: string;
  readonly row: readonly number[];
}

/**
 * The right side (1 − (q−1)S_q)^{2/q} of each row against q, solid, and its left side ‖r‖₂², dashed: they meet at
 * q = 2, and beyond it the lemma fails.
 *
 * @param options `range` of q. Default: from 0.5 to 4
 */
export function lemmaAgainstQ(
  rows: readonly NamedRow[],
  { range: [low, high] = [0.5, 4], width = pageWidth }: {
    range?: readonly [number, number];
    width?: number;
  } = {},
): Showable<Block> {
  const points = 121;
  const lines = rows.map(({ row }, index) => ({
    style: seriesStyle(index),
    points: Array.from({ length: points }, (_, i) => {
      const q = low + (high - low) * i / (points - 1);
      return { q, ...lemmaB1(row, q) };
    }),
  }));
  return figureGrid([{
    plot: plot({
      width,
      height: 220,
      marginTop: 14,
      color: { type: "identity" },
      x: { domain: [low, high], label: "q", ticks: 8 },
      y: { domain: [0, 1.5], ticks: 6, tickFormat: ".2~f" },
      marks: [
        Plot.ruleX([2], { stroke: muted, strokeDasharray: "2,2" }),
        Plot.text(["holds"], { x: 2, y: 1.42, dx: -6, textAnchor: "end", fontSize: 10, fill: muted }),
        Plot.text(["fails"], { x: 2, y: 1.42, dx: 6, textAnchor: "start", fontSize: 10, fill: muted }),
        lines.map(({ style, points }) => [
          Plot.line(points.filter(({ right }) => right <= 1.5), {
            x: "q",
            y: "right",
            stroke: style.color,
            strokeWidth: 1.5,
          }),
          Plot.line(points, {
            x: "q",
            y: "left",
            stroke: style.color,
            strokeWidth: 1,
            strokeDasharray: "5,3",
          }),
          Plot.dot(points.filter((_, at) => at % 12 === 6).filter(({ right }) => right <= 1.5), {
            x: "q",
            y: "right",
            r: 2.6,
            symbol: style.symbol,
            fill: style.color,
          }),
        ]),
      ],
    }),
  }], {
    legend: rows.map(({ name }, index) => ({ label: name, style: seriesStyle(index) })),
    caption: "Solid: the right side, which is ‖r‖_{q}². Dashed: the left side, ‖r‖_{2}².",
  });
}
