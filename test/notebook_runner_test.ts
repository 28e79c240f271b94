/** The notebook runner against Deno's own kernel, on notebooks made for it. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { checkCells, formatCells } from "./jupyter/check.ts";
import { executeNotebook } from "./jupyter/execute.ts";
import { codeCells, type Notebook, type Output, readNotebook, writeNotebook } from "./jupyter/notebook.ts";

const SECONDS = 60;

Deno.test("a cell's text, errors' text, displays and last value are kept in the order they came", async () => {
  await using folder = await temporaryFolder();
  const { cells } = await execute(folder.path, [
    `console.log("one"); console.log("two");
     console.error("three");
     await Deno.jupyter.display({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": "<b>4</b>\\n<i>5</i>" }) });
     console.log("six");
     ({ seven: 7 })`,
    "undefined",
  ]);
  assertEquals(cells, [
    [
      { output_type: "stream", name: "stdout", text: ["one\n", "two\n"] },
      { output_type: "stream", name: "stderr", text: ["three\n"] },
      { output_type: "display_data", data: { "text/html": ["<b>4</b>\n", "<i>5</i>"] }, metadata: {} },
      { output_type: "stream", name: "stdout", text: ["six\n"] },
      // Without colour codes: NO_COLOR is set.
      {
        output_type: "execute_result",
        data: { "text/plain": ["{ seven: 7 }"] },
        metadata: {},
        execution_count: 1,
      },
    ],
    [],
  ]);
});

Deno.test("of a display that is updated, even from a later cell, the last state stays at its first place", async () => {
  await using folder = await temporaryFolder();
  const show = `const show = (text: string, update: boolean) =>
    Deno.jupyter.display({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": text }) },
      { display_id: "live", update });`;
  const { cells } = await execute(folder.path, [
    `${show}
     await show("first", false); console.log("after"); await show("second", true);`,
    `await show("third", true);`,
  ]);
  assertEquals(cells, [
    [
      { output_type: "display_data", data: { "text/plain": ["third"] }, metadata: {} },
      { output_type: "stream", name: "stdout", text: ["after\n"] },
    ],
    [],
  ]);
});

Deno.test("cleared outputs are gone, at once or with the next output", async () => {
  await using folder = await temporaryFolder();
  const { cells } = await execute(folder.path, [
    `console.log("gone"); await Deno.jupyter.broadcast("clear_output", { wait: false });`,
    `console.log("gone"); await Deno.jupyter.broadcast("clear_output", { wait: true }); console.log("stays");`,
    `console.log("stays"); await Deno.jupyter.broadcast("clear_output", { wait: true });`,
  ]);
  const stays = { output_type: "stream" as const, name: "stdout" as const, text: ["stays\n"] };
  assertEquals(cells, [[], [stays], [stays]]);
});

Deno.test("no last value is lost, short or long", async () => {
  await using folder = await temporaryFolder();
  const { cells } = await execute(folder.path, [
    ...Array.from({ length: 40 }, (_, i) => `${i}`),
    `await Deno.jupyter.display({ [Symbol.for("Jupyter.display")]: () => ({ "image/png": "A".repeat(1_000_000) }) })`,
  ]);
  const shown = cells.map(([output]) => "data" in output ? output.data : {});
  assertEquals(shown.slice(0, -1), Array.from({ length: 40 }, (_, i) => ({ "text/plain": [`${i}`] })));
  assertEquals(shown.at(-1), { "image/png": "A".repeat(1_000_000) });
});

Deno.test("a cell that throws, one that is no TypeScript and one that ends the kernel stop the run", async () => {
  await using folder = await temporaryFolder();
  const run = (cell: string) => assertRejects(() => execute(folder.path, ["const a = 1;", cell, "a"]), Error);
  assertMatch(
    (await run("null!.length")).message,
    /^Cannot run made\.ipynb at code cell 2 \(null!\.length\): TypeError: /,
  );
  assertStringIncludes((await run(`throw new RangeError("no")`)).message, "RangeError: no");
  assertStringIncludes(
    (await run("const b = ;")).message,
    "at code cell 2 (const b = ;): it cannot be compiled",
  );
  assertStringIncludes((await run("Deno.exit(3)")).message, "the kernel ended with exit code 3");
});

Deno.test("a notebook that does not end is stopped, its kernel too; cells run in the notebook's folder", async () => {
  await using folder = await temporaryFolder();
  const error = await assertRejects(
    () => execute(folder.path, [`Deno.writeTextFileSync("pid", String(Deno.pid));`, "while (true);"], 5),
    Error,
  );
  assertEquals(
    error.message,
    "Cannot run made.ipynb at code cell 2 (while (true);): the notebook may take 5 s",
  );
  const pid = Number(await Deno.readTextFile(join(folder.path, "pid")));
  assertThrows(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
});

Deno.test("the variables given reach the kernel", async () => {
  await using folder = await temporaryFolder();
  const path = await makeNotebook(folder.path, [`console.log(Deno.env.get("EER_NOTEBOOK_BUDGET_SECONDS"))`]);
  const env = { EER_NOTEBOOK_BUDGET_SECONDS: "7" };
  const [cell] = codeCells(await executeNotebook(path, { seconds: SECONDS, env }));
  assertEquals(cell.outputs, [{ output_type: "stream", name: "stdout", text: ["7\n"] }]);
});

Deno.test("executing and saving twice gives the same bytes; prose stays as it was", async () => {
  await using folder = await temporaryFolder();
  const path = await makeNotebook(folder.path, ["const a=1", "a"]);
  const save = async () => {
    const notebook = await executeNotebook(path, { seconds: SECONDS });
    await formatCells(notebook);
    await writeNotebook(path, notebook);
    return await Deno.readTextFile(path);
  };
  const first = await save();
  assertEquals(await save(), first);
  const { cells } = await readNotebook(path);
  assertEquals(cells.map((cell) => cell.source), ["$a *b* c$  \n+ d", "const a = 1;", "a;"]);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path), (entry) => entry.name), ["made.ipynb"]);
});

Deno.test("wrong types, lint and format in cells are found and placed, and nothing is left behind", async () => {
  await using folder = await temporaryFolder();
  const check = async (...cells: string[]) => await checkCells(await makeNotebook(folder.path, cells));
  assertEquals(await check("const a = 1;", "a;", `await Deno.jupyter.display(a);`), "");
  assertMatch(
    await check("const a = 1;", "// text\nconst b: string = a;\nb;"),
    /TS2322[^]*at code cell 2, line 2/,
  );
  assertMatch(await check("const a = 1;", "a;", "\nvar c = a;\nc;"), /no-var[^]*code cell 3, line 2/);
  assertMatch(await check("const a = 1;", "const b = a;\n(b);"), /Code cell 2 is not formatted/);
  assertMatch(await check("const a = ;"), /code cell 1, line 1/);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path), (entry) => entry.name), ["made.ipynb"]);
});

/** Makes a notebook of the given code cells (below one of prose) and gives back its path. */
async function makeNotebook(folder: string, cells: string[]): Promise<string> {
  const notebook: Notebook = {
    cells: [
      // Text that a formatter of Markdown would spoil.
      { cell_type: "markdown", id: "prose", metadata: {}, source: "$a *b* c$  \n+ d" },
      ...cells.map((source, i) => ({
        cell_type: "code" as const,
        id: `cell-${i}`,
        metadata: {},
        source,
        execution_count: null,
        outputs: [],
      })),
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
  const path = join(folder, "made.ipynb");
  await writeNotebook(path, notebook);
  return path;
}

/** Executes a notebook of the given code cells: the outputs of each. */
async function execute(folder: string, cells: string[], seconds = SECONDS): Promise<{ cells: Output[][] }> {
  const notebook = await executeNotebook(await makeNotebook(folder, cells), { seconds });
  return { cells: codeCells(notebook).map((cell) => cell.outputs) };
}

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
