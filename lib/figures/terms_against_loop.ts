/**
 * What each loop contributes to the regularisers of eq. 3–5.
 *
 * @module
 */
import type { LoopTerms } from "../analysis/terms_by_loop.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { logScale, pageWidth, plot, seriesMarks, seriesStyle } from "./theme.ts";

/** A model and the terms of its loops. */
export interface ModelTerms {
  readonly name: string;
  readonly terms: readonly LoopTerms[];
}

/**
 * Entropy, potential and kinetic against the loop, several models on common axes.
 *
 * @param options `width` in pixels
 */
export function termsAgainstLoop(
  models: readonly ModelTerms[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : 3;
  const size = { width: panelWidth(width, columns), height: 170 };
  const values = (term: "entropy" | "potential" | "kinetic") =>
    models.flatMap(({ terms }) => terms.map((each) => each[term]));
  const panel = (term: "entropy" | "potential" | "kinetic", title: string) => ({
    title,
    plot: models.every(({ terms }) => terms.length === 0) ? emptyPlot(size.width, size.height) : plot({
      ...size,
      x: { type: "linear", label: "loop t", ticks: 6 },
      // Kinetic spans decades; what is 0 throughout has no logarithm.
      y: term === "kinetic" && values(term).some((value) => value > 0)
        ? logScale(values(term))
        : { zero: true, nice: true, ticks: 5 },
      marks: models.map(({ terms }, index) =>
        seriesMarks(term === "kinetic" ? terms.filter(({ kinetic }) => kinetic > 0) : terms, {
          style: seriesStyle(index),
          x: ({ loop }) => loop,
          y: (each) => each[term],
        })
      ),
    }),
  });
  return figureGrid([
    panel("entropy", "Entropy S_{q}"),
    panel("potential", "Potential −log max p"),
    panel("kinetic", "Kinetic"),
  ], { columns, legend: models.map(({ name }, index) => ({ label: name, style: seriesStyle(index) })) });
}
