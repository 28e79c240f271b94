/**
 * Gas, liquid, solid (§4.1, §5.6, §7.1): training runs as trajectories of their thermodynamic quantities.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { ChangePoint } from "../analysis/change_point.ts";
import type { PhasePoint } from "../analysis/phases.ts";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { figureGrid, type Panel, panelWidth } from "./grid.ts";
import type { Block, LegendEntry } from "./layout.ts";
import {
  formatSteps,
  ink,
  logScale,
  muted,
  pageWidth,
  paperStyle,
  plot,
  seriesStyle,
  shareScale,
} from "./theme.ts";

/** One run of a system. */
export interface PhaseRun {
  /** Of the same system as others of this name. */
  readonly name: string;
  readonly points: readonly PhasePoint[];
  /** What the test for a sudden change found in the accuracy. */
  readonly change?: ChangePoint;
}

/** What {@linkcode phaseTrajectories} shows. */
export interface PhaseFigureOptions {
  /** Whose accuracy is meant. */
  readonly length: number;
  /** Rows of Table 2, drawn into the first system's planes. */
  readonly paper?: readonly PhasePoint[];
  /** Steps that are written beside the first run of each system. Default: 0, 100, 500 and the last */
  readonly marked?: readonly number[];
  readonly width?: number;
}

// Without the pale end of the scheme, which is hard to see on white.
const scheme = { type: "linear", scheme: "viridis", domain: [0.25, 1], range: [0, 0.88] } as const;

/**
 * A column a system: its runs in the plane of entropy and kinetic and in that of potential and kinetic, coloured by
 * accuracy, and below the accuracy against the step. A dot with a bar is a sudden change's step and its 95 % interval, at
 * the accuracy where the jump lies: solid where p ≤ 0.05, pale otherwise.
 */
export function phaseTrajectories(
  runs: readonly PhaseRun[],
  { length, paper = [], marked, width = pageWidth }: PhaseFigureOptions,
): Showable<Block> {
  const names = [...new Set(runs.map(({ name }) => name))];
  const size = { width: panelWidth(width, names.length), height: 190 };
  const accuracy = (point: PhasePoint) => point.accuracy[length];
  const all = [...runs.flatMap(({ points }) => points), ...paper];
  const energies = all.map((point) => point.kinetic).filter((energy) => energy > 0);
  const kinetic = logScale([Math.min(...energies) / 1.15, 1.15 * Math.max(...energies)]);
  const systems = names.map((name, index) => ({
    name,
    runs: runs.filter((run) => run.name === name),
    paper: index === 0 ? paper : [],
  }));
  const planes = (["entropy", "potential"] as const).flatMap((quantity) =>
    systems.map(({ name, runs, paper }): Panel => ({
      title: `${name}: ${quantity} (across), kinetic (up)`,
      plot: plane(runs, {
        ...size,
        accuracy,
        paper,
        marked,
        x: { domain: extent(all.map((point) => point[quantity])), label: axisLabels[quantity], ticks: 5 },
        quantity,
        y: kinetic,
      }),
    }))
  );
  const ours = runs.flatMap(({ points }) => points.map(({ step }) => step));
  const curves = systems.map(({ name, runs }): Panel => ({
    title: `${name}: accuracy at L = ${length}, tested for a jump`,
    plot: accuracyCurves(runs, { ...size, accuracy, steps: ours }),
  }));
  const color = { ...scheme, tickFormat: "%", label: `accuracy at L = ${length}` } as const;
  const ramp = Plot.plot({ document, color }).legend("color", {
    width: 200,
    height: 40,
    tickSize: 4,
    ticks: 4,
  });
  const legend: LegendEntry[] = paper.length === 0 ? [] : [{ label: "paper, Table 2", style: paperStyle }];
  return figureGrid([...planes, ...curves], { columns: names.length, ramp, legend });
}

const axisLabels = { entropy: "entropy, mean S", potential: "potential, mean −log max p" };

function extent(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = 0.05 * (high - low) || 1;
  return [low - margin, high + margin];
}

