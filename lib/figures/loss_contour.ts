/**
 * Loss surfaces from above, with paths of optimisers and solutions on them.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { KnownPoint } from "../analysis/landscape/description.ts";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block, LegendEntry } from "./layout.ts";
import { type LossScale, lossScale, type LossScaleKind } from "./loss_scale.ts";
import type { LossView } from "./loss_surface.ts";
import { ink, muted, pageWidth, type SeriesStyle } from "./theme.ts";

/** A surface with known points: those of one name with steps are a path. */
export interface LossMap extends LossView {
  readonly points?: readonly KnownPoint[];
}

/** How to draw contours. */
export interface LossContourOptions {
  /** Panels in a row. Default: 3, or 2 where there are two or four. */
  readonly columns?: number;
  readonly width?: number;
  /** Default: log. */
  readonly scale?: LossScaleKind;
  /** Names of the directions, on the axes. Default: α and β. */
  readonly axes?: readonly [alpha: string, beta: string];
}

// Seen on every colour of the scale.
const pathStyles: readonly SeriesStyle[] = [
  { color: "#ffffff", symbol: "circle", dashed: false },
  { color: "#ff5d8f", symbol: "triangle", dashed: false },
  { color: "#ffb14e", symbol: "square", dashed: false },
];

/** Levels of the contour lines. */
const LEVELS = 16;

/**
 * Each surface as contour lines, on one scale for all. A path's first snapshot is a ring
 * and its last a filled marker; the paths are projected onto the plane, so the loss at a snapshot may be another than
 * that drawn there.
 *
 * @throws {RangeError} if a loss is not positive where the scale is logarithmic
 */
export function lossContours(maps: readonly LossMap[], options: LossContourOptions = {}): Showable<Block> {
  const { width = pageWidth, axes = ["α", "β"] } = options;
  const wide = maps.length === 2 || maps.length === 4 ? 2 : Math.min(3, Math.max(1, maps.length));
  const columns = options.columns ?? (width < 480 ? 1 : wide);
  const scale = lossScale(maps.map(({ surface }) => surface), options.scale);
  const side = panelWidth(width, columns);
  const names = [...new Set(maps.flatMap(({ points = [] }) => points.map(({ name }) => name)))];
  const styled = names.map((name, at) => ({ name, style: pathStyles[at % pathStyles.length] }));
  const panels = maps.map(({ title, surface, points = [] }) => ({
    title,
    plot: contourPlot({ title, surface, points }, { scale, side, axes, styled }),
  }));
  const isPath = maps.some(({ points = [] }) => points.some(({ step }) => step !== undefined));
  const legend: LegendEntry[] = styled.map(({ name, style }) => ({
    label: name,
    style: { ...style, color: legendColor(style) },
    kind: isPath ? "line" : "symbol",
  }));
  return figureGrid(panels, { columns, ramp: scale.ramp(), legend: names.length > 1 ? legend : [] });
}

/** White would not be seen on the page. */
const legendColor = ({ color }: SeriesStyle) => color === "#ffffff" ? muted : color;

/** One surface; small ones have no axes. */
export function contourPlot(
  { surface, points = [] }: LossMap,
  { scale, side, axes, styled = [] }: {
    scale: LossScale;
    side: number;
    /** None: no axes are drawn. */
    axes?: readonly [string, string];
    styled?: readonly { name: string; style: SeriesStyle }[];
  },
): Block {
  const { grid, range } = surface;
  // Plot takes samples to lie in the middle of cells.
  const edge = range * grid / (grid - 1);
  const [low, high] = scale.domain;
  // The first lies below everything, or the lowest part would stay white.
  const thresholds = Array.from({ length: LEVELS }, (_, at) => low + (high - low) * (at || -1) / LEVELS);
  const margin = axes
    ? { left: 44, bottom: 34, top: 4, right: 10 }
    : { left: 2, bottom: 2, top: 2, right: 2 };
  const ticks = {
    ticks: [-range, -range / 2, 0, range / 2, range],
    tickFormat: formatCoordinate,
    tickSize: 3,
    labelAnchor: "center",
    labelArrow: "none",
  } as const;
  return Plot.plot({
    document,
    width: side,
    height: side - margin.left - margin.right + margin.top + margin.bottom,
    marginLeft: margin.left,
    marginBottom: margin.bottom,
    marginTop: margin.top,
    marginRight: margin.right,
    color: scale.options,
    x: {
      domain: [-range, range],
      axis: axes ? "bottom" : null,
      ...ticks,
      label: axes?.[0],
      labelOffset: 30,
    },
    y: {
      domain: [-range, range],
      axis: axes ? "left" : null,
      ...ticks,
      label: axes?.[1],
      labelOffset: 40,
    },
    marks: [
      Plot.contour(Array.from(scale.positions(surface)), {
        width: grid,
        height: grid,
        x1: -edge,
        y1: -edge,
        x2: edge,
        y2: edge,
        fill: Plot.identity,
        thresholds,
        stroke: ink,
        strokeOpacity: 0.35,
        strokeWidth: 0.5,
        clip: true,
      }),
      ...styled.flatMap(({ name, style }) => pathMarks(points.filter((point) => point.name === name), style)),
      Plot.frame({ stroke: ink, strokeOpacity: 0.6 }),
    ],
  }) as Block;
}

function pathMarks(points: readonly KnownPoint[], { color, symbol }: SeriesStyle): Plot.Markish[] {
  if (points.length === 0) return [];
  const place = { x: "alpha", y: "beta" } as const;
  const [first, last] = [points[0], points.at(-1)!];
  return [
    Plot.line(points, { ...place, stroke: ink, strokeWidth: 3, strokeOpacity: 0.5 }),
    Plot.line(points, { ...place, stroke: color, strokeWidth: 1.5 }),
    Plot.dot(points.slice(1, -1), { ...place, r: 1.4, fill: color, symbol, stroke: ink, strokeWidth: 0.4 }),
    points.length > 1 ? Plot.dot([first], { ...place, r: 3.5, stroke: color, strokeWidth: 1.6, symbol }) : [],
    Plot.dot([last], { ...place, r: 3.5, fill: color, stroke: ink, symbol }),
  ];
}

const formatCoordinate = (value: number) => String(Number(value.toPrecision(3))).replace("-", "−");
