import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { UserError } from "../lib/errors.ts";
import { removePartialFiles, writeFileAtomically } from "../lib/storage/atomic_write.ts";
import { oneLine, printable } from "../lib/storage/printable.ts";
import { readFile } from "../lib/storage/read_file.ts";
import { LOCK_FILE, lockDirectory } from "../lib/storage/run_lock.ts";
import { systemReason } from "../lib/storage/system_error.ts";
import { Child } from "./child.ts";
import { tempDir } from "./temp_dir.ts";

function names(directory: string): string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

/** A name such as writers use until the rename. */
const partialName = `.eer-partial-${crypto.randomUUID()}`;

/** Where nobody may write: not even root may in /sys. */
const unwritable = Deno.build.os === "linux" ? "/sys" : undefined;

Deno.test("an atomic write makes a file and replaces it, and leaves nothing else", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/file`;
  await writeFileAtomically(path, "a long first text");
  assertEquals(Deno.readTextFileSync(path), "a long first text");
  await writeFileAtomically(path, Uint8Array.of(0, 255, 7));
  assertEquals(Deno.readFileSync(path), Uint8Array.of(0, 255, 7));
  await writeFileAtomically(path, "");
  assertEquals(Deno.readTextFileSync(path), "");
  assertEquals(names(temp.path), ["file"]);
});

Deno.test("a reader that has the old file open keeps it whole", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/file`;
  await writeFileAtomically(path, "old");
  using reader = Deno.openSync(path);
  await writeFileAtomically(path, "NEW AND LONGER");
  assertEquals(await new Response(reader.readable).text(), "old");
});

Deno.test("many atomic writes of one file at once leave one of them, whole", async () => {
  await using temp = await tempDir();
  const contents = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(10_000 + i));
  await Promise.all(contents.map((content) => writeFileAtomically(`${temp.path}/file`, content)));
  assertEquals(names(temp.path), ["file"]);
  assertEquals(contents.includes(Deno.readTextFileSync(`${temp.path}/file`)), true);
});

Deno.test("an atomic write that fails says why, and leaves the old content and no temporary file", async () => {
  await using temp = await tempDir();
  const write = (path: string, reason: string) =>
    assertRejects(() => writeFileAtomically(path, "new"), UserError, `Cannot write ${path} as ${reason}`);
  const { path } = temp;
  Deno.mkdirSync(`${path}/directory`);
  Deno.writeTextFileSync(`${path}/file`, "old");
  await write(`${path}/directory`, "it is a directory");
  await write(`${path}/missing/file`, `there is no directory ${path}/missing`);
  await write(`${path}/file/below`, "a part of its path is not a directory");
  await write(`${path}/${"x".repeat(300)}`, "its name is too long");
  assertEquals(names(path), ["directory", "file"]);
  assertEquals(names(`${path}/directory`), []);
  assertEquals(Deno.readTextFileSync(`${path}/file`), "old");
});

Deno.test({
  name: "a directory that may not be written is named",
  ignore: unwritable === undefined,
  fn: async () => {
    await assertRejects(
      () => writeFileAtomically(`${unwritable}/x`, ""),
      UserError,
      "Cannot write /sys/x as ",
    );
    assertThrows(() => lockDirectory(unwritable!), UserError, "Cannot write to /sys as ");
  },
});

Deno.test({
  name: "Deno's own refusal to write is told in one sentence",
  permissions: { read: true, write: false },
  fn: async () => {
    await assertRejects(
      () => writeFileAtomically("somewhere/file", ""),
      UserError,
      'Cannot write somewhere/file as Deno may not: Requires write access to "somewhere/',
    );
  },
});

Deno.test({
  name: "a write that fails half-way leaves the old content and no temporary file",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using temp = await tempDir();
    const path = `${temp.path}/file`;
    Deno.writeTextFileSync(path, "old");
    // A limit on the size of files stands in for a full disk.
    const script = new URL("limited_writer.ts", import.meta.url).href;
    const deno = [Deno.execPath(), "run", "-A", "--no-check", "--no-lock", "--quiet", script, path];
    const { stdout, code } = await new Deno.Command("sh", {
      args: ["-c", 'trap "" XFSZ; ulimit -f 8; exec "$@"', "sh", ...deno],
    }).output();
    assertEquals(
      [new TextDecoder().decode(stdout), code],
      [`UserError Cannot write ${path} as the system reports "File too large"\n`, 0],
    );
    assertEquals(names(temp.path), ["file"]);
    assertEquals(Deno.readTextFileSync(path), "old");
  },
});

