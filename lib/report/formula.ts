/**
 * Formulas in HTML, set by KaTeX.
 *
 * @module
 */
import katex from "katex";
import { Html, html } from "./html.ts";

/** A formula in TeX, in the line or (`display`) on its own. What is not TeX shows as it is, in red. */
export function formula(tex: string, { display = false }: { display?: boolean } = {}): Html {
  return new Html(katex.renderToString(tex, { displayMode: display, throwOnError: false }));
}

/** Text with formulas between dollar signs. */
export function textWithFormulas(text: string): Html {
  return html`${text.split(/\$([^$]+)\$/).map((part, index) => index % 2 === 0 ? part : formula(part))}`;
}

// The fonts that our formulas need, of KaTeX's twenty.
const fonts = ["Main-Regular", "Math-Italic", "Caligraphic-Regular", "Size1-Regular", "Size2-Regular"];

/** KaTeX's style sheet with its fonts inside. */
export function formulaStyles(): string {
  const css = new TextDecoder().decode(katexFile("katex.min.css"));
  const needed = /url\(fonts\/KaTeX_([\w-]+)\.woff2\)/;
  return css.replaceAll(/@font-face\{.*?\}/gs, (rule) => {
    const name = rule.match(needed)?.[1] ?? "";
    if (!fonts.includes(name)) return "";
    const font = katexFile(`fonts/KaTeX_${name}.woff2`).toBase64();
    return rule.replace(/src:[^}]*/, `src:url(data:font/woff2;base64,${font}) format("woff2")`);
  });
}

function katexFile(name: string): Uint8Array {
  return Deno.readFileSync(new URL(import.meta.resolve(`katex/dist/${name}`)));
}
