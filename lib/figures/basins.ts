/**
 * Where an iteration in the plane ends, by its start.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Attractors } from "../theory/contraction/attractors.ts";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { Block, LegendEntry } from "./layout.ts";
import { ink, muted, pageWidth, type SeriesStyle, seriesStyle } from "./theme.ts";

/** A plane of starts and their ends. */
export interface BasinPanel {
  readonly title: string;
  /** On a regular grid, two numbers each. */
  readonly starts: readonly Float64Array[];
  readonly attractors: Attractors;
}

const fixedStyle: SeriesStyle = { color: ink, symbol: "circle", dashed: false };
const cycleStyle: SeriesStyle = { color: ink, symbol: "triangle", dashed: true };
const astray: SeriesStyle = { color: "#c9d1d9", symbol: "square", dashed: false };

/**
 * Each start coloured by the fixed point or 2-cycle that it leads to, which are marked; the points of a cycle are joined.
 *
 * @param options `width` in pixels
 */
export function basins(
  panels: readonly BasinPanel[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : Math.max(1, panels.length);
  const side = panelWidth(width, columns);
  if (panels.length === 0) return figureGrid([{ plot: emptyPlot(side, side) }]);
  return figureGrid(
    panels.map((panel) => ({
      title: panel.title,
      plot: basinPlot(panel, side),
    })),
    { columns, legend: legendEntries(panels) },
  );
}

/** What there is of fixed points, cycles and starts without an end. */
function legendEntries(panels: readonly BasinPanel[]): LegendEntry[] {
  const found = panels.flatMap(({ attractors }) => attractors.found);
  const ends = panels.flatMap(({ attractors }) => attractors.ends);
  const entries: [boolean, LegendEntry][] = [
    [found.some(({ points }) => points.length === 1), {
      label: "fixed point",
      style: fixedStyle,
      kind: "symbol",
    }],
    [found.some(({ points }) => points.length === 2), { label: "2-cycle", style: cycleStyle }],
    [ends.some((end) => typeof end !== "number"), { label: "no end", style: astray, kind: "symbol" }],
  ];
  return entries.filter(([shown]) => shown).map(([, entry]) => entry);
}

function basinPlot({ starts, attractors: { found, ends } }: BasinPanel, side: number): Block {
  const cells = Math.sqrt(starts.length);
  const reach = starts.reduce((most, [x]) => Math.max(most, Math.abs(x)), 0) * cells / (cells - 1);
  const half = reach / cells;
  const color = (end: Attractors["ends"][number]) =>
    typeof end === "number" ? seriesStyle(end).color : astray.color;
  // One rectangle for each run of equal ends in a row keeps the file small.
  const runs: { x1: number; x2: number; y: number; fill: string }[] = [];
  starts.forEach(([x, y], index) => {
    const fill = color(ends[index]);
    const last = runs.at(-1);
    if (last && last.y === y && last.fill === fill) last.x2 = x + half;
    else runs.push({ x1: x - half, x2: x + half, y, fill });
  });
  const marked = found.flatMap(({ points }, index) =>
    points.map(([x, y]) => ({
      x,
      y,
      color: seriesStyle(index).color,
      symbol: (points.length === 1 ? fixedStyle : cycleStyle).symbol,
    }))
  ).filter(({ x, y }) => Math.abs(x) <= reach && Math.abs(y) <= reach);
  const joined = found.filter(({ points }) => points.length === 2).map(({ points: [a, b] }) => ({ a, b }));
  const axis = { labelArrow: "none", ticks: 5, tickSize: 3 } as const;
  return Plot.plot({
    document,
    width: side,
    height: side,
    marginTop: 6,
    marginRight: 6,
    marginBottom: 34,
    marginLeft: 36,
    x: { ...axis, domain: [-reach, reach], label: "latent of token 1", labelAnchor: "center" },
    y: { ...axis, domain: [-reach, reach], label: "latent of token 2", labelAnchor: "center" },
    marks: [
      Plot.rect(runs, {
        x1: "x1",
        x2: "x2",
        y1: ({ y }) => y - half,
        y2: ({ y }) => y + half,
        fill: "fill",
        fillOpacity: 0.32,
        shapeRendering: "crispEdges",
      }),
      Plot.link(joined, {
        x1: ({ a }) => a[0],
        y1: ({ a }) => a[1],
        x2: ({ b }) => b[0],
        y2: ({ b }) => b[1],
        stroke: ink,
        strokeDasharray: "3,3",
      }),
      ...marked.map(({ x, y, color, symbol }) =>
        Plot.dot([0], { x, y, r: 5, symbol, fill: color, stroke: "white", strokeWidth: 1 })
      ),
      Plot.frame({ stroke: muted }),
    ],
  }) as Block;
}
