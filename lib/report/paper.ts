/**
 * What the paper (arXiv 2601.09588) reports, as data.
 *
 * @module
 */
import table1 from "../../data/paper/table1.json" with { type: "json" };
import table2 from "../../data/paper/table2.csv" with { type: "text" };
import type { TrainingPoint } from "../figures/training_curves.ts";

/** Title, author and number of the paper. */
export const paper = {
  title: "Energy-Entropy Regularization: The True Power of Minimal Looped Transformers",
  author: "W.-L. Lam",
  number: "arXiv 2601.09588",
  /** Table 1's training steps of the EER model. */
  steps: 20_000,
} as const;

/** A row of Table 1; formulas stand between dollar signs. */
export interface Table1Row {
  readonly metric: string;
  /** FOP-Looped-Adaptive. */
  readonly fop: string;
  readonly eer: string;
}

/** Table 1: the configurations of FOP-Looped-Adaptive and EER. */
export const paperTable1: readonly Table1Row[] = table1.rows;

/** Table 2: the EER model while it trains. */
export const paperTable2: readonly TrainingPoint[] = parseTable(table2);

function parseTable(text: string): TrainingPoint[] {
  const [header, ...rows] = text.trim().split("\n").map((line) => line.split(","));
  return rows.map((cells) => {
    const value = (column: string) => Number(cells[header.indexOf(column)]);
    const lengths = header.flatMap((column) => column.match(/^accuracy_(\d+)$/)?.[1] ?? []);
    return {
      step: value("step"),
      entropy: value("entropy"),
      potential: value("potential"),
      kinetic: value("kinetic"),
      accuracy: Object.fromEntries(lengths.map((length) => [length, value(`accuracy_${length}`)])),
    };
  });
}
