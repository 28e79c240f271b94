import { basename, dirname } from "node:path";
import { codeCells, type Notebook, readNotebook, wholeText } from "./notebook.ts";

/**
 * Types, lint and format of a notebook's code cells, none of which the kernel looks at: `deno check` and
 * `deno lint` on all cells as one module beside the notebook, where the kernel too resolves imports, and
 * `deno fmt` on each cell.
 *
 * @returns what is wrong, or "" if nothing is
 */
export async function checkCells(path: string): Promise<string> {
  const notebook = await readNotebook(path);
  const cells = codeCells(notebook).map((cell) => wholeText(cell.source));
  // The kernel has `Deno.jupyter`; the semicolon keeps a cell from running on into the next.
  const lines = ['/// <reference lib="deno.unstable" />'];
  const starts: number[] = [];
  for (const cell of cells) {
    starts.push(lines.length);
    lines.push(...cell.split("\n"), ";");
  }
  lines.push("export {};", "");

  const module = await Deno.makeTempFile({ dir: dirname(path), prefix: ".cells-", suffix: ".ts" });
  try {
    await Deno.writeTextFile(module, lines.join("\n"));
    const complaints = await Promise.all([
      deno(["check", "--quiet", module]),
      deno(["lint", "--quiet", module]),
    ]);
    const unformatted = (await Promise.all(cells.map(formatted)))
      .flatMap((text, i) =>
        text === cells[i] ? [] : `Code cell ${i + 1} is not formatted (deno task notebooks does).`
      );
    return [...complaints.map((text) => inCells(text, module, starts)), ...unformatted].filter(Boolean).join(
      "\n",
    );
  } finally {
    await Deno.remove(module);
  }
}

/** Formats all code cells in place. */
export async function formatCells(notebook: Notebook): Promise<void> {
  for (const cell of codeCells(notebook)) cell.source = await formatted(wholeText(cell.source));
}

/** A cell as `deno fmt` writes it; one that is no TypeScript stays as it is. */
async function formatted(code: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "ts", "-"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(code));
  await writer.close();
  const { success, stdout } = await output;
  return success ? new TextDecoder().decode(stdout).trimEnd() : code;
}

/** What Deno complains of, or "". */
async function deno(args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return success ? "" : [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
}

/** Turns places in the module into places in the cells. */
function inCells(text: string, module: string, starts: readonly number[]): string {
  return text.replaceAll(/\S*\.cells-[^:\s]*:(\d+):\d+/g, (place, line) => {
    if (!place.includes(basename(module))) return place;
    const cell = starts.findLastIndex((start) => start < line);
    return `code cell ${cell + 1}, line ${line - starts[cell]}`;
  });
}
