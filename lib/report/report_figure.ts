import type { Figure } from "../figures/layout.ts";

/** A figure with its caption. */
export interface ReportFigure {
  /** Of the file, without extension. */
  readonly name: string;
  readonly section: "training" | "generalisation" | "inside" | "speed" | "growth";
  readonly figure: Figure;
  /** What is shown, from which run, on how many sequences; formulas stand between dollar signs. */
  readonly caption: string;
}
