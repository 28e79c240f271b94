/**
 * Where in the plane of μ and α eq. 1 comes to rest.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { convergenceRate, type SimulatedPoint } from "../theory/hamiltonian/stability.ts";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { figureGrid } from "./grid.ts";
import type { Block } from "./layout.ts";
import { ink, plot, type SeriesStyle, seriesStyle } from "./theme.ts";

const converged = seriesStyle(2);
const diverged: SeriesStyle = { ...seriesStyle(1), dashed: true };

/**
 * The rate at which eq. 1 closes in on a point of rest if F_τ is constant (the larger root's modulus; white where it is
 * ≥ 1), the region |μ| < 1, 0 < α < 2(1 + μ), and simulations.
 */
export function stabilityRegion(
  simulated: readonly SimulatedPoint[],
  { width = 400 }: { width?: number } = {},
): Showable<Block> {
  const color = {
    type: "linear",
    scheme: "blues",
    reverse: true,
    domain: [0, 1],
    label: "rate at constant field",
    ticks: 5,
  } as const;
  const edge = [{ mu: -1, alpha: 0 }, { mu: 1, alpha: 4 }, { mu: 1, alpha: 0 }, { mu: -1, alpha: 0 }];
  const at = { x: "mu", y: "alpha" } as const;
  const figure = plot({
    width,
    height: Math.round(0.8 * width),
    marginLeft: 34,
    marginTop: 6,
    x: { domain: [-1.2, 1.2], label: "momentum μ", ticks: 5 },
    y: { domain: [-0.4, 4.4], ticks: 5, label: "coupling α", labelArrow: "none", labelAnchor: "center" },
    color,
    marks: [
      Plot.raster({
        x1: -1,
        x2: 1,
        y1: 0,
        y2: 4,
        pixelSize: 1,
        fill: (mu: number, alpha: number) => {
          const rate = convergenceRate({ mu, alpha });
          return rate < 1 ? rate : NaN;
        },
      }),
      Plot.line(edge, { ...at, stroke: ink, strokeWidth: 1.3 }),
      Plot.dot(simulated.filter((each) => !each.converged), {
        ...at,
        r: 2.6,
        symbol: diverged.symbol,
        stroke: diverged.color,
        fill: "white",
      }),
      Plot.dot(simulated.filter((each) => each.converged), {
        ...at,
        r: 2.6,
        symbol: converged.symbol,
        fill: converged.color,
        stroke: "white",
        strokeWidth: 0.6,
      }),
    ],
  }) as Block;
  const ramp = Plot.plot({ document, color }).legend("color", {
    width: 190,
    height: 40,
    tickSize: 4,
    ticks: 5,
  });
  return figureGrid([{ title: "Inside the line: |μ| < 1 and 0 < α < 2(1 + μ)", plot: figure }], {
    ramp,
    legend: [
      { label: "simulation converged", style: converged, kind: "symbol" },
      { label: "it did not", style: diverged, kind: "symbol" },
    ],
  });
}
