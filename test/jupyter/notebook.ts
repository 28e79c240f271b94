/**
 * Notebooks as files: https://nbformat.readthedocs.io/en/latest/format_description.html, version 4.5.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeFileAtomically } from "../../lib/storage/atomic_write.ts";

/** A text, whole or as its lines (each with its line break). */
export type Text = string | string[];

/** What a cell showed. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: Text }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | {
    output_type: "execute_result";
    data: MimeBundle;
    metadata: Record<string, unknown>;
    execution_count: number | null;
  }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** One thing in several formats, by MIME type. */
export type MimeBundle = Record<string, unknown>;

/** A cell with code. */
export interface CodeCell {
  cell_type: "code";
  id: string;
  metadata: Record<string, unknown>;
  source: Text;
  execution_count: number | null;
  outputs: Output[];
}

/** A cell with prose. */
export interface TextCell {
  cell_type: "markdown" | "raw";
  id: string;
  metadata: Record<string, unknown>;
  source: Text;
}

/** A notebook. */
export interface Notebook {
  cells: (CodeCell | TextCell)[];
  metadata: Record<string, unknown>;
  nbformat: number;
  nbformat_minor: number;
}

/** What makes a notebook open with the Deno kernel in JupyterLab and VS Code. */
export const DENO_METADATA = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
};

/** Paths of the project's notebooks, in order. */
export async function listNotebooks(): Promise<string[]> {
  const folder = fileURLToPath(new URL("../../notebooks/", import.meta.url));
  const paths: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".ipynb")) paths.push(join(folder, name));
  }
  return paths.sort();
}

/** Reads a notebook. */
export async function readNotebook(path: string): Promise<Notebook> {
  return JSON.parse(await Deno.readTextFile(path));
}

/** Writes a notebook as Jupyter itself does: sorted keys, one space. */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeFileAtomically(path, JSON.stringify(notebook, sortKeys, 1) + "\n");
}

/** The cells with code, in order. */
export function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell) => cell.cell_type === "code");
}

/** A text in one piece. */
export function wholeText(text: Text): string {
  return typeof text === "string" ? text : text.join("");
}

/** A text as its lines: so a changed line is one changed line of the file. */
export function linesOf(text: Text): string[] {
  return wholeText(text).split(/(?<=\n)/).filter((line) => line !== "");
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
}
