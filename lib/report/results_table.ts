import { mean } from "../statistics.ts";
import { type ReportRun, systems } from "./data.ts";
import { formatCount, formatFixed, formatShare, NONE } from "./format.ts";
import { paper, paperTable2 } from "./paper.ts";

/**
 * The results as a Markdown table: the paper's last row of Table 2, then each system's mean over its seeds (with the
 * range where there are several).
 */
export function resultsTable(runs: readonly ReportRun[]): string {
  const lengths = [10, 100, 1000];
  const header = [
    "",
    "steps",
    "seeds",
    ...lengths.map((length) => `L = ${length}`),
    "entropy",
    "potential",
    "kinetic",
  ];
  const last = paperTable2.at(-1)!;
  const terms = [["entropy", 3], ["potential", 3], ["kinetic", 1]] as const;
  const theirs = [
    `${paper.author}, Table 2`,
    formatCount(last.step),
    NONE,
    ...lengths.map((length) => formatShare(last.accuracy[length])),
    ...terms.map(([term, digits]) => formatFixed(last[term], digits)),
  ];
  const ours = systems(runs).map(({ name, seeds }) => [
    `\`${name}\``,
    formatCount(Math.min(...seeds.map(({ step }) => step))),
    String(seeds.length),
    ...lengths.map((length) =>
      meanAndRange(
        seeds.flatMap(({ evaluation }) =>
          evaluation.filter((each) => each.length === length).map(({ all }) => all.value)
        ),
        formatShare,
      )
    ),
    ...terms.map(([term, digits]) =>
      meanAndRange(
        seeds.flatMap(({ metrics }) => metrics.slice(-1).map((row) => row[term])),
        (value) => formatFixed(value, digits),
      )
    ),
  ]);
  const rows = [header, header.map((_, column) => column === 0 ? "---" : "---:"), theirs, ...ours];
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function meanAndRange(values: readonly number[], format: (value: number) => string): string {
  if (values.length === 0) return NONE;
  const middle = format(mean(values));
  if (values.length === 1) return middle;
  return `${middle} (${format(Math.min(...values))} – ${format(Math.max(...values))})`;
}
