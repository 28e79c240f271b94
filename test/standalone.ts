import { assert, assertEquals, assertMatch } from "@std/assert";
import { parseHTML } from "linkedom";
import { figureToPng } from "../lib/figures/save.ts";

/** Fails where a file would not stand alone or hold nonsense; drawing it fails where it is no XML. */
export async function assertStandalone(svg: string) {
  const content = svg.replace(/<style>.*?<\/style>/s, "");
  assertMatch(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  for (
    const bad of ["currentColor", "var(", "NaN", "Infinity", "undefined", "system-ui", "url(http", "<script"]
  ) {
    assert(!content.includes(bad), `${bad} in ${content.slice(content.indexOf(bad) - 200).slice(0, 300)}`);
  }
  for (const [, reference] of content.matchAll(/(?:href="|url\()([^")]*)/g)) {
    assertMatch(reference, /^(#|data:)/);
  }
  const ids = [...content.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assertEquals(new Set(ids).size, ids.length);
  for (const [, used] of content.matchAll(/url\(#([^)]*)\)/g)) assert(ids.includes(used), used);
  await figureToPng(svg, { scale: 0.1 });
}

/** All text of an SVG. */
export const textOf = (svg: string): string => parsed(svg).textContent ?? "";

/** An SVG as a document's element. */
export function parsed(svg: string): Element {
  const { document } = parseHTML(`<html><body>${svg.replace(/<style>.*?<\/style>/s, "")}</body></html>`);
  return document.querySelector("svg")!;
}
