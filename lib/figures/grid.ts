/**
 * Several plots as one figure.
 *
 * @module
 */
import { type Showable, showable } from "./display.ts";
import { svgElement } from "./dom.ts";
import {
  type Block,
  captionStyle,
  type Figure,
  legendBlock,
  type LegendEntry,
  panelTitleStyle,
  rampBlock,
  stack,
  subtitleStyle,
  textBlock,
  type TextStyle,
  titleStyle,
  widthOf,
} from "./layout.ts";
import { composed } from "./svg.ts";
import { muted } from "./theme.ts";

/** One plot of a grid. */
export interface Panel {
  readonly plot: Figure;
  /** Above the plot, after its letter; `S_{q}` sets an index. */
  readonly title?: string;
  /** Between title and plot. */
  readonly legend?: readonly LegendEntry[];
}

/** How {@linkcode figureGrid} arranges its panels. */
export interface GridOptions {
  /** Panels in a row. Default: all. */
  readonly columns?: number;
  /** Pixels between panels. Default: 16. */
  readonly gap?: number;
  readonly title?: string;
  readonly subtitle?: string;
  readonly caption?: string;
  /** Above the panels. */
  readonly legend?: readonly LegendEntry[];
  /** A continuous colour legend of Plot's, such as `plot.legend("color")`, above the panels. */
  readonly ramp?: Element;
}

/** Width of each of `columns` panels in a figure of the given width. */
export function panelWidth(width: number, columns: number, gap = 16): number {
  return Math.floor((width - gap * (columns - 1)) / columns);
}

/**
 * One SVG with a legend and, row by row, plots of equal size; more than one get the letters (a), (b), …
 *
 * The plots become parts of the result: use each once.
 */
export function figureGrid(panels: readonly Panel[], options: GridOptions = {}): Showable<Block> {
  const { columns = Math.max(1, panels.length), gap = 16, title, subtitle, caption, legend = [], ramp } =
    options;
  const cells = panels.map(({ plot, title, legend = [] }, index) => {
    const block = composed(plot);
    const width = widthOf(block);
    const letter = panels.length > 1 ? `(${String.fromCharCode(97 + index)}) ` : "";
    return stack([
      ...title === undefined ? [] : [textBlock(letter + title, { style: panelTitleStyle, width })],
      ...legend.length === 0 ? [] : [legendBlock(legend, width)],
      block,
    ], { gap: 2 });
  });
  const rows = Array.from(
    { length: Math.ceil(cells.length / columns) },
    (_, row) => stack(cells.slice(row * columns, (row + 1) * columns), { gap, across: true }),
  );
  const grid = stack(rows, { gap: 10 });
  const width = widthOf(grid);
  const text = (content: string | undefined, style: TextStyle) =>
    content === undefined ? [] : [textBlock(content, { style, width })];
  const ramps = ramp === undefined ? [] : [rampBlock(ramp)];
  const entries = legend.length === 0
    ? []
    : [legendBlock(legend, width - Math.max(0, ...ramps.map(widthOf)))];
  return showable(stack([
    ...text(title, titleStyle),
    ...text(subtitle, subtitleStyle),
    ...legend.length + ramps.length === 0 ? [] : [stack([...ramps, ...entries], { gap: 12, across: true })],
    grid,
    ...text(caption, captionStyle),
  ], { gap: 6 }));
}

/** An empty plot's place, saying why it is empty. */
export function emptyPlot(width: number, height: number, reason = "no data"): Block {
  const text = { x: width / 2, y: height / 2, "text-anchor": "middle", "font-size": 11, fill: muted };
  return svgElement("svg", { width, height }, svgElement("text", text, reason));
}
