/**
 * The task `notebooks`: runs the given notebooks (or all of them) in the Deno kernel, formats their code cells and
 * saves what they show. A notebook that fails stays as it was.
 *
 * @module
 */
import { checkCells, formatCells } from "./check.ts";
import { executeNotebook } from "./execute.ts";
import { DENO_METADATA, listNotebooks, writeNotebook } from "./notebook.ts";

/** Far above what a notebook may take; a reader may have raised its budget. */
const SECONDS = 3600;

const paths = Deno.args.length > 0 ? Deno.args : await listNotebooks();
for (const path of paths) {
  console.log(`${path}: running`);
  const start = performance.now();
  try {
    const notebook = await executeNotebook(path, { seconds: SECONDS });
    await formatCells(notebook);
    notebook.metadata = { ...notebook.metadata, ...DENO_METADATA };
    await writeNotebook(path, notebook);
    const complaints = await checkCells(path);
    if (complaints) throw new Error(complaints);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exitCode = 1;
    continue;
  }
  console.log(`${path}: saved with its outputs after ${Math.round((performance.now() - start) / 1000)} s`);
}
