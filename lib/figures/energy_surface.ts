/**
 * Trajectories of eq. 1 over the energy of a plane.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { fieldAt, type Landscape } from "../theory/hamiltonian/landscape.ts";
import { confinedEnergy } from "../theory/hamiltonian/wells.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { ink, muted, pageWidth, plot, type SeriesStyle, styled } from "./theme.ts";

/** A way through the plane. */
export interface PlaneTrajectory {
  readonly name: string;
  /** Z_0, Z_1, …, each [2]. */
  readonly positions: readonly ArrayLike<number>[];
}

/** One energy surface with what moves over it. */
export interface EnergySurface {
  readonly title: string;
  /** With d = 2. */
  readonly landscape: Landscape;
  /** Show E_τ + ½‖Z‖² instead of E_τ. */
  readonly confined?: boolean;
  readonly trajectories: readonly PlaneTrajectory[];
}

/** The energy is so much paler than the trajectories that these are seen on it. */
const shades = ["#86b6dc", "#ffffff"];
const startStyle: SeriesStyle = { color: ink, symbol: "circle", dashed: true };
const keyStyle: SeriesStyle = { color: muted, symbol: "times", dashed: false };

/**
 * Contours of E_τ (or E_τ + ½‖Z‖²), darker where it is lower, with the a_i = W_QᵀW_K x_i/√d and trajectories, which are
 * cut where they leave the plot.
 *
 * @param options `reach`: the plane from −reach to reach in both directions
 * @throws {RangeError} if a landscape is not of two dimensions
 */
export function energySurface(
  surfaces: readonly EnergySurface[],
  { reach = 2, width = pageWidth }: { reach?: number; width?: number } = {},
): Showable<Block> {
  const wrong = surfaces.find(({ landscape }) => landscape.dimension !== 2);
  if (wrong) {
    throw new RangeError(
      `Cannot draw ${wrong.title} as a surface: it has ${wrong.landscape.dimension} dimensions, not 2`,
    );
  }
  const columns = Math.min(surfaces.length, width < 480 ? 1 : 3);
  const side = panelWidth(width, columns);
  const named = styled(surfaces.flatMap(({ trajectories }) => trajectories));
  const styleOf = (name: string) => named.find((each) => each.name === name)!.style;
  const panels = surfaces.map((surface) => ({
    title: surface.title,
    plot: contours(surface, { reach, side, styleOf }),
  }));
  return figureGrid(panels, {
    columns,
    legend: [
      ...legendOf(named),
      { label: "start", style: startStyle, kind: "symbol" },
      { label: "pulled-back key a", style: keyStyle, kind: "symbol" },
    ],
  });
}

/** A point of the plot, or a gap in the line: clip paths of lines far out make the PNG renderer fail. */
function visible(point: { x: number; y: number }, reach: number): { x: number; y: number } {
  return Math.max(Math.abs(point.x), Math.abs(point.y)) <= reach ? point : { x: NaN, y: NaN };
}

function contours(
  { landscape, confined = false, trajectories }: EnergySurface,
  { reach, side, styleOf }: { reach: number; side: number; styleOf: (name: string) => SeriesStyle },
): Block {
  const energy = (x: number, y: number) =>
    confined ? confinedEnergy(landscape, [x, y]) : fieldAt(landscape, [x, y]).energy;
  const ways = trajectories.map(({ name, positions }) => ({
    style: styleOf(name),
    points: positions.map((Z) => visible({ x: Z[0], y: Z[1] }, reach)),
  }));
  const keys = Array.from({ length: landscape.count }, (_, i) => ({
    x: landscape.keys[2 * i],
    y: landscape.keys[2 * i + 1],
  })).filter(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)) <= reach);
  const at = { x: "x", y: "y" } as const;
  const axis = { domain: [-reach, reach], ticks: 5 };
  return plot({
    width: side,
    height: side,
    marginLeft: 30,
    x: { ...axis, label: "Z₁ (across), Z₂ (up)" },
    y: { ...axis, grid: false },
    color: { type: "linear", range: shades },
    marks: [
      Plot.contour({
        x1: -reach,
        x2: reach,
        y1: -reach,
        y2: reach,
        fill: energy,
        stroke: "#6b7f93",
        strokeWidth: 0.5,
        thresholds: 14,
        pixelSize: 3,
      }),
      Plot.dot(keys, { ...at, symbol: "times", r: 4, stroke: muted, strokeWidth: 1.6 }),
      ways.map(({ style, points }) => [
        Plot.line(points, { ...at, stroke: "white", strokeWidth: 3 }),
        Plot.line(points, { ...at, stroke: style.color, strokeWidth: 1.5 }),
        Plot.dot(points, { ...at, r: 1.6, fill: style.color }),
        Plot.dot(points.slice(-1), {
          ...at,
          r: 3.4,
          symbol: style.symbol,
          fill: style.color,
          stroke: "white",
          strokeWidth: 0.8,
        }),
        Plot.dot(points.slice(0, 1), { ...at, r: 3, fill: "white", stroke: ink, strokeWidth: 1.2 }),
      ]),
      Plot.frame({ stroke: ink, strokeOpacity: 0.25 }),
    ],
  }) as Block;
}
