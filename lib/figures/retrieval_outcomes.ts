/**
 * How retrievals end.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { type Outcome, outcomes, type RetrievalStudy } from "../analysis/retrieval/retrieve.ts";
import type { Showable } from "./display.ts";
import { figureGrid } from "./grid.ts";
import type { Block } from "./layout.ts";
import { pageWidth, plot, type SeriesStyle } from "./theme.ts";

/** A study under the name of its memory or setting. */
export interface NamedStudy extends RetrievalStudy {
  readonly name: string;
}

/** Dark and blue where the right token is read out, warm where it is not. */
const colors: Record<Outcome, string> = {
  retrieved: "#0072b2",
  passing: "#8fc4e8",
  blurred: "#d9d2c3",
  wrong: "#e69f00",
  restless: "#d55e00",
  escaped: "#7a1f1f",
};

/** A bar for each study, in parts for the ways to end. */
export function retrievalOutcomes(
  studies: readonly NamedStudy[],
  { width = pageWidth, labels = 190 }: { width?: number; labels?: number } = {},
): Showable<Block> {
  const parts = studies.flatMap(({ name, outcomes: counts }) => {
    const total = outcomes.reduce((sum, outcome) => sum + counts[outcome], 0);
    let before = 0;
    return outcomes.map((outcome) => {
      const start = before;
      before += counts[outcome] / total;
      return { name, start, end: before, outcome };
    });
  });
  const figure = plot({
    width,
    height: 44 + 22 * studies.length,
    marginLeft: labels,
    marginRight: 18,
    x: { domain: [0, 1], tickFormat: "%", ticks: 5, label: "share of sequences" },
    y: { type: "band", domain: studies.map(({ name }) => name), padding: 0.22 },
    marks: [
      outcomes.map((outcome) =>
        Plot.rect(parts.filter((part) => part.outcome === outcome && part.end > part.start), {
          x1: "start",
          x2: "end",
          y: "name",
          fill: colors[outcome],
          stroke: "white",
          strokeWidth: 0.5,
        })
      ),
    ],
  }) as Block;
  const style = (outcome: Outcome): SeriesStyle => ({
    color: colors[outcome],
    symbol: "square",
    dashed: false,
  });
  return figureGrid([{ plot: figure }], {
    legend: outcomes.map((outcome) => ({ label: outcome, style: style(outcome), kind: "symbol" })),
  });
}
