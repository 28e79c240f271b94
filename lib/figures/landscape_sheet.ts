/**
 * Many small loss surfaces on one sheet.
 *
 * @module
 */
import type { Surface } from "../analysis/landscape/surface.ts";
import type { Showable } from "./display.ts";
import { figureGrid } from "./grid.ts";
import { type Block, panelTitleStyle, stack, textBlock, widthOf } from "./layout.ts";
import { contourPlot } from "./loss_contour.ts";
import { lossScale, type LossScaleKind } from "./loss_scale.ts";
import { pageWidth } from "./theme.ts";

/** A row of the sheet, such as one network and objective along several directions. */
export interface SheetRow {
  readonly title: string;
  readonly surfaces: readonly Surface[];
}

const GAP = 4;

/**
 * One row a network and objective, one column a seed of directions, all on one scale: a picture of one direction
 * alone may be of a lucky one.
 *
 * @param options `columns`: what is above the columns, such as "seed 0"; `width` in pixels; `scale`: log
 *   unless given
 * @throws {RangeError} if a loss is not positive where the scale is logarithmic
 */
export function landscapeSheet(
  rows: readonly SheetRow[],
  { columns = [], width = pageWidth, scale: kind }: {
    columns?: readonly string[];
    width?: number;
    scale?: LossScaleKind;
  } = {},
): Showable<Block> {
  const scale = lossScale(rows.flatMap(({ surfaces }) => surfaces), kind);
  const across = Math.max(...rows.map(({ surfaces }) => surfaces.length));
  const side = Math.floor((width - GAP * (across - 1)) / across);
  const heads = columns.slice(0, across).map((text) => textBlock(text, { style: { size: 9 }, width: side }));
  const sheet = stack([
    ...heads.length === 0 ? [] : [stack(heads, { gap: GAP, across: true })],
    ...rows.map(({ title, surfaces }) => {
      const plots = stack(surfaces.map((surface) => contourPlot({ title, surface }, { scale, side })), {
        gap: GAP,
        across: true,
      });
      return stack([textBlock(title, { style: panelTitleStyle, width: widthOf(plots) }), plots], { gap: 2 });
    }),
  ], { gap: 6 });
  return figureGrid([{ plot: sheet }], { ramp: scale.ramp() });
}
