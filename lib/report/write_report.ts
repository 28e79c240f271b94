import { join } from "node:path";
import { saveFigure } from "../figures/save.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import type { ReportData } from "./data.ts";
import { reportFigures } from "./figures.ts";
import { renderReport } from "./report.ts";

/**
 * Writes `report.html` and every figure of it as SVG, PNG and PDF under `figures/`.
 *
 * @returns the report's path and the figures' paths
 * @throws {UserError} if a file cannot be written
 */
export async function writeReport(
  data: ReportData,
  directory: string,
): Promise<{ report: string; figures: string[] }> {
  const figures = reportFigures(data);
  const files: string[] = [];
  for (const { name, figure } of figures) {
    files.push(...await saveFigure(figure, join(directory, "figures", name)));
  }
  const report = join(directory, "report.html");
  await writeFileAtomically(report, renderReport(data, { figures, files: "figures" }));
  return { report, figures: files };
}
