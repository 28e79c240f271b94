/**
 * Accuracy against the length of the sequences (Fig. 2 of the paper).
 *
 * @module
 */
import type { LengthAccuracy } from "../analysis/evaluate.ts";
import { accuracyFigure, type AccuracySeries } from "./accuracy_plot.ts";
import type { Showable } from "./display.ts";
import type { Block } from "./layout.ts";
import { columnWidth, paperStyle, styled } from "./theme.ts";

/** What the evaluation of one model found. */
export interface EvaluatedModel {
  readonly name: string;
  readonly evaluation: readonly LengthAccuracy[];
}

/**
 * Accuracy of several models with 95 % intervals against the length, on a logarithmic axis.
 *
 * @param options `share`: over all positions or the matched ones (default: all); `paper`: its accuracy by length;
 *   `chance`: the accuracy of guessing, in [0, 1]; `width` in pixels
 */
export function accuracyAgainstLength(
  models: readonly EvaluatedModel[],
  { share = "all", paper, chance, width = columnWidth }: {
    share?: "all" | "matched";
    paper?: Readonly<Record<number, number>>;
    chance?: number;
    width?: number;
  } = {},
): Showable<Block> {
  const series: AccuracySeries[] = styled(models).map(({ name, style, evaluation }) => ({
    name,
    style,
    points: evaluation.map((each) => ({ x: each.length, share: each[share] })),
  }));
  if (paper) {
    const points = Object.entries(paper).map(([length, value]) => ({ x: Number(length), share: { value } }));
    series.unshift({ name: "paper", style: paperStyle, points });
  }
  const lengths = [...new Set(series.flatMap(({ points }) => points.map(({ x }) => x)))];
  const ticks = lengths.length <= 8 ? lengths : 5;
  const title = `Accuracy over ${share} positions`;
  const x = {
    type: "log",
    label: "length of the sequence L",
    ticks,
    tickFormat: (length: number) => `${length}`,
  } as const;
  return accuracyFigure(series, { title, x, intervals: "bars", width, chance });
}
