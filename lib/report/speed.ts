/**
 * The report's section on speed and cost.
 *
 * @module
 */
import type { GrowthResult, Measurements, SpeedResult } from "../bench/results.ts";
import { costGrowth } from "../figures/cost_growth.ts";
import { speedFigure } from "../figures/speed.ts";
import type { ReportFigure } from "./report_figure.ts";
import { formatFixed } from "./format.ts";
import { type Html, html, type HtmlValue } from "./html.ts";
import {
  absences,
  circumstances,
  growthTable,
  limitsText,
  partsTable,
  residentTable,
  speedTable,
  targetTable,
} from "./speed_tables.ts";

/** The figures of measurements. */
export function speedFigures({ speed, growth }: Measurements): ReportFigure[] {
  return [...(speed ? [ofSpeed(speed)] : []), ...(growth ? ofGrowth(growth) : [])];
}

function ofSpeed(result: SpeedResult): ReportFigure {
  return {
    name: "speed",
    section: "speed",
    figure: speedFigure(result),
    caption:
      `Time of each engine and peer for the same work, from the same weights and sequences, taken in turns: the ` +
      `median of the rounds, with a line from the fastest to the slowest of them, and how many times the fastest ` +
      `engine's it is.`,
  };
}

function ofGrowth(result: GrowthResult): ReportFigure[] {
  return [
    {
      name: "cost-growth",
      section: "growth",
      figure: costGrowth(result),
      caption:
        `How the fused engine's time for a forward pass and a train step grows, with the slope over all points. ` +
        `Dashed: the arithmetic that was counted, moved to meet the last point; where it lies below the times, what ` +
        `does not grow outweighs it.`,
    },
    {
      name: "memory-growth",
      section: "growth",
      figure: costGrowth(result, { quantity: "memory" }),
      caption:
        `How the memory that the fused engine's workers share grows. Rows of attention are kept for the way back ` +
        `while they fit a fixed size, and made anew beyond it.`,
    },
  ];
}

/** What the section is made with. */
interface Blocks {
  /** The blocks of a section's figures. */
  readonly shown: (section: ReportFigure["section"]) => readonly Html[];
  /** A table with its number and caption. */
  readonly captioned: (number: number, caption: string, table: Html, kind?: string) => Html;
}

/** The section's content. */
export function speedSection({ speed, growth }: Measurements, blocks: Blocks): HtmlValue {
  if (!speed && !growth) return undefined;
  return [
    speed ? aboutSpeed(speed, blocks) : undefined,
    growth ? aboutGrowth(growth, blocks) : undefined,
    blocks.captioned(
      8,
      "What the fused engine was to reach, set before it was measured. A ratio is taken round by round against the " +
        "peer's better number of threads, and reached where the middle half of the rounds is.",
      targetTable({ speed, growth }),
    ),
  ];
}

function aboutSpeed(result: SpeedResult, { shown, captioned }: Blocks): HtmlValue {
  const { peak, parts } = result;
  return [
    circumstances(result),
    shown("speed"),
    captioned(
      4,
      "Times for the work done once, in brackets the middle half of the rounds. FLOPs are counted from the " +
        "configuration: 2 for a multiplication with an addition, 1 for every other operation, exponentials " +
        "included; of a forward pass only those keys that the recency bias leaves visible.",
      speedTable(result),
      "numbers",
    ),
    absences(result),
    peak === undefined ? undefined : html`
      <p>
        The peak is what relaxed SIMD's multiply-add reaches where nothing else is done: ${formatFixed(
          peak.one,
          1,
        )} GFLOP/s with one thread, ${formatFixed(peak.all, 1)} with one on each core.
      </p>
    `,
    parts.length === 0 ? undefined : captioned(
      5,
      "Where the time of the first piece of work goes with one worker, by leaving parts out and taking differences. " +
        "An exponential counts as one operation but takes about a dozen instructions, and a quotient or a root keeps " +
        "its unit busy for several turns: that is where much of the rest of the peak goes.",
      partsTable(result),
      "numbers",
    ),
    limitsText(result),
  ];
}

function aboutGrowth(result: GrowthResult, { shown, captioned }: Blocks): HtmlValue {
  return [
    circumstances(result),
    shown("growth"),
    captioned(
      6,
      "Slopes on double logarithmic axes (2 is quadratic) of the fused engine's time, of the arithmetic counted " +
        "from the configuration, and of WebAssembly's memory.",
      growthTable(result),
    ),
    captioned(
      7,
      "Resident memory of the whole process, Deno and V8 included.",
      residentTable(result),
    ),
  ];
}
