/**
 * A figure of Plot's as one standalone SVG.
 *
 * Plot puts title, subtitle, caption and legends outside the SVG, in HTML, and leaves colours and fonts to the page.
 * Other programs see none of that, so all of it is drawn into the file here.
 *
 * @module
 */
import { fontFaces, fontFamily, type FontWeight, fontWeights } from "./fonts.ts";
import {
  type Block,
  captionStyle,
  type Figure,
  heightOf,
  rampBlock,
  stack,
  subtitleStyle,
  swatchRows,
  textBlock,
  titleStyle,
  widthOf,
} from "./layout.ts";
import { ink } from "./theme.ts";

/** How {@linkcode figureToSvg} writes a figure. */
export interface SvgOptions {
  /** Whether the font is in the file; leave it out where the page has {@linkcode fontFaces}. Default: true. */
  font?: boolean;
  /** Begins every id in the SVG: must differ between SVGs on one page. Default: "figure". */
  idPrefix?: string;
  /** What the figure shows, for those who cannot see it. */
  label?: string;
}

/**
 * The figure as the text of an SVG file, on white. Equal figures give equal bytes.
 *
 * All text is set in one face; fonts and styles that were asked of Plot are left out.
 *
 * @throws {TypeError} if the figure holds no SVG
 *
 * @example
 * ```ts
 * import * as Plot from "@observablehq/plot";
 * import { document } from "./dom.ts";
 * import { figureToSvg } from "./svg.ts";
 * const dots = Plot.dot([{ x: 1, y: 2, name: "a" }], { x: "x", y: "y", fill: "name" });
 * const svg = figureToSvg(Plot.plot({ document, title: "One dot", color: { legend: true }, marks: [dots] }));
 * ```
 */
export function figureToSvg(
  figure: Figure,
  { font = true, idPrefix = "figure", label }: SvgOptions = {},
): string {
  const block = composed(figure);
  const [width, height] = [widthOf(block), heightOf(block)];
  const ids = new Map<string, string>();
  for (const element of [block, ...block.querySelectorAll("[id]")]) {
    if (element.id) ids.set(element.id, `${idPrefix}-${ids.size + 1}`);
  }
  const content = markup(block, ids);
  const used = fontWeights.filter((weight) => weight === 400 || /font-weight="(600|bold)"/.test(content));
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    width: String(width),
    height: String(height),
    viewBox: `0 0 ${width} ${height}`,
    "font-family": `${fontFamily}, Noto Sans, sans-serif`,
    fill: ink,
    role: "img",
    ...(label === undefined ? {} : { "aria-label": label }),
  };
  return `<svg${attributesMarkup(attributes)}>${
    font ? `<style>${fontFaces(used as FontWeight[])}</style>` : ""
  }` +
    `<rect width="${width}" height="${height}" fill="#ffffff"/>${content}</svg>`;
}

/** The figure as one SVG element, with what was HTML drawn around the plot. */
export function composed(figure: Figure): Block {
  if (figure.localName === "svg") return figure as Block;
  const plots = [...figure.querySelectorAll("svg")].filter((svg) => svg.parentElement === figure);
  if (plots.length === 0) throw new TypeError("Cannot write a figure as it holds no SVG");
  const width = Math.max(...plots.map(widthOf));
  const blocks = [...figure.children].map((child) => {
    const text = child.textContent ?? "";
    if (/-ramp\b/.test(child.getAttribute("class") ?? "")) return rampBlock(child);
    if (child.localName === "svg") return child.cloneNode(true) as Block;
    if (/-swatches\b/.test(child.getAttribute("class") ?? "")) return swatches(child, width);
    if (child.localName === "h2") return textBlock(text, { style: titleStyle, width });
    return textBlock(text, { style: child.localName === "h3" ? subtitleStyle : captionStyle, width });
  });
  return stack(blocks, { gap: 6 });
}

function swatches(legend: Element, width: number): Block {
  const entries = [...legend.children].filter((child) => child.localName !== "style").map((child) => ({
    label: child.textContent ?? "",
    swatch: child.querySelector("svg")!.cloneNode(true) as SVGElement,
  }));
  return swatchRows(entries, width);
}

// The page's affair in Plot's output, or the browser's.
const dropped = /^(class|font-family|font-variant|xmlns(:.*)?|aria-hidden)$/;

function markup(node: Node, ids: ReadonlyMap<string, string>): string {
  if (node.nodeType === 3) return escapeXml(node.textContent ?? "");
  if (node.nodeType !== 1) return "";
  const element = node as Element;
  const name = element.localName;
  if (name === "style" || name === "script") return "";
  const attributes: Record<string, string> = {};
  for (const { name, value } of [...element.attributes].reverse()) {
    if (!dropped.test(name) && !name.startsWith("on")) attributes[name] = resolved(name, value, ids);
  }
  if (name === "text" && /^\s|\s$|\s\s/.test(element.textContent ?? "")) attributes["xml:space"] = "preserve";
  const children = [...element.childNodes].map((child) => markup(child, ids)).join("");
  return `<${name}${attributesMarkup(attributes)}${children === "" ? "/>" : `>${children}</${name}>`}`;
}

/** An attribute's value with explicit colours, our ids, and two decimals (0.01 pixels). */
function resolved(name: string, value: string, ids: ReadonlyMap<string, string>): string {
  if (name === "id") return ids.get(value)!;
  if (name.endsWith("href") && !value.startsWith("#")) return value;
  return value
    .replaceAll("currentColor", ink)
    .replaceAll("var(--plot-background)", "#ffffff")
    .replaceAll(/#([\w-]+)/g, (all, id) => ids.has(id) ? `#${ids.get(id)}` : all)
    .replaceAll(/-?\d*\.\d{3,}(e-?\d+)?/g, (all) => String(Number(Number(all).toFixed(2)) + 0));
}

function attributesMarkup(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`).join("");
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for XML or HTML, between tags or in quotes; what XML forbids (control characters) is left out. */
export function escapeXml(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.toWellFormed().replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "")
    .replaceAll(/[&<>"']/g, (each) => entities[each]);
}
