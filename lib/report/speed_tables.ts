/**
 * Tables of how fast the engines are and how their cost grows.
 *
 * @module
 */
import { byteText, millisecondText } from "../bench/format.ts";
import type { BenchResult, GrowthResult, Measurements, SpeedResult } from "../bench/results.ts";
import { targets } from "../bench/targets.ts";
import { distinct, formatFixed, formatShare, listOf, NONE } from "./format.ts";
import { textWithFormulas } from "./formula.ts";
import { type Html, html, type HtmlValue } from "./html.ts";
import { group, row, table } from "./tables.ts";

/** Each engine and peer on each piece of work. */
export function speedTable({ works }: SpeedResult): Html {
  return table(
    ["Work", "", "Median", "Least", "Times the fastest", "GFLOP/s", "Of the peak"],
    works.map(({ title, count, length, flops, timings, ratios }) => {
      const sorted = timings.toSorted((a, b) => a.median - b.median);
      const rows = sorted.map(({ name, median, min, share }) => {
        const ratio = ratios.find(({ slow, fast }) => slow === name && fast === sorted[0].name);
        return [
          unbroken(name),
          millisecondText(median),
          millisecondText(min),
          ratio
            ? html`${formatFixed(ratio.median, 2)} <small>[${formatFixed(ratio.middle[0], 2)}, ${
              formatFixed(ratio.middle[1], 2)
            }]</small>`
            : NONE,
          formatFixed((flops.products + flops.others) / median / 1e6, 2),
          share === undefined ? NONE : formatShare(share),
        ];
      });
      return group(`${title}, B = ${count}, L = ${length}`, rows);
    }),
  );
}

/** The text on one line. */
const unbroken = (text: string) => text.replaceAll(" ", "\u00a0").replaceAll("–", "\u2060–\u2060");

/** Where the time of the fused engine's train step goes. */
export function partsTable({ parts, peak }: SpeedResult): Html {
  const whole = parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return table(["Part", "Time", "Of the step", "GFLOP/s", "Of the peak"], [
    parts.map(({ name, milliseconds, flops }) => {
      const rate = flops / milliseconds / 1e6;
      return row([
        name,
        millisecondText(milliseconds),
        formatShare(milliseconds / whole),
        formatFixed(rate, 1),
        peak ? formatShare(rate / peak.one) : NONE,
      ]);
    }),
  ]);
}

/** What the engine was to reach beside what was measured. */
export function targetTable(measurements: Measurements): Html {
  return table(["What", "Target", "Measured", "Middle half", "Verdict", "What limits it"], [
    targets(measurements).map(({ what, target, measured, middle = NONE, verdict, limit = "" }) =>
      row([what, unbroken(target), unbroken(measured), unbroken(middle), unbroken(verdict), limit])
    ),
  ]);
}

/** What lifting limits of V8 does to the step. */
export function limitsText({ limits }: SpeedResult): HtmlValue {
  const [whole, ...lifted] = limits;
  if (whole === undefined) return undefined;
  const times = lifted.map(({ name, milliseconds }) =>
    `${millisecondText(milliseconds)} ${name} (${formatShare(1 - milliseconds / whole.milliseconds)} less)`
  );
  return html`
    <p>
      What V8 has to do with it: in a process of its own the step takes ${millisecondText(
        whole.milliseconds,
      )},
      ${listOf(
        times,
      )}. Both need flags that V8 has for experiments: without checks a mistake in the kernel could
      write anywhere, so the kit leaves them on. An operation on 256 bits counts as two of the peak's.
    </p>
  `;
}

/** Slopes beside what the algorithm says. */
export function growthTable({ axes }: GrowthResult): Html {
  const header = [
    "Along",
    "From … to",
    "Time",
    "Arithmetic",
    "Time, last three",
    "Arithmetic, last three",
    "Memory",
    "What the algorithm says",
  ];
  return table(header, [
    axes.map(({ title, points, slopes: { all, last }, law }) =>
      row([
        title,
        unbroken(`${points[0].x}–${points.at(-1)!.x}`),
        ...[all.time, all.arithmetic, last.time, last.arithmetic, all.memory].map((slope) =>
          formatFixed(slope, 2)
        ),
        textWithFormulas(law),
      ])
    ),
  ]);
}

/** Resident memory of the process. */
export function residentTable({ resident }: GrowthResult): Html {
  return table(["After", "Resident memory"], [
    resident.map(({ after, bytes }) => row([after, byteText(bytes)])),
  ]);
}

/** On which machine, how and with what measurements were taken. */
export function circumstances({ machine, versions, command, note }: BenchResult): HtmlValue {
  const { cores, processor, system, load } = machine;
  const parts = [
    `${cores} ${cores === 1 ? "core" : "cores"}${processor === undefined ? "" : ` of ${processor}`}`,
    system,
    ...(load === undefined ? [] : [`load ${load} before`]),
    ...Object.entries(versions).filter(([name]) => name !== "system").map(([name, version]) =>
      `${name} ${version}`
    ),
  ];
  return html`
    <p>Measured with <code>${command}</code> on ${parts.join(", ")}.${note === undefined ? undefined : html`
      <b>${note}.</b>
    `}</p>
  `;
}

/** Who was absent, and why. */
export function absences({ works }: SpeedResult): HtmlValue {
  const all = works.flatMap((work) => work.absences);
  if (all.length === 0) return undefined;
  const names = [...new Set(all.map(({ name }) => name))];
  const reasons = names.map((name) => {
    const own = all.filter((each) => each.name === name);
    return html`<li>${name}: ${distinct(own, ({ reason }) => reason)}</li>`;
  });
  return html`
    <p>Absent, from all work or some:</p>
    <ul>${reasons}</ul>
  `;
}