function plane(
  runs: readonly PhaseRun[],
  { accuracy, paper, marked, quantity, x, y, ...size }: {
    width: number;
    height: number;
    accuracy: (point: PhasePoint) => number;
    paper: readonly PhasePoint[];
    marked?: readonly number[];
    quantity: "entropy" | "potential";
    x: Plot.ScaleOptions;
    y: Plot.ScaleOptions;
  },
): Block {
  const at = { x: (point: PhasePoint) => point[quantity], y: (point: PhasePoint) => point.kinetic };
  const segments = runs.flatMap(({ points }) => points.slice(1).map((to, i) => ({ from: points[i], to })));
  const [first] = runs;
  const steps = marked ?? [0, 100, 500, first.points.at(-1)!.step];
  const labelled = first.points.filter(({ step }) => steps.includes(step));
  const { color, dashed } = paperStyle;
  return plot({
    ...size,
    marginLeft: 40,
    marginTop: 14,
    color: scheme,
    x,
    y,
    marks: [
      Plot.link(segments, {
        x1: ({ from }) => at.x(from),
        y1: ({ from }) => at.y(from),
        x2: ({ to }) => at.x(to),
        y2: ({ to }) => at.y(to),
        stroke: ({ to }) => accuracy(to),
        strokeWidth: 1.1,
        strokeLinecap: "round",
      }),
      Plot.line(paper, {
        ...at,
        stroke: color,
        strokeWidth: 0.8,
        strokeDasharray: dashed ? "3,2" : undefined,
      }),
      Plot.dot(paper, { ...at, r: 2.4, symbol: paperStyle.symbol, stroke: color, fill: accuracy }),
      Plot.dot(labelled, { ...at, r: 2.6, stroke: ink, fill: accuracy, strokeWidth: 1 }),
      Plot.text(labelled, {
        ...at,
        text: ({ step }) => formatSteps(step),
        dx: 5,
        dy: -6,
        textAnchor: "start",
        fontSize: 9,
        fill: ink,
        stroke: "white",
        strokeWidth: 3,
      }),
    ],
  });
}

function accuracyCurves(
  runs: readonly PhaseRun[],
  { accuracy, steps, ...size }: {
    width: number;
    height: number;
    accuracy: (point: PhasePoint) => number;
    /** Of all systems, whose axes are common. */
    steps: readonly number[];
  },
): Block {
  const last = Math.max(...steps);
  const spacing = Math.min(...steps.filter((step) => step > 0));
  const changes = runs.flatMap(({ points, change }, run) => {
    if (!change) return [];
    const before = points.findLast(({ step }) => step < change.step)!;
    return [{ ...change, color: seriesStyle(run).color, level: accuracy(before) + change.jump / 2 }];
  });
  const bar = {
    x1: ({ interval: [low] }: ChangePoint) => low,
    x2: ({ interval: [, high] }: ChangePoint) => high,
    y: ({ level }: { level: number }) => level,
    strokeWidth: 5,
    strokeOpacity: ({ p }: ChangePoint) => p <= 0.05 ? 1 : 0.3,
    stroke: ({ color }: { color: string }) => color,
  };
  const ticks = [0, 30, 100, 300, 1000, 3000, 10_000].filter((tick) => tick <= last);
  return plot({
    ...size,
    marginLeft: 40,
    color: { type: "identity" },
    opacity: { type: "identity" },
    x: {
      domain: [0, last],
      type: "symlog",
      constant: spacing,
      ticks,
      tickFormat: formatSteps,
      label: "training step (logarithmic)",
    },
    y: shareScale,
    marks: [
      last >= 500 ? Plot.ruleX([500], { stroke: muted, strokeDasharray: "2,2" }) : [],
      runs.map(({ points }, run) =>
        Plot.line(points, { x: "step", y: accuracy, stroke: seriesStyle(run).color, strokeWidth: 1.1 })
      ),
      Plot.link(changes, { ...bar, y1: bar.y, y2: bar.y }),
      // An interval may be a single gap, and the bar too short to be seen.
      Plot.dot(changes, {
        x: "step",
        y: bar.y,
        r: 3.2,
        fill: bar.stroke,
        fillOpacity: bar.strokeOpacity,
        stroke: "white",
        strokeWidth: 0.8,
      }),
    ],
  });
}
