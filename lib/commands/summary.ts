import type { ReportRun } from "../report/data.ts";
import { findings } from "../report/findings.ts";
import { resultsTable } from "../report/results_table.ts";

/** What a report says, in Markdown, and where it lies. */
export function summary(runs: readonly ReportRun[], report: string): string {
  return [resultsTable(runs), "", ...findings(runs).map((each) => `- ${each}`), "", `Report: ${report}`].join(
    "\n",
  );
}
