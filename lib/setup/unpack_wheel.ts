import { Unzip, UnzipInflate } from "fflate";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { setupCommand } from "./installation.ts";
import type { Wheel } from "./wheels.ts";

/**
 * Takes out of a wheel what is needed. It is at `into`, a folder, as a whole or not at all.
 *
 * @param options.scratch an existing folder on the same file system for what is under way
 * @param options.onBytes is told now and then how many bytes of the wheel are done
 * @throws {UserError} if the wheel has not the checksum that it should; it is then removed
 */
export async function unpackWheel(
  wheel: Wheel,
  { from, into, scratch, signal, onBytes }: {
    from: string;
    into: string;
    scratch: string;
    signal: AbortSignal;
    onBytes: (bytes: number) => void;
  },
): Promise<void> {
  const hash = createHash("sha256");
  for await (const chunk of chunksOf(from, signal)) hash.update(chunk);
  if (hash.digest("hex") !== wheel.sha256) {
    await Deno.remove(from);
    throw new UserError(
      `Cannot use ${wheel.file} as its checksum is not the expected one: it is removed, ` +
        `and ${setupCommand} fetches it again`,
    );
  }

  const folder = await Deno.makeTempDir({ dir: scratch });
  const unzip = new Unzip((file) => {
    if (!wheel.needed.test(file.name) || file.name.endsWith("/")) return;
    const path = join(folder, file.name);
    Deno.mkdirSync(dirname(path), { recursive: true });
    const mode = file.name.includes("/bin/") ? 0o755 : 0o644;
    const output = Deno.openSync(path, { write: true, createNew: true, mode });
    file.ondata = (error, data, final) => {
      if (error) throw error;
      for (let at = 0; at < data.length;) at += output.writeSync(data.subarray(at));
      if (final) output.close();
    };
    file.start();
  });
  unzip.register(UnzipInflate);
  let bytes = 0;
  for await (const chunk of chunksOf(from, signal)) {
    unzip.push(chunk);
    onBytes(bytes += chunk.length);
  }
  unzip.push(new Uint8Array(), true);
  await Deno.mkdir(dirname(into), { recursive: true });
  await Deno.rename(join(folder, wheel.folder), into);
  await Deno.remove(folder, { recursive: true });
}

/** A file's content, a mebibyte at a time. */
async function* chunksOf(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  for (;;) {
    signal.throwIfAborted();
    const chunk = new Uint8Array(2 ** 20);
    const size = await file.read(chunk);
    if (size === null) return;
    yield chunk.subarray(0, size);
  }
}
