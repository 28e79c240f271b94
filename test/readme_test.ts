import { assertStringIncludes } from "@std/assert";
import { compareFunnels, measureStudy, readLandscapes } from "../lib/analysis/landscape/study.ts";
import { assumptions } from "../lib/report/assumptions.ts";
import { funnelFindings } from "../lib/report/funnel_findings.ts";

Deno.test("the README lists the assumptions as the report does, numbered", async () => {
  const words = (text: string) => text.replaceAll(/\s+/g, " ");
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  assumptions.forEach((assumption, i) =>
    assertStringIncludes(words(readme), `${i + 1}. ${words(assumption)} `)
  );
});

Deno.test("the README says of the funnel what the committed landscapes say", async () => {
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  const landscapes = await readLandscapes(new URL("../data/landscape/funnel", import.meta.url).pathname);
  for (const sentence of funnelFindings(compareFunnels(measureStudy(landscapes)))) {
    assertStringIncludes(readme, `- ${sentence}\n`);
  }
});
