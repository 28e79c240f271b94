/**
 * The one face of all figures, so that a figure looks the same on every machine (see `fonts/README.md`).
 *
 * @module
 */
import { create } from "fontkit";

/** The name of the face. */
export const fontFamily = "Kit Sans";

/** Regular or semi-bold. */
export type FontWeight = 400 | 600;

/** Both weights. */
export const fontWeights: readonly FontWeight[] = [400, 600];

/** The font file: TTF for drawing, WOFF2 for pages. */
export function fontBytes(weight: FontWeight, format: "ttf" | "woff2" = "ttf"): Uint8Array {
  const name = `KitSans-${weight === 400 ? "Regular" : "SemiBold"}.${format}`;
  return Deno.readFileSync(new URL(`./fonts/${name}`, import.meta.url));
}

/** `@font-face` rules with the font in them, for a page or an SVG. */
export function fontFaces(weights: readonly FontWeight[] = fontWeights): string {
  return weights.map((weight) => {
    const source = `url(data:font/woff2;base64,${fontBytes(weight, "woff2").toBase64()}) format("woff2")`;
    return `@font-face{font-family:"${fontFamily}";font-weight:${weight};src:${source}}`;
  }).join("");
}

const faces = new Map<FontWeight, { layout(text: string): { advanceWidth: number }; unitsPerEm: number }>();

/** Width of a line of text in pixels. */
export function textWidth(
  text: string,
  { size, weight = 400 }: { size: number; weight?: FontWeight },
): number {
  const face = faces.getOrInsertComputed(weight, () => create(fontBytes(weight)));
  return face.layout(text).advanceWidth * size / face.unitsPerEm;
}
