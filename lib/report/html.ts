/**
 * HTML from templates that escape whatever is put into them.
 *
 * @module
 */
import { escapeXml } from "../figures/svg.ts";

/** Markup, put into other markup as it is. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What a template takes: text is escaped, markup is not, lists are joined, nothing is left out. */
export type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/** A template: `` html`<p>${text}</p>` ``. */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(markup)));
}

function markup(value: HtmlValue): string {
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(markup).join("");
  return value === undefined ? "" : escapeXml(String(value));
}
