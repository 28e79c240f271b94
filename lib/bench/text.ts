/**
 * Measurements as text for a terminal.
 *
 * @module
 */
import { byteText, millisecondText } from "./format.ts";
import type { BenchResult, GrowthResult, SpeedResult } from "./results.ts";
import { type Target, targets } from "./targets.ts";

/** What was found, as lines of text. */
export function benchText(result: BenchResult): string {
  return (result.kind === "speed" ? speedLines(result) : growthLines(result)).join("\n");
}

function speedLines(result: SpeedResult): string[] {
  const { works, peak, parts, limits } = result;
  const lines: string[] = [];
  for (const { title, count, length, timings, ratios, absences } of works) {
    const fastest = timings.toSorted((a, b) => a.median - b.median)[0];
    lines.push(`${title}, B = ${count}, L = ${length}`);
    const rows = timings.map(({ name, median, min, share }) => {
      const ratio = ratios.find((each) => each.slow === name && each.fast === fastest.name);
      return [
        name,
        `median ${millisecondText(median)}`,
        `least ${millisecondText(min)}`,
        ratio ? `${ratio.median.toFixed(2)} × ${fastest.name}` : "",
        share === undefined ? "" : `${(100 * share).toFixed(0)} % of the peak`,
      ];
    });
    lines.push(...columns(rows), ...absences.map(({ name, reason }) => `  ${name}: absent, ${reason}`), "");
  }
  if (peak) {
    lines.push(`peak: ${peak.one.toFixed(1)} GFLOP/s with one thread, ${peak.all.toFixed(1)} with all`);
  }
  const rates = parts.map(({ name, milliseconds, flops }) => [
    name,
    millisecondText(milliseconds),
    `${(flops / milliseconds / 1e6).toFixed(1)} GFLOP/s`,
  ]);
  if (parts.length > 0) lines.push(`${works[0].title} with one worker, part by part`, ...columns(rates));
  if (limits.length > 0) {
    const times = limits.map(({ name, milliseconds }) => [name, millisecondText(milliseconds)]);
    lines.push("the same in a process of its own, under flags of V8", ...columns(times));
  }
  return [...lines, ...targetLines(targets({ speed: result }))];
}

function targetLines(all: readonly Target[]): string[] {
  if (all.length === 0) return [];
  const rows = all.map(({ what, target, measured, middle, verdict }) => [
    what,
    `target ${target}`,
    `measured ${measured}${middle === undefined ? "" : ` [${middle}]`}`,
    verdict,
  ]);
  return ["targets", ...columns(rows)];
}

function growthLines(result: GrowthResult): string[] {
  const { axes, resident } = result;
  const lines: string[] = [];
  for (const { title, symbol, points, slopes: { all, last } } of axes) {
    lines.push(title);
    lines.push(...columns(points.map(({ x, median, bytes }) => [
      `${symbol} = ${x}`,
      millisecondText(median),
      byteText(bytes),
    ])));
    const slope = (each: typeof all) =>
      `time ${each.time.toFixed(2)} (arithmetic ${each.arithmetic.toFixed(2)}), memory ${
        each.memory.toFixed(2)
      }`;
    lines.push(`  slope: ${slope(all)}; of the last three points: ${slope(last)}`, "");
  }
  lines.push("resident memory of the process");
  lines.push(...columns(resident.map(({ after, bytes }) => [after, byteText(bytes)])));
  return [...lines, ...targetLines(targets({ growth: result }))];
}

function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  return rows.map((row) => `  ${row.map((text, at) => text.padEnd(widths[at])).join("  ")}`.trimEnd());
}
