/**
 * The latent trajectory of one sequence: how far its states are from zero, and how far each loop moves them.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Trace } from "../engines/engine.ts";
import type { Sequences } from "../tasks/task.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { logScale, pageWidth, plot, type SeriesStyle, styled } from "./theme.ts";

/** A model's states on its way through the loops. */
export interface Trajectory extends Pick<Sequences, "count" | "length"> {
  readonly name: string;
  /** Z_0 … Z_T, each [count, length, d]. */
  readonly states: Trace["states"];
}

/** A number of one position at one loop. */
interface Point {
  readonly loop: number;
  readonly value: number;
}

/**
 * ‖Z_t‖ and ‖Z_{t+1} − Z_t‖ over the loops: the median over the positions of one sequence and the band that holds
 * 90 % of them (and, for a single model, the one that holds 50 %). The second has a logarithmic axis, on which convergence to a fixed point is a falling line.
 *
 * @param options `sequence`: which of the traced sequences (default: the first); `width` in pixels
 * @throws {RangeError} if there is no such sequence
 */
export function latentTrajectory(
  models: readonly Trajectory[],
  { sequence = 0, width = pageWidth }: { sequence?: number; width?: number } = {},
): Showable<Block> {
  const outside = models.find(({ count }) => sequence < 0 || sequence >= count);
  if (outside) {
    throw new RangeError(
      `Cannot show sequence ${sequence} as ${outside.name} was traced on ${outside.count}`,
    );
  }
  const columns = width < 480 ? 1 : 2;
  const size = { width: panelWidth(width, columns), height: 190 };
  const series = styled(models).map(({ style, ...model }) => {
    const states = model.states.map((state) => positions(state, model, sequence));
    return { name: `${model.name}, median`, style, states };
  });
  const norms = series.map(({ style, states }) => ({
    style,
    points: states.flatMap((state, loop) => state.map((vector) => ({ loop, value: Math.hypot(...vector) }))),
  }));
  const moves = series.map(({ style, states }) => ({
    style,
    points: states.slice(1).flatMap((state, loop) =>
      state.map((vector, at) => ({
        loop,
        value: Math.hypot(...vector.map((entry, i) => entry - states[loop][at][i])),
      }))
    ).filter(({ value }) => value > 0),
  }));
  const panels = [
    {
      title: "Distance from zero ‖Z_{t}‖",
      plot: quantiles(norms, { size, y: { zero: true, nice: true, ticks: 5 } }),
    },
    {
      title: "Movement in a loop ‖Z_{t+1} − Z_{t}‖",
      plot: quantiles(moves, {
        size,
        y: logScale(moves.flatMap(({ points }) => points.map(({ value }) => value))),
      }),
    },
  ];
  return figureGrid(panels, { columns, legend: legendOf(series) });
}

/** The latent vectors of one sequence, one a position. */
function positions(state: Float32Array, { count, length }: Trajectory, sequence: number): number[][] {
  const width = state.length / (count * length);
  const start = sequence * length * width;
  return Array.from(
    { length },
    (_, at) => [...state.subarray(start + at * width, start + (at + 1) * width)],
  );
}

function quantiles(
  series: readonly { readonly style: SeriesStyle; readonly points: readonly Point[] }[],
  { size, y }: { size: { width: number; height: number }; y: Plot.ScaleOptions },
): Block {
  if (!series.some(({ points }) => points.some(({ value }) => Number.isFinite(value)))) {
    return emptyPlot(size.width, size.height);
  }
  return plot({
    ...size,
    x: { type: "linear", label: "loop t", ticks: 6 },
    y,
    marks: series.map(({ style, points }) => {
      const band = (low: Plot.Reducer, high: Plot.Reducer) =>
        Plot.areaY(
          points,
          Plot.groupX({ y1: low, y2: high }, {
            x: "loop",
            y1: "value",
            y2: "value",
            fill: style.color,
            fillOpacity: 0.16,
          }),
        );
      const median = { x: "loop", y: "value", stroke: style.color, strokeWidth: 1.5 };
      const marker = { x: "loop", y: "value", symbol: style.symbol, fill: style.color, r: 2.2 };
      return [
        band("p05", "p95"),
        series.length === 1 ? band("p25", "p75") : [],
        Plot.lineY(points, Plot.groupX({ y: "median" }, median)),
        Plot.dot(points, Plot.groupX({ y: "median" }, marker)),
      ];
    }),
  });
}
