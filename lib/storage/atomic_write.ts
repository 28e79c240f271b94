/**
 * Files that are whole at any moment: written aside, synced and renamed, so that a crash leaves the old content or
 * the new, never a part.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { systemReason } from "./system_error.ts";

const prefix = ".eer-partial-";
const partialFile = /^\.eer-partial-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Replaces the file at `path`, or makes it. A symbolic link at `path` is itself replaced.
 *
 * @throws {UserError} if that fails; the old file is then intact and nothing else is left behind
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  // A rename is atomic within one file system only, hence the same directory.
  const partial = join(dirname(path), prefix + crypto.randomUUID());
  try {
    await writeAndSync(partial, bytes);
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    const missing = error instanceof Deno.errors.NotFound;
    const reason = missing ? `there is no directory ${dirname(path)}` : systemReason(error);
    throw new UserError(`Cannot write ${path} as ${reason}`);
  }
  await syncDirectory(dirname(path));
}

/**
 * Removes what writers killed in the middle of {@linkcode writeFileAtomically} left in a directory. Call it only
 * while no other process writes there, that is, under the lock of a run folder.
 *
 * @throws {UserError} if the directory cannot be read or a file in it not be removed
 */
export async function removePartialFiles(directory: string): Promise<void> {
  try {
    for await (const { name } of Deno.readDir(directory)) {
      if (partialFile.test(name)) await Deno.remove(join(directory, name));
    }
  } catch (error) {
    throw new UserError(`Cannot clean up ${directory} as ${systemReason(error)}`);
  }
}

async function writeAndSync(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  // Without it a power cut may keep the rename and lose the content.
  await file.sync();
}

/** Makes the rename itself last. Not every system can sync a directory, and the content is in place already. */
async function syncDirectory(path: string): Promise<void> {
  try {
    using directory = await Deno.open(path);
    await directory.sync();
  } catch {
    // Nothing to do.
  }
}
