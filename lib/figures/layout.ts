/**
 * Lines of text, legends and plots, stacked into one SVG.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { document, svgElement } from "./dom.ts";
import { type FontWeight, textWidth } from "./fonts.ts";
import { ink, muted, type SeriesStyle } from "./theme.ts";

/** What Plot returns: an SVG, or an HTML `<figure>` around one where there is a title, caption or legend. */
export type Figure = SVGElement | HTMLElement;

/** An SVG element as large as its attributes `width` and `height` say. */
export type Block = SVGSVGElement;

/** How a text is set. */
export interface TextStyle {
  readonly size: number;
  readonly weight?: FontWeight;
  readonly color?: string;
}

export const titleStyle: TextStyle = { size: 15, weight: 600 };
export const subtitleStyle: TextStyle = { size: 12, color: muted };
export const panelTitleStyle: TextStyle = { size: 11 };
export const captionStyle: TextStyle = { size: 11, color: muted };

/** Width of a block. */
export const widthOf = (block: Element): number => Number(block.getAttribute("width"));
/** Height of a block. */
export const heightOf = (block: Element): number => Number(block.getAttribute("height"));

/** Puts blocks below each other, `gap` pixels apart, or (`across`) beside each other. */
export function stack(
  blocks: readonly Block[],
  { gap = 0, across = false }: { gap?: number; across?: boolean } = {},
): Block {
  const [along, wide] = across ? [widthOf, heightOf] : [heightOf, widthOf];
  let at = 0;
  for (const block of blocks) {
    block.setAttribute(across ? "x" : "y", String(at));
    at += along(block) + gap;
  }
  const length = Math.max(0, at - gap);
  const breadth = Math.max(0, ...blocks.map(wide));
  const [width, height] = across ? [length, breadth] : [breadth, length];
  return svgElement("svg", { width, height }, ...blocks);
}

/** A paragraph, broken into lines no wider than `width`; `_{n}` sets an index. */
export function textBlock(text: string, { style, width }: { style: TextStyle; width: number }): Block {
  const { size, weight = 400, color = ink } = style;
  const lines = brokenLines(text, { width, style });
  const lineHeight = Math.round(1.35 * size);
  const texts = lines.map((line, index) => {
    const y = index * lineHeight + size;
    const attributes = { y, "font-size": size, "font-weight": weight, fill: color };
    return svgElement("text", attributes, ...withIndices(line, size));
  });
  return svgElement("svg", { width, height: lineHeight * lines.length }, ...texts);
}

function brokenLines(text: string, { width, style }: { width: number; style: TextStyle }): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth(plain(longer), style) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const plain = (text: string) => text.replaceAll(/_\{(.*?)\}/g, "$1");

/** Splits at `_{…}`: every second part is an index. */
function withIndices(text: string, size: number): (Node | string)[] {
  const drop = 0.2 * size;
  return text.split(/_\{(.*?)\}/).flatMap((part, index): (Node | string)[] => {
    if (part === "") return [];
    if (index === 0) return [part];
    const attributes = index % 2 === 1 ? { dy: drop, "font-size": 0.75 * size } : { dy: -drop };
    return [svgElement("tspan", attributes, part)];
  });
}

/** An entry of a legend: a line with its marker, or the marker alone. */
export interface LegendEntry {
  readonly label: string;
  readonly style: SeriesStyle;
  readonly kind?: "line" | "symbol";
}

/** One entry for each name. */
export function legendOf(
  series: readonly { readonly name: string; readonly style: SeriesStyle }[],
): LegendEntry[] {
  const styles = new Map(series.map(({ name, style }) => [name, style]));
  return [...styles].map(([label, style]) => ({ label, style }));
}

const legendSize = 11;
const legendLine = 18;

/** One of Plot's colour ramps: its outer ticks reach over its edges. */
export function rampBlock(ramp: Element): Block {
  const [width, height] = [widthOf(ramp), heightOf(ramp)];
  const inner = svgElement(
    "svg",
    { x: 12, width, height, overflow: "visible" },
    ...ramp.cloneNode(true).childNodes,
  );
  return svgElement("svg", { width: width + 24, height, "font-size": 10 }, inner);
}

/** Entries in rows no wider than `width`. */
export function legendBlock(entries: readonly LegendEntry[], width: number): Block {
  const swatches = entries.map((entry) => ({
    label: entry.label,
    swatch: swatch(entry),
  }));
  return swatchRows(swatches, width);
}

/** Any small drawings with their labels, in rows no wider than `width`. */
export function swatchRows(
  entries: readonly { readonly label: string; readonly swatch: SVGElement }[],
  width: number,
): Block {
  let [x, y] = [0, 0];
  const children: Node[] = [];
  for (const { label, swatch } of entries) {
    const text = widthOf(swatch) + 6;
    const extent = text + textWidth(label, { size: legendSize });
    if (x > 0 && x + extent > width) [x, y] = [0, y + legendLine];
    swatch.setAttribute("x", String(x));
    swatch.setAttribute("y", String(y + (legendLine - heightOf(swatch)) / 2));
    children.push(
      swatch,
      svgElement("text", { x: x + text, y: y + 13, "font-size": legendSize, fill: ink }, label),
    );
    x += extent + 18;
  }
  return svgElement("svg", { width, height: entries.length === 0 ? 0 : y + legendLine }, ...children);
}

function swatch({ style, kind = "line" }: LegendEntry): SVGSVGElement {
  const width = kind === "symbol" ? 14 : 30;
  const y = legendLine / 2;
  const { color, symbol, dashed } = style;
  const stroke = { stroke: color, strokeWidth: 1.5, strokeDasharray: dashed ? "5,3" : undefined };
  const line = Plot.link([0], { x1: 0, x2: width, y1: y, y2: y, ...stroke });
  const dot = Plot.dot([0], {
    x: width / 2,
    y,
    r: 3,
    symbol,
    stroke: color,
    fill: dashed ? "white" : color,
    strokeWidth: 1.2,
  });
  return Plot.plot({
    document,
    width,
    height: legendLine,
    margin: 0,
    x: { type: "identity", axis: null },
    y: { type: "identity", axis: null },
    marks: kind === "symbol" ? [dot] : [line, dot],
  }) as SVGSVGElement;
}
