/**
 * The entropy of attention and the norm of its Jacobian as the temperature varies.
 *
 * @module
 */
import type * as Plot from "@observablehq/plot";
import type { TemperaturePoint } from "../theory/contraction/temperature.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { logScale, pageWidth, plot, seriesMarks, styled } from "./theme.ts";

/** A problem at several temperatures. */
export interface TemperatureSeries {
  readonly name: string;
  readonly points: readonly TemperaturePoint[];
}

/**
 * ‖DF‖ against the temperature, s_q‖W_V‖_F (the part of the bound that entropy controls) against it, and ‖DF‖ against
 * the mean entropy itself: were the remark after Theorem 3.2.1 right, the last would fall.
 *
 * @param options `width` in pixels
 */
export function entropyAndNorm(
  series: readonly TemperatureSeries[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : 3;
  const size = { width: panelWidth(width, columns), height: 190 };
  const lines = styled(series);
  const all = series.flatMap(({ points }) => points);
  const entropyPart = ({ parts }: TemperaturePoint) => parts.entropyTerm * parts.valueFrobenius;
  const panel = (
    title: string,
    { x, scale, y, yScale = { zero: true, nice: true, ticks: 5 } }: {
      x: (point: TemperaturePoint) => number;
      scale: Plot.ScaleOptions;
      y: (point: TemperaturePoint) => number;
      yScale?: Plot.ScaleOptions;
    },
  ) => ({
    title,
    plot: all.length === 0 ? emptyPlot(size.width, size.height) : plot({
      ...size,
      x: scale,
      y: yScale,
      marks: lines.map(({ style, points }) => seriesMarks(points, { style, x, y, markers: 9 })),
    }),
  });
  const temperature = {
    x: (point: TemperaturePoint) => point.temperature,
    scale: { ...logScale(all.map((point) => point.temperature)), label: "temperature τ" },
  };
  const norm = {
    y: (point: TemperaturePoint) => point.jacobianNorm,
    yScale: logScale(all.map((point) => point.jacobianNorm)),
  };
  return figureGrid([
    panel("Norm ‖DF‖", { ...temperature, ...norm }),
    panel("Entropy’s part of the bound, s_{q}‖W_{V}‖_{F}", { ...temperature, y: entropyPart }),
    panel("Norm ‖DF‖ against entropy", {
      x: (point) => point.entropy,
      scale: { type: "linear", label: "mean entropy", ticks: 5, zero: true },
      ...norm,
    }),
  ], { columns, legend: legendOf(lines) });
}
