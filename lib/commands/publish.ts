import type { Measurements } from "../bench/results.ts";
import { assumptions } from "../report/assumptions.ts";
import type { ReportRun } from "../report/data.ts";
import { findings } from "../report/findings.ts";
import { resultsTable } from "../report/results_table.ts";
import { versions } from "../report/versions.ts";

/** What a command adds to its runs to make a report of them. */
interface Publication {
  /** What was typed. */
  readonly command: string;
  /** When it began, as `performance.now()` told. */
  readonly start: number;
  readonly bench: Measurements;
  /** Where report.html and figures/ go. */
  readonly out: string;
  /** Print the files' paths as JSON instead of what the report says as Markdown. */
  readonly json: boolean;
}

/** Writes the report of the runs and prints what it says. */
export async function publish(
  runs: readonly ReportRun[],
  { command, start, bench, out, json }: Publication,
): Promise<void> {
  const said = findings(runs);
  // Loaded here, as drawing needs much that the other commands do not.
  const { writeReport } = await import("../report/write_report.ts");
  const written = await writeReport({
    command,
    versions: versions(),
    cores: navigator.hardwareConcurrency,
    seconds: (performance.now() - start) / 1000,
    runs,
    findings: said,
    assumptions,
    bench,
  }, out);
  const lines = [resultsTable(runs), "", ...said.map((each) => `- ${each}`), "", `Report: ${written.report}`];
  console.log(json ? JSON.stringify(written) : lines.join("\n"));
}
