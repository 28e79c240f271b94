/**
 * Gates, constant steps and the plain iteration beside each other.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { RuleResult } from "../analysis/gating_study.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { logScale, muted, pageWidth, plot, seriesStyle, shareScale } from "./theme.ts";

/** The results of one setting. */
export interface GatingPanel {
  readonly title: string;
  readonly results: readonly RuleResult[];
}

/** A value with its interval, all on the axis. */
interface Row {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * For each setting the share of instances that converged and the median number of evaluations, a row a rule, with 95 %
 * intervals; a median at the right edge (∞) means that fewer than half converged.
 *
 * @param options `width` in pixels
 */
export function gatingComparison(
  settings: readonly GatingPanel[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const panel = { width: panelWidth(width, 2), marginLeft: 74 };
  const finite = settings.flatMap(({ results }) =>
    results.flatMap(({ iterations }) =>
      [iterations.value, ...iterations.interval].filter((count) => count < Infinity)
    )
  );
  const edge = 2 * Math.max(1, ...finite);
  const onAxis = (count: number) => Math.min(count, edge);
  const scale = logScale([...finite, edge]);
  const ticks = [...(scale.ticks as number[]).filter((tick) => tick <= edge / 1.8), edge];
  return figureGrid(
    settings.flatMap(({ title, results }) => [
      {
        title: `${title}: converged`,
        plot: rows(
          results.map(({ name, converged: { value, interval: [low, high] } }) => ({
            name,
            value,
            low,
            high,
          })),
          {
            ...panel,
            x: { ...shareScale, label: "share of instances" },
          },
        ),
      },
      {
        title: "evaluations to the tolerance, median",
        plot: rows(
          results.map(({ name, iterations: { value, interval: [low, high] } }) => ({
            name,
            value: onAxis(value),
            low: onAxis(low),
            high: onAxis(high),
          })),
          {
            ...panel,
            x: {
              ...scale,
              domain: [Math.min(...finite) / 1.3, edge],
              ticks,
              tickFormat: (tick: number) => tick === edge ? "∞" : `${tick}`,
              label: "evaluations of F (logarithmic)",
            },
          },
        ),
      },
    ]),
    { columns: 2 },
  );
}

function rows(
  results: readonly Row[],
  { x, ...size }: { x: Plot.ScaleOptions; width: number; marginLeft: number },
): Block {
  const { color } = seriesStyle(0);
  return plot({
    ...size,
    height: 19 * results.length + 42,
    marginRight: 18,
    x,
    y: { type: "band", domain: results.map(({ name }) => name), label: null, tickSize: 0 },
    marks: [
      Plot.ruleY(results, { y: "name", x1: "low", x2: "high", stroke: color, strokeWidth: 1.5 }),
      Plot.dot(results, { x: "value", y: "name", r: 3, fill: color, stroke: muted, strokeWidth: 0.4 }),
    ],
  });
}
