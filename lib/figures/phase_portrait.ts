/**
 * Phase portraits of eq. 1 in one dimension.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { LatentTrajectory } from "../theory/hamiltonian/trajectory.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { ink, muted, pageWidth, plot, seriesStyle } from "./theme.ts";

/** One setting of eq. 1, from several starts. */
export interface Portrait {
  readonly title: string;
  /** With d = 1. */
  readonly trajectories: readonly LatentTrajectory[];
  /** A contour that the trajectories should follow, such as that of a conserved energy. */
  readonly energy?: (position: number, velocity: number) => number;
}

/** The range of a portrait. */
export interface PortraitRange {
  /** |Z| up to this is shown. */
  readonly position: number;
  /** |V| up to this is shown. */
  readonly velocity: number;
}

/** Velocity against position: a line a start, hollow at its beginning and filled at its end. */
export function phasePortrait(
  portraits: readonly Portrait[],
  { position, velocity, width = pageWidth }: PortraitRange & { width?: number },
): Showable<Block> {
  const columns = Math.min(portraits.length, width < 480 ? 1 : 3);
  const side = panelWidth(width, columns);
  const color = seriesStyle(0).color;
  const panels = portraits.map(({ title, trajectories, energy }) => {
    const ways = trajectories.map(({ positions, velocities }) =>
      positions.map(([x], k) => ({ x, y: velocities[k][0] }))
        // A gap where the line leaves the plot: clip paths of lines far out make the PNG renderer fail.
        .map((point) =>
          Math.abs(point.x) <= position && Math.abs(point.y) <= velocity ? point : { x: NaN, y: NaN }
        )
    );
    const at = { x: "x", y: "y" } as const;
    return {
      title,
      plot: plot({
        width: side,
        height: side,
        marginLeft: 40,
        x: { domain: [-position, position], label: "position Z (across), velocity V (up)", ticks: 5 },
        y: { domain: [-velocity, velocity], ticks: 5 },
        marks: [
          Plot.ruleX([0], { stroke: muted, strokeOpacity: 0.4 }),
          Plot.ruleY([0], { stroke: muted, strokeOpacity: 0.4 }),
          energy === undefined ? [] : Plot.contour({
            x1: -position,
            x2: position,
            y1: -velocity,
            y2: velocity,
            value: energy,
            stroke: muted,
            strokeOpacity: 0.55,
            strokeWidth: 0.7,
            thresholds: 12,
            pixelSize: 3,
          }),
          ways.map((points) => [
            Plot.line(points, { ...at, stroke: color, strokeWidth: 1.2 }),
            Plot.dot(points.slice(0, 1), { ...at, r: 2.6, fill: "white", stroke: color, strokeWidth: 1.2 }),
            Plot.dot(points.slice(-1), { ...at, r: 2.8, fill: color }),
          ]),
          Plot.frame({ stroke: ink, strokeOpacity: 0.25 }),
        ],
      }) as Block,
    };
  });
  return figureGrid(panels, {
    columns,
    legend: [
      { label: "start", style: { color, symbol: "circle", dashed: true }, kind: "symbol" },
      { label: "last step", style: { color, symbol: "circle", dashed: false }, kind: "symbol" },
    ],
  });
}
