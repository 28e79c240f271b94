/**
 * Figures in notebooks.
 *
 * @module
 */
import type { Figure } from "./layout.ts";
import { figureToPng } from "./save.ts";
import { figureToSvg } from "./svg.ts";

const display: unique symbol = Symbol.for("Jupyter.display");

/** What a Deno notebook shows as a picture: the value of a cell, or given to `Deno.jupyter.display`. */
export type Showable<T> = T & { [display](): Promise<Record<string, string>> };

/**
 * Makes a figure of your own show in a notebook, as SVG and (where SVG is not shown, as on GitHub) as PNG. The
 * kit's figures do already.
 */
export function showable<T extends Figure>(figure: T): Showable<T> {
  const result = figure as Showable<T>;
  result[display] = async () => {
    const svg = figureToSvg(figure);
    return { "image/svg+xml": svg, "image/png": (await figureToPng(svg)).toBase64() };
  };
  return result;
}
