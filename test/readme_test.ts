import { assertStringIncludes } from "@std/assert";
import { assumptions } from "../lib/report/assumptions.ts";

Deno.test("the README lists the assumptions as the report does, numbered", async () => {
  const words = (text: string) => text.replaceAll(/\s+/g, " ");
  const readme = await Deno.readTextFile(new URL("../README.md", import.meta.url));
  assumptions.forEach((assumption, i) =>
    assertStringIncludes(words(readme), `${i + 1}. ${words(assumption)} `)
  );
});
