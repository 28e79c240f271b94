/**
 * Every notebook runs, is sound TypeScript, and is committed with what it shows. The cells that train are given
 * little time here (`EER_NOTEBOOK_BUDGET_SECONDS`, which notebooks read at their top).
 */
import { assert, assertEquals } from "@std/assert";
import { basename } from "node:path";
import { checkCells } from "./jupyter/check.ts";
import { executeNotebook } from "./jupyter/execute.ts";
import {
  codeCells,
  DENO_METADATA,
  listNotebooks,
  type Notebook,
  type Output,
  readNotebook,
} from "./jupyter/notebook.ts";

const SECONDS = 300;
const env = { EER_NOTEBOOK_BUDGET_SECONDS: Deno.env.get("EER_NOTEBOOK_BUDGET_SECONDS") ?? "5" };

for (const path of await listNotebooks()) {
  const name = basename(path);

  Deno.test(`${name}: runs in the Deno kernel and shows the kinds of things that it is committed with`, async () => {
    const executed = await executeNotebook(path, { seconds: SECONDS, env });
    assertEquals(
      kindsOfOutput(executed),
      kindsOfOutput(await readNotebook(path)),
      "deno task notebooks saves anew",
    );
  });

  Deno.test(`${name}: code cells are typed, linted and formatted`, async () => {
    assertEquals(await checkCells(path), "");
  });

  Deno.test(`${name}: opens right in Jupyter and is committed with its outputs`, async () => {
    const notebook = await readNotebook(path);
    assertEquals([notebook.nbformat, notebook.nbformat_minor], [4, 5]);
    assertEquals({ ...notebook.metadata, ...DENO_METADATA }, notebook.metadata);

    const ids = notebook.cells.map((cell) => cell.id);
    assert(ids.every((id) => /^[a-zA-Z0-9_-]{1,64}$/.test(id)), `Cell ids that nbformat allows: ${ids}`);
    assertEquals(new Set(ids).size, ids.length, "cell ids are unique");

    const cells = codeCells(notebook);
    assertEquals(
      cells.map((cell) => cell.execution_count),
      cells.map((_, i) => i + 1),
      "all cells ran, in order",
    );
    const outputs = cells.flatMap((cell) => cell.outputs);
    assert(outputs.length > 0, "some cell shows something");
    for (const output of outputs) {
      const formats = formatsOf(output);
      assert(!formats.includes("error"), "no cell failed");
      // GitHub and nbviewer show SVG badly.
      assertEquals(
        formats.includes("image/svg+xml"),
        formats.includes("image/png"),
        "an SVG has a PNG beside it",
      );
    }
  });
}

/** For each cell, the formats it shows: how many times may depend on how far a training run came. */
function kindsOfOutput(notebook: Notebook): string[][] {
  return codeCells(notebook).map(({ outputs }) => [...new Set(outputs.flatMap(formatsOf))].sort());
}

function formatsOf(output: Output): string[] {
  return "data" in output
    ? Object.keys(output.data)
    : [output.output_type === "stream" ? output.name : "error"];
}
