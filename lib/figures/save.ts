/**
 * Figures as files: SVG, PNG and PDF, each with everything in it and the same bytes on every machine.
 *
 * @module
 */
import { dirname } from "node:path";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import PDFDocument from "pdfkit";
import SVGtoPDF from "svg-to-pdfkit";
import { UserError } from "../errors.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import { systemReason } from "../storage/system_error.ts";
import { fontBytes, fontFamily, type FontWeight, fontWeights } from "./fonts.ts";
import type { Figure } from "./layout.ts";
import { figureToSvg, type SvgOptions } from "./svg.ts";

/** A kind of file. */
export type FigureFormat = "svg" | "png" | "pdf";

/** All kinds. */
export const figureFormats: readonly FigureFormat[] = ["svg", "png", "pdf"];

/**
 * Writes the figure as `path.svg`, `path.png` and `path.pdf`; folders that are missing are made.
 *
 * @param path the files' name without its extension
 * @returns the files written
 * @throws {UserError} if a file cannot be written
 *
 * @example
 * ```ts
 * import { lossCurves } from "./loss_curves.ts";
 * import { saveFigure } from "./save.ts";
 * const figure = lossCurves([{ step: 0, task: 1.4, total: 1.7 }, { step: 10, task: 1.2, total: 1.4 }]);
 * const directory = await Deno.makeTempDir();
 * await saveFigure(figure, `${directory}/loss`, { formats: ["pdf"] });
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export async function saveFigure(
  figure: Figure,
  path: string,
  { formats = figureFormats, scale, ...options }:
    & { formats?: readonly FigureFormat[] }
    & PngOptions
    & SvgOptions = {},
): Promise<string[]> {
  const unknown = formats.find((format) => !figureFormats.includes(format));
  if (unknown !== undefined) {
    throw new UserError(
      `Cannot save a figure as "${unknown}": a format must be one of ${figureFormats.join(", ")}`,
    );
  }
  const svg = figureToSvg(figure, options);
  const render = { svg: () => svg, png: () => figureToPng(svg, { scale }), pdf: () => figureToPdf(svg) };
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw new UserError(`Cannot make the folder ${dirname(path)} as ${systemReason(error)}`);
  }
  for (const format of formats) await writeFileAtomically(`${path}.${format}`, await render[format]());
  return formats.map((format) => `${path}.${format}`);
}

/** How {@linkcode figureToPng} draws. */
export interface PngOptions {
  /** Pixels of the PNG per pixel of the SVG. Default: 2 (192 dpi). */
  scale?: number;
}

let resvgReady: Promise<unknown> | undefined;

/** Draws what {@linkcode figureToSvg} gave, with the kit's font and no other. */
export async function figureToPng(
  svg: string,
  { scale = 2 }: PngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  resvgReady ??= Deno.readFile(new URL(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"))).then(
    initWasm,
  );
  await resvgReady;
  const resvg = new Resvg(svg, {
    fitTo: { mode: "zoom", value: scale },
    font: { fontBuffers: fontWeights.map((weight) => fontBytes(weight)), defaultFontFamily: fontFamily },
  });
  const image = resvg.render();
  try {
    return new Uint8Array(image.asPng());
  } finally {
    image.free();
    resvg.free();
  }
}

/** What {@linkcode figureToSvg} gave as a PDF of one page of its size: vectors, and text as text. */
export async function figureToPdf(svg: string): Promise<Uint8Array<ArrayBuffer>> {
  const [, width, height] = svg.match(/^<svg[^>]* width="([\d.]+)" height="([\d.]+)"/)!.map(Number);
  // A CSS pixel is 0.75 points.
  const size = [0.75 * width, 0.75 * height];
  // PDFKit insists on a date; the time of writing would make equal figures differ.
  const document = new PDFDocument({ size, margin: 0, font: null, info: { CreationDate: new Date(0) } });
  for (const weight of fontWeights) document.registerFont(fontName(weight), fontBytes(weight));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const ended = new Promise((resolve, reject) => {
    document.on("data", (chunk: Uint8Array<ArrayBuffer>) => chunks.push(chunk));
    document.on("end", resolve);
    document.on("error", reject);
  });
  SVGtoPDF(document, withoutHalos(svg.replace(/<style>.*?<\/style>/s, "")), 0, 0, {
    fontCallback: (_family: string, bold: boolean) => fontName(bold ? 600 : 400),
  });
  document.end();
  await ended;
  return await new Blob(chunks).bytes();
}

const fontName = (weight: FontWeight) => `KitSans-${weight}`;

/** SVGtoPDF draws a text's outline over the text, whatever `paint-order` says: it would hide it. */
function withoutHalos(svg: string): string {
  return svg.replaceAll(
    /<(g|text)\b[^>]* paint-order="stroke"[^>]*>/g,
    (tag) => tag.replace(/ stroke="[^"]*"/, ""),
  );
}
