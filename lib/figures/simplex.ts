/**
 * A function of three probabilities as a map over their triangle.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { ink, muted, pageWidth } from "./theme.ts";

/** Three probabilities that add up to 1. */
export type Triple = readonly [number, number, number];

/** One map. */
export interface SimplexPanel {
  /** Above the map; `S_{q}` sets an index. */
  readonly title: string;
  value(p: Triple): number;
  /** Marked with a dot. */
  readonly points?: readonly Triple[];
}

/** What {@linkcode simplexMaps} shows. */
export interface SimplexOptions {
  /** What the colours mean. */
  readonly label: string;
  /** Of all maps. Symmetric about 0: red below, blue above. Otherwise pale to dark blue. */
  readonly domain: readonly [low: number, high: number];
  /** Number of level sets between the ends of the domain. Default: 9 */
  readonly levels?: number;
  /** Maps in a row. Default: all */
  readonly columns?: number;
  readonly width?: number;
}

const HEIGHT = Math.sqrt(3) / 2;

/**
 * Level sets over the triangle of three outcomes, each corner a sure outcome, on common colours.
 *
 * @throws {RangeError} if the domain is empty
 */
export function simplexMaps(
  panels: readonly SimplexPanel[],
  { label, domain, levels = 9, columns = panels.length, width = pageWidth }: SimplexOptions,
): Showable<Block> {
  const [low, high] = domain;
  if (!(low < high)) throw new RangeError(`Cannot colour values from ${low} to ${high}: the domain is empty`);
  const color = {
    type: "linear",
    scheme: low === -high ? "RdBu" : "Blues",
    domain: [low, high],
    clamp: true,
    label,
  } as const;
  const thresholds = Array.from({ length: levels + 1 }, (_, i) => low + (high - low) * i / levels);
  const side = panelWidth(width, columns, 12);
  const ramp = Plot.plot({ document, color }).legend("color", {
    width: 240,
    height: 40,
    tickSize: 4,
    ticks: 5,
  });
  return figureGrid(
    panels.map(({ title, ...panel }) => ({ title, plot: triangle(panel, { side, color, thresholds }) })),
    { columns, gap: 12, ramp },
  );
}

function triangle(
  { value, points = [] }: Omit<SimplexPanel, "title">,
  { side, color, thresholds }: { side: number; color: Plot.ScaleOptions; thresholds: readonly number[] },
): Block {
  const margin = { marginLeft: 16, marginRight: 16, marginTop: 16, marginBottom: 16 };
  const corners = [[0, 0], [1, 0], [0.5, HEIGHT]] as const;
  // What lies outside the triangle is drawn from its nearest probabilities and then covered: level sets end cleanly.
  const outside = [
    [[0, 0], [0.5, HEIGHT], [0, HEIGHT]],
    [[1, 0], [0.5, HEIGHT], [1, HEIGHT]],
  ];
  const at = { x: (p: Triple) => p[1] + p[2] / 2, y: (p: Triple) => HEIGHT * p[2] };
  return Plot.plot({
    document,
    width: side,
    height: Math.round((side - 32) * HEIGHT) + 32,
    ...margin,
    color,
    x: { domain: [0, 1], axis: null },
    y: { domain: [0, HEIGHT], axis: null },
    marks: [
      Plot.contour({
        x1: 0,
        x2: 1,
        y1: 0,
        y2: HEIGHT,
        fill: (x: number, y: number) => value(probabilities(x, y)),
        thresholds: [...thresholds],
        pixelSize: 1.5,
        stroke: ink,
        strokeWidth: 0.4,
        strokeOpacity: 0.6,
      }),
      outside.map((corners) =>
        Plot.line(corners, { stroke: "white", strokeWidth: 2, fill: "white", curve: "linear-closed" })
      ),
      Plot.line(corners.map(([x, y]) => [x, y]), { stroke: ink, strokeWidth: 0.8, curve: "linear-closed" }),
      Plot.dot(points, { ...at, r: 2.8, fill: ink, stroke: "white", strokeWidth: 1 }),
      [["p₁ = 1", 0, 0], ["p₂ = 1", 1, 0], ["p₃ = 1", 0.5, HEIGHT]].map(([text, x, y]) =>
        Plot.text([text], {
          x: () => x as number,
          y: () => y as number,
          dy: y === 0 ? 9 : -8,
          fontSize: 9,
          fill: muted,
          textAnchor: x === 0 ? "start" : x === 1 ? "end" : "middle",
        })
      ),
    ],
  }) as Block;
}

function probabilities(x: number, y: number): Triple {
  const third = y / HEIGHT;
  const second = x - third / 2;
  const all = [1 - second - third, second, third].map((each) => Math.max(0, each));
  const sum = all[0] + all[1] + all[2];
  return [all[0] / sum, all[1] / sum, all[2] / sum];
}