Deno.test("cleaning up removes what killed writers left, and nothing else", async () => {
  await using temp = await tempDir();
  const others = ["config.json", "file", `.eer-partial-notes`, `x${partialName}`, `${partialName}x`];
  for (const name of [...others, partialName]) Deno.writeTextFileSync(`${temp.path}/${name}`, "text");
  await removePartialFiles(temp.path);
  assertEquals(names(temp.path), others.sort());
  await assertRejects(
    () => removePartialFiles(`${temp.path}/missing`),
    UserError,
    `Cannot clean up ${temp.path}/missing as there is no such file or directory`,
  );
});

Deno.test({
  name: "a locked directory is refused until it is released, within one process too",
  // A refusal must close the file that it opened.
  sanitizeResources: true,
  fn: async () => {
    await using temp = await tempDir();
    const message = `Cannot write to ${temp.path} as it is being written by another process`;
    for (let round = 0; round < 2; round++) {
      using _lock = lockDirectory(temp.path);
      assertThrows(() => lockDirectory(temp.path), UserError, message);
      assertThrows(() => lockDirectory(temp.path), UserError, message);
    }
    assertEquals(names(temp.path), [LOCK_FILE]);
    assertEquals(Deno.statSync(`${temp.path}/${LOCK_FILE}`).size, 0);
  },
});

Deno.test("a directory that is not there cannot be locked", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/missing`;
  assertThrows(
    () => lockDirectory(path),
    UserError,
    `Cannot write to ${path} as there is no such file or directory`,
  );
});

Deno.test("a lock of another process holds, and is free after kill -9", async () => {
  await using temp = await tempDir();
  await using child = new Child("lock_holder.ts", temp.path);
  await child.firstOutput();
  assertThrows(() => lockDirectory(temp.path), UserError, "is being written by another process");
  await child.kill();
  using _lock = lockDirectory(temp.path);
});

Deno.test("reading a file says in one sentence why it cannot be read", async () => {
  await using temp = await tempDir();
  const { path } = temp;
  Deno.writeTextFileSync(`${path}/file`, "text");
  assertEquals(new TextDecoder().decode(await readFile(`${path}/file`)), "text");
  const refused = (path: string, reason: string) =>
    assertRejects(() => readFile(path), UserError, `Cannot read ${path} as ${reason}`);
  await refused(`${path}/missing`, "there is no such file or directory");
  await refused(path, "it is a directory");
  await refused(`${path}/file/below`, "a part of its path is not a directory");
  if (Deno.build.os !== "windows") await refused("/dev/zero", "it is not a regular file");
  // Sparse: it takes no room on the disk.
  using huge = Deno.createSync(`${path}/huge`);
  huge.truncateSync(3e9);
  await refused(`${path}/huge`, "it has 3000000000 bytes, and more than 2147483648 are not read");
});

Deno.test("only the system's errors become reasons, others stay what they are", () => {
  const defect = new TypeError("x is not a function");
  assertThrows(() => systemReason(defect), TypeError, "x is not a function");
  assertEquals(
    systemReason(new Error("Odd thing (os error 99): open '/x'")),
    'the system reports "Odd thing"',
  );
});

Deno.test("text of unknown origin is shown on one line, visibly and briefly", () => {
  assertEquals(printable('a"\n\x1b[2J\u202e'), String.raw`"a\"\n\u001b[2J\u{202e}"`);
  assertEquals(printable(undefined), "nothing");
  assertEquals(printable("x".repeat(1000)).length, 100);
  assertEquals(oneLine("a\nb\tc", 400), String.raw`a\u{a}b\u{9}c`);
  assertStringIncludes(oneLine("y".repeat(500), 400), "yyy…");
});
