/**
 * A file of lines that grows while long work goes on, so that the work can be taken up where a crash left it.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import { systemReason } from "./system_error.ts";

/** An open file of lines, locked until it is disposed of. */
export interface LinesFile extends Disposable {
  /** The lines after the header that were there when the file was opened. */
  readonly lines: readonly string[];
  append(line: string): Promise<void>;
  /** Removes the file: the work is done and kept elsewhere. */
  remove(): Promise<void>;
}

/**
 * Opens the file, or makes it. Its first line tells what work it belongs to. From the first line on that is torn, as a
 * crash in the middle of a write leaves it, or that `accepts` refuses, everything is dropped.
 *
 * @param options.header one line that is the same for the same work only
 * @param options.accepts whether a line is the one at this place, counted from 0
 * @throws {UserError} if the file belongs to other work, another process writes it, or it cannot be written
 */
export async function openLines(
  path: string,
  { header, accepts }: { header: string; accepts: (line: string, index: number) => boolean },
): Promise<LinesFile> {
  const refuse = (reason: string) => new UserError(`Cannot write ${path} as ${reason}`);
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true });
    if (!file.tryLockSync(true)) throw refuse("another process is writing it");
    const [first, ...rest] = await wholeLines(file);
    if (first !== undefined && first !== header) {
      throw refuse("it holds the beginning of other work: remove it, or write elsewhere");
    }
    const torn = rest.findIndex((line, index) => !accepts(line, index));
    const lines = torn < 0 ? rest : rest.slice(0, torn);
    const kept = encoder.encode([header, ...lines].map((line) => line + "\n").join(""));
    await file.truncate(first === undefined ? 0 : kept.length);
    await file.seek(0, Deno.SeekMode.End);
    if (first === undefined) await writeAll(file, kept);
    const open = file;
    return {
      lines,
      append: async (line) => {
        try {
          await writeAll(open, encoder.encode(line + "\n"));
        } catch (error) {
          throw refuse(systemReason(error));
        }
      },
      remove: () => Deno.remove(path),
      [Symbol.dispose]: () => open.close(),
    };
  } catch (error) {
    file?.close();
    throw error instanceof UserError ? error : refuse(systemReason(error));
  }
}

const encoder = new TextEncoder();

/** The lines of the file that end in a line feed. */
async function wholeLines(file: Deno.FsFile): Promise<string[]> {
  const bytes = new Uint8Array((await file.stat()).size);
  for (let at = 0; at < bytes.length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) break;
    at += read;
  }
  return new TextDecoder().decode(bytes).split("\n").slice(0, -1);
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
