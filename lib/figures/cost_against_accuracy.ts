/**
 * What training costs and what it reaches.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { arms } from "../analysis/looped_single/arms.ts";
import type { Study } from "../analysis/looped_single/study_files.ts";
import { finalValue, meanCurve, runsOf } from "../analysis/looped_single/summary.ts";
import { median } from "../statistics.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { armLegend, armLooks } from "./looped_arms.ts";
import { muted, pageWidth, plot, seriesMarks } from "./theme.ts";

const percent = (digits: number) => (share: number) => `${(100 * share).toFixed(digits)} %`;
const giga = (flops: number) => flops / 1e9;

/**
 * (a) Mean accuracy against the FLOPs spent so far; (b) every run's final accuracy against all its FLOPs. In (b)
 * accuracies are shares of what is best on the seed's own sample, as samples differ more than runs do.
 *
 * @param studies the first is the one whose curves are drawn; of further ones SHIFT's runs are added to (b), with a
 *   label, such as that of another patience
 * @param options `best`: the Bayes-optimal accuracy on a seed's sample, 1 unless given; `width` in pixels
 */
export function costAgainstAccuracy(
  [study, ...others]: readonly { readonly study: Pick<Study, "runs">; readonly label?: string }[],
  { best, width = pageWidth }: { best?: (seed: number) => number; width?: number } = {},
): Showable<Block> {
  const present = arms.filter((arm) => runsOf(study.study, arm).length > 0);
  const columns = width < 480 ? 1 : 2;
  const size = { width: panelWidth(width, columns), height: 250, marginLeft: 44 };
  const over = plot({
    ...size,
    x: { label: "training cost so far, GFLOP" },
    y: { ticks: 6, tickFormat: percent(0), nice: true },
    marks: present.map((arm) => {
      const { style } = armLooks[arm];
      const points = meanCurve(runsOf(study.study, arm), "accuracy");
      return seriesMarks(points, {
        style,
        x: ({ flops }) => giga(flops),
        y: ({ mean }) => mean.value,
        markers: 10,
      });
    }),
  });
  const finals = [study, ...others].flatMap(({ study: each, label }, index) =>
    (index === 0 ? present : ["shift" as const]).flatMap((arm) =>
      runsOf(each, arm).map((run) => ({
        arm,
        label: arm === "shift" ? label : undefined,
        flops: giga(run.points.at(-1)!.flops),
        accuracy: finalValue(run, "accuracy") / (best?.(run.seed) ?? 1),
      }))
    )
  );
  const labelled = [...new Set(finals.flatMap(({ label }) => label ?? []))].map((label) => {
    const group = finals.filter((each) => each.label === label);
    // Below most of its runs, wherever the few that switched at another time are.
    const flops = median(group.map((each) => each.flops));
    const most = group.filter((each) => each.flops === flops);
    return {
      label,
      flops,
      accuracy: Math.min(...(most.length > 0 ? most : group).map(({ accuracy }) => accuracy)),
    };
  });
  const final = plot({
    ...size,
    x: { label: "whole training cost, GFLOP", nice: true, inset: 8 },
    y: { ticks: 6, tickFormat: percent(0), nice: true, inset: 6 },
    marks: [
      present.map((arm) => {
        const { color, symbol } = armLooks[arm].style;
        const runs = finals.filter((each) => each.arm === arm);
        return Plot.dot(runs, { x: "flops", y: "accuracy", r: 3, symbol, stroke: color, strokeWidth: 1.2 });
      }),
      Plot.text(labelled, { x: "flops", y: "accuracy", text: "label", dy: 14, fill: muted }),
    ],
  });
  return figureGrid([
    { title: "Accuracy against cost, mean over seeds", plot: over },
    {
      title: best ? "Final share of the Bayes-optimal accuracy, each run" : "Final accuracy, each run",
      plot: final,
    },
  ], { columns, legend: armLegend(present) });
}
