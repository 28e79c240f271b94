/**
 * Times of engines and peers on the same work.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { millisecondText } from "../bench/format.ts";
import type { SpeedResult, SpeedWork } from "../bench/results.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid } from "./grid.ts";
import type { Block } from "./layout.ts";
import { ink, logScale, muted, pageWidth, plot, rule, type SeriesStyle, seriesStyle } from "./theme.ts";

/** What is timed, by how its name begins; the rest share a look. */
const families = ["fused", "tfjs", "PyTorch", "torch.compile", "JAX"];

/**
 * The median time of each engine and peer, the fastest first, on a logarithmic axis, one panel a piece of work. Lines
 * reach from the fastest round to the slowest.
 *
 * @param options `width` in pixels
 */
export function speedFigure(
  { works }: Pick<SpeedResult, "works">,
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const panels = works.map((work) => ({
    title: `${work.title}: B = ${work.count}, L = ${work.length}`,
    plot: work.timings.length === 0 ? emptyPlot(width, 60) : timesPlot(work, width),
  }));
  return figureGrid(panels.length === 0 ? [{ plot: emptyPlot(width, 60) }] : panels, { columns: 1 });
}

function timesPlot({ timings, ratios }: SpeedWork, width: number): Block {
  const rows = timings.toSorted((a, b) => a.median - b.median).map((timing) => ({
    ...timing,
    max: Math.max(...timing.rounds),
    style: styleOf(timing.name),
  }));
  const [fastest] = rows;
  const label = ({ name, median }: typeof fastest) => {
    const ratio = ratios.find(({ slow, fast }) => slow === name && fast === fastest.name);
    return `${millisecondText(median)}${ratio ? `, ${ratioText(ratio.median)}` : ""}`;
  };
  const y = "name";
  const names = rows.map(({ name }) => name);
  const x = logScale(rows.flatMap(({ min, max }) => [min, max]));
  return plot({
    width,
    height: 46 + 21 * rows.length,
    marginLeft: 150,
    marginRight: 110,
    x: { ...x, label: "milliseconds", insetLeft: 8, insetRight: 8 },
    // No lines through the labels.
    y: { type: "band", domain: names, padding: 0.1, axis: null, ticks: [] },
    marks: [
      Plot.axisY(names, { tickSize: 0 }),
      Plot.gridX({ ticks: x.ticks, stroke: rule, strokeOpacity: 1 }),
      Plot.ruleY(rows, { y, x1: "min", x2: "max", stroke: (row) => row.style.color, strokeWidth: 1.5 }),
      ...rows.map((row) =>
        Plot.dot([row], {
          x: "median",
          y,
          r: 3.4,
          symbol: row.style.symbol,
          fill: row.style.color,
          stroke: row.style.color,
        })
      ),
      Plot.text(rows, {
        x: "max",
        y,
        text: label,
        textAnchor: "start",
        dx: 8,
        fill: (row) => row === fastest ? ink : muted,
      }),
    ],
  });
}

function styleOf(name: string): SeriesStyle {
  const at = families.findIndex((family) => name.startsWith(family));
  return seriesStyle(at < 0 ? families.length : at);
}

/** 1.8×, 12×, 340× */
function ratioText(ratio: number): string {
  return `${ratio < 9.95 ? ratio.toFixed(1) : String(Math.round(ratio))}×`;
}
