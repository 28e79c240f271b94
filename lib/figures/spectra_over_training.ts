/**
 * Spectra of Single-Attn's and Looped-Attn's Hessians over training, side by side.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { riverValley } from "../analysis/hessian/river_valley.ts";
import { summarizeSpectrum } from "../analysis/hessian/spectrum.ts";
import { type Arm, arms } from "../analysis/looped_single/arms.ts";
import type { StudySpectrum } from "../analysis/looped_single/study_spectra.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { armLegend, armLooks } from "./looped_arms.ts";
import { formatSteps, logScale, muted, pageWidth, plot } from "./theme.ts";

/** Parts of the largest eigenvalue at which river and valley are split. */
const THRESHOLDS = [0.003, 0.01, 0.03, 0.1, 0.3];

interface Dot {
  readonly arm: Arm;
  readonly seed: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Over training (a) the largest eigenvalue and (b) the matrix entropy of the Hessian; at the last step, against the
 * threshold ε, (c) the dimension of the valley and (d) its condition κ, which 1/ε bounds (dotted). A line for each seed.
 *
 * @param options `width` in pixels
 */
export function spectraOverTraining(
  spectra: readonly StudySpectrum[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const present = arms.filter((arm) => spectra.some((each) => each.arm === arm));
  const columns = width < 480 ? 1 : 2;
  const size = { width: panelWidth(width, columns), height: 200, marginLeft: 44 };
  const last = spectra.reduce((latest, { step }) => Math.max(latest, step), 0);
  const overTraining = (value: (spectrum: StudySpectrum) => number): Dot[] =>
    spectra.map((each) => ({ ...each, x: each.step, y: value(each) }));
  const againstThreshold = (value: (split: ReturnType<typeof riverValley>) => number): Dot[] =>
    spectra.filter(({ step }) => step === last).flatMap((each) =>
      THRESHOLDS.map((threshold) => ({
        ...each,
        x: threshold,
        y: value(riverValley(each.eigenvalues, { threshold })),
      }))
    );
  const lines = (dots: readonly Dot[]) =>
    present.map((arm) => {
      const { color, symbol } = armLooks[arm].style;
      const own = dots.filter((dot) => dot.arm === arm);
      return [
        Plot.line(own, { x: "x", y: "y", z: "seed", stroke: color, strokeWidth: 1.2 }),
        Plot.dot(own, { x: "x", y: "y", symbol, r: 2.4, stroke: color, fill: color }),
      ];
    });
  const steps = { label: "training step", domain: [0, last], ticks: 5, tickFormat: formatSteps };
  const thresholds = { ...logScale(THRESHOLDS), label: "threshold ε, share of the largest eigenvalue" };
  const largest = overTraining(({ eigenvalues }) => eigenvalues.at(-1)!);
  const entropy = overTraining(({ eigenvalues }) => summarizeSpectrum({ eigenvalues }).matrixEntropy);
  const dimension = againstThreshold(({ valleyDimension }) => valleyDimension);
  const condition = againstThreshold(({ condition }) => condition);
  const bound = THRESHOLDS.map((threshold) => ({ x: threshold, y: 1 / threshold }));
  return figureGrid([
    {
      title: "Largest eigenvalue",
      plot: plot({ ...size, x: steps, y: { zero: true, nice: true, ticks: 5 }, marks: lines(largest) }),
    },
    {
      title: "Matrix entropy, nats",
      plot: plot({ ...size, x: steps, y: { nice: true, ticks: 5 }, marks: lines(entropy) }),
    },
    {
      title: `Dimension of the valley at step ${formatSteps(last)}`,
      plot: plot({
        ...size,
        x: thresholds,
        y: logScale(dimension.map(({ y }) => y)),
        marks: lines(dimension),
      }),
    },
    {
      title: `Condition κ of the valley at step ${formatSteps(last)}`,
      plot: plot({
        ...size,
        x: thresholds,
        y: logScale([...condition, ...bound].map(({ y }) => y)),
        marks: [
          Plot.line(bound, { x: "x", y: "y", stroke: muted, strokeDasharray: "1,3" }),
          ...lines(condition),
        ],
      }),
    },
  ], { columns, legend: armLegend(present) });
}
