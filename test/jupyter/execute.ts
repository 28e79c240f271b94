import { basename, dirname } from "node:path";
import { Kernel, KernelTimeout } from "./kernel.ts";
import { codeCells, type Notebook, readNotebook, wholeText } from "./notebook.ts";
import { OutputCollector } from "./outputs.ts";

/**
 * Runs all cells of a notebook in a fresh Deno kernel, from the notebook's own folder as Jupyter and VS Code do.
 *
 * @param options.seconds the longest that it may take
 * @param options.env variables for the kernel, besides this process's own
 * @returns the notebook with the outputs of this run; the file is left as it is
 * @throws {Error} at the first cell that fails, is no TypeScript, or does not end in time: says which, and why
 */
export async function executeNotebook(
  path: string,
  { seconds, env }: { seconds: number; env?: Record<string, string> },
): Promise<Notebook> {
  const notebook = await readNotebook(path);
  const deadline = Date.now() + seconds * 1000;
  const collector = new OutputCollector();
  await using kernel = await Kernel.start({ cwd: dirname(path), env });
  let count = 0;
  for (const cell of codeCells(notebook)) {
    cell.execution_count = ++count;
    cell.outputs = collector.beginCell();
    const code = wholeText(cell.source);
    const where = `${basename(path)} at code cell ${count} (${code.split("\n")[0]})`;
    const reply = await kernel.execute(code, {
      seconds: (deadline - Date.now()) / 1000,
      onOutput: (message) => collector.add(message),
    }).catch((error) => {
      if (!(error instanceof KernelTimeout)) throw new Error(`Cannot run ${where}: ${error.message}`);
      throw new Error(`Cannot run ${where}: the notebook may take ${seconds} s`);
    });
    // The reply alone tells of a cell that is no TypeScript; the outputs alone of an error that was displayed.
    const failure = cell.outputs.find((output) => output.output_type === "error") ??
      (reply.status === "ok" ? undefined : reply);
    if (failure) {
      const why = failure.traceback?.join("\n") ||
        "it cannot be compiled; the type check of the cells says where";
      throw new Error(`Cannot run ${where}: ${why}`);
    }
    for (const output of cell.outputs) {
      if (output.output_type === "execute_result") output.execution_count = count;
    }
  }
  return notebook;
}
