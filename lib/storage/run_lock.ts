import { join } from "node:path";
import { UserError } from "../errors.ts";
import { systemReason } from "./system_error.ts";

/** Name of the (always empty) file that carries the lock of a directory. It stays there, and means nothing. */
export const LOCK_FILE = ".lock";

/**
 * Takes the lock of an existing directory, for one writer at a time. Disposing of the result gives it back; the
 * operating system does so for a process that dies, however it dies.
 *
 * @throws {UserError} if another has the lock, or the directory cannot be written
 *
 * @example
 * ```ts
 * import { lockDirectory } from "./run_lock.ts";
 * const directory = await Deno.makeTempDir();
 * {
 *   using _lock = lockDirectory(directory);
 *   // Only this process writes here now.
 * }
 * await Deno.remove(directory, { recursive: true });
 * ```
 */
export function lockDirectory(directory: string): Disposable {
  const refuse = (reason: string) => new UserError(`Cannot write to ${directory} as ${reason}`);
  let file: Deno.FsFile | undefined;
  try {
    file = Deno.openSync(join(directory, LOCK_FILE), { read: true, write: true, create: true });
    if (file.tryLockSync(true)) return file;
  } catch (error) {
    file?.close();
    throw refuse(systemReason(error));
  }
  file.close();
  // Removing the file on release instead would let two hold the lock: one on the removed file, one on its successor.
  throw refuse("it is being written by another process (or by an unfinished run in this one)");
}
