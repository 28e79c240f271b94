/**
 * Retrieval over two coefficients of eq. 1 at once.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { RetrievalMap } from "../analysis/retrieval/retrieve.ts";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { coefficientLabels } from "./retrieval_curves.ts";
import { ink, pageWidth, plot } from "./theme.ts";

/** One map, and a line that theory draws through it. */
export interface TitledMap {
  readonly title: string;
  readonly map: RetrievalMap;
  /** y of the line at x; where it is outside the map it is not drawn. */
  readonly line?: (x: number) => number;
}

/** Shares of right read-outs as colours, one plot a map; values must ascend. */
export function retrievalMaps(
  maps: readonly TitledMap[],
  { columns = 2, width = pageWidth }: { columns?: number; width?: number } = {},
): Showable<Block> {
  const color = {
    type: "linear",
    scheme: "blues",
    domain: [0, 1],
    label: "right answers",
    tickFormat: "%",
  } as const;
  const across = width < 480 ? 1 : Math.min(columns, maps.length);
  const side = panelWidth(width, across);
  const panels = maps.map(({ title, map, line }) => {
    const [xEdges, yEdges] = [map.x, map.y].map(({ values }) => edges(values));
    const cells = map.right.flatMap((row, j) =>
      row.map(({ value }, i) => ({
        x1: xEdges[i],
        x2: xEdges[i + 1],
        y1: yEdges[j],
        y2: yEdges[j + 1],
        value,
      }))
    );
    const [low, high] = [xEdges[0], xEdges[xEdges.length - 1]];
    const curve = line === undefined ? [] : Array.from({ length: 101 }, (_, i) => {
      const x = low + (high - low) * i / 100;
      return { x, y: line(x) };
    }).filter(({ y }) => y >= yEdges[0] && y <= yEdges[yEdges.length - 1]);
    return {
      title,
      plot: plot({
        width: side,
        height: Math.round(0.72 * side),
        marginLeft: 44,
        marginBottom: 36,
        x: { domain: [low, high], label: coefficientLabels[map.x.parameter], ticks: 6 },
        y: {
          domain: [yEdges[0], yEdges[yEdges.length - 1]],
          label: coefficientLabels[map.y.parameter],
          labelAnchor: "center",
          ticks: 6,
        },
        color,
        marks: [
          Plot.rect(cells, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", fill: "value", inset: -0.2 }),
          Plot.line(curve, { x: "x", y: "y", stroke: "white", strokeWidth: 3 }),
          Plot.line(curve, { x: "x", y: "y", stroke: ink, strokeWidth: 1.4, strokeDasharray: "5,3" }),
          Plot.frame({ stroke: ink, strokeOpacity: 0.25 }),
        ],
      }) as Block,
    };
  });
  const ramp = Plot.plot({ document, color }).legend("color", {
    width: 190,
    height: 40,
    tickSize: 4,
    ticks: 5,
  });
  return figureGrid(panels, { columns: across, ramp });
}

/** Where cells around the values end: half-way to the next. */
function edges(values: readonly number[]): number[] {
  const last = values.length - 1;
  const between = values.slice(1).map((value, i) => (value + values[i]) / 2);
  const [before, after] = last === 0
    ? [values[0] - 0.5, values[0] + 0.5]
    : [values[0] - (values[1] - values[0]) / 2, values[last] + (values[last] - values[last - 1]) / 2];
  return [before, ...between, after];
}
