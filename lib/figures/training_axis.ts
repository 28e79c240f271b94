import type * as Plot from "@observablehq/plot";
import { formatSteps } from "./theme.ts";

/** An axis of training steps that gives the first thousand as much room as a decade later on. */
export function trainingAxis(steps: readonly number[]): Plot.ScaleOptions {
  const last = Math.max(1, ...steps);
  const ticks = [0, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000].filter((step) => step <= last);
  if (last <= 1000) return { type: "linear", label: "training step", ticks: 4, tickFormat: formatSteps };
  return {
    type: "symlog",
    constant: 500,
    label: "training step (logarithmic)",
    domain: [0, last],
    ticks: ticks.filter((step) => step !== 1000 || last < 10_000),
    tickFormat: formatSteps,
  };
}
