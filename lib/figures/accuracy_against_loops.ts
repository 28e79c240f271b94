/**
 * Accuracy against the number of loops.
 *
 * @module
 */
import type { LoopAccuracy } from "../analysis/evaluate.ts";
import { accuracyFigure } from "./accuracy_plot.ts";
import type { Showable } from "./display.ts";
import type { Block } from "./layout.ts";
import { columnWidth, styled } from "./theme.ts";

/** A model read out after each number of loops, ascending. */
export interface LoopedModel {
  readonly name: string;
  readonly loops: readonly LoopAccuracy[];
}

/**
 * Accuracy of several models against the number of loops T, with bands for the 95 % intervals.
 *
 * @param options `trained`: the T of training, marked; `chance`: the accuracy of guessing, in [0, 1]; `width` in pixels
 */
export function accuracyAgainstLoops(
  models: readonly LoopedModel[],
  { trained, chance, width = columnWidth }: { trained?: number; chance?: number; width?: number } = {},
): Showable<Block> {
  const series = styled(models).map(({ name, style, loops }) => ({
    name,
    style,
    points: loops.map((each) => ({ x: each.loops, share: each.all })),
  }));
  return accuracyFigure(series, {
    title: "Accuracy over all positions",
    x: { label: "number of loops T" },
    intervals: "band",
    width,
    chance,
    mark: trained === undefined ? undefined : { x: trained, label: `trained with T = ${trained}` },
  });
}
