/**
 * Loss under SHIFT: over training beside the other arms, and closely around the switch.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { arms } from "../analysis/looped_single/arms.ts";
import type { Study } from "../analysis/looped_single/study_files.ts";
import { meanCurve, runsOf, switchOf } from "../analysis/looped_single/summary.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { armLegend, armLooks } from "./looped_arms.ts";
import { formatSteps, muted, pageWidth, plot, seriesMarks } from "./theme.ts";

/**
 * (a) The mean loss of each arm over training, the switches of the seeds marked; (b) SHIFT's loss of every seed from
 * the evaluation before its switch on. At the switch the single layer's loss and that of the looped model with the same
 * parameters are joined by a vertical line.
 *
 * @param options `width` in pixels
 */
export function shiftLoss(
  study: Pick<Study, "runs">,
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const present = arms.filter((arm) => runsOf(study, arm).length > 0);
  const columns = width < 480 ? 1 : 2;
  const size = { width: panelWidth(width, columns), height: 240, marginLeft: 40 };
  const shifted = runsOf(study, "shift");
  const switches = shifted.flatMap((run) => switchOf(run) ?? []);
  const y = { label: "cross-entropy, nats", labelAnchor: "top", nice: true, ticks: 6 } as const;
  const top = { marginTop: 20 };
  const over = plot({
    ...size,
    ...top,
    x: { label: "training step", ticks: 5, tickFormat: formatSteps },
    y,
    marks: [
      Plot.ruleX([...new Set(switches.map(({ step }) => step))], { stroke: muted, strokeDasharray: "3,3" }),
      present.map((arm) => {
        const { style } = armLooks[arm];
        const points = meanCurve(runsOf(study, arm), "loss");
        return seriesMarks(points, {
          style,
          x: ({ step }) => step,
          y: ({ mean }) => mean.value,
          markers: 10,
        });
      }),
    ],
  });
  const { color } = armLooks.shift.style;
  const near = shifted.flatMap((run) => {
    const at = switchOf(run);
    if (!at) return [];
    const [from, to] = [at.step - 51, at.step + 100];
    return run.points.filter(({ step }) => step >= from && step <= to)
      .map(({ step, loss }) => ({ seed: run.seed, since: step - at.step, loss }));
  });
  const around = switches.length === 0 ? emptyPlot(size.width, size.height, "no run switched") : plot({
    ...size,
    ...top,
    x: { label: "steps since the switch", ticks: 6 },
    y,
    marks: [
      Plot.ruleX([0], { stroke: muted, strokeDasharray: "3,3" }),
      Plot.line(near, {
        x: "since",
        y: "loss",
        z: "seed",
        stroke: color,
        strokeWidth: 1,
        strokeOpacity: 0.7,
      }),
    ],
  });
  return figureGrid([
    { title: "Mean over seeds; dashed: where seeds switched", plot: over },
    { title: "SHIFT around the switch, each seed", plot: around },
  ], { columns, legend: armLegend(present) });
}
