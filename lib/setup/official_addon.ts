/**
 * TensorFlow.js's own prebuilt addon, with the older TensorFlow that it is made for: no compiler and no Python
 * needed. Only the build for processors is of use, as the one for graphics cards wants the libraries of 2022.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { addonVersion } from "./installation.ts";
import { runTool } from "./run_tool.ts";
import { Unusable } from "./unusable.ts";

const files = [
  {
    path: `/tf-builds/pre-built-binary/napi-v8/${addonVersion}/CPU-linux-${addonVersion}.tar.gz`,
    into: "lib",
  },
  { path: "/tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz", into: "deps" },
] as const;

/** Where the addon is in the folder: it looks for its library in `../../deps/lib`. */
export const officialAddon = "lib/napi-v8/tfjs_binding.node";

/** Where it is published. */
export const officialHost = "https://storage.googleapis.com";

/** Longest wait for an answer, or for its next part. */
const patience = 8_000;

/**
 * Downloads and unpacks it to `into`, a folder, where it is as a whole or not at all.
 *
 * @param options.scratch an existing folder on the same file system for what is under way
 * @throws {Unusable} if it cannot be had
 */
export async function fetchOfficialAddon(
  { into, scratch, host = officialHost, signal }: {
    into: string;
    scratch: string;
    host?: string;
    signal: AbortSignal;
  },
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: scratch });
  for (const { path, into } of files) {
    const archive = join(scratch, "archive.tar.gz");
    await download(host + path, archive, signal);
    await Deno.mkdir(join(folder, into));
    const result = await runTool("tar", ["-xzf", archive, "-C", join(folder, into)], { signal });
    if (!result?.success) throw new Unusable(`tar does not unpack ${path}`);
    await Deno.remove(archive);
  }
  await Deno.rename(folder, into);
}

/** @throws {Unusable} if it does not come, or its checksum is not the one that the server states */
async function download(url: string, path: string, signal: AbortSignal): Promise<void> {
  const stalled = new AbortController();
  let timer = setTimeout(() => stalled.abort(), patience);
  const hash = createHash("md5");
  let stated: string | undefined;
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, stalled.signal]) });
    if (!response.ok) throw new Unusable(`${url} answers ${response.status}`);
    stated = response.headers.get("x-goog-hash")?.match(/md5=([\w+/]+=*)/)?.[1];
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    for await (const chunk of response.body!) {
      clearTimeout(timer);
      timer = setTimeout(() => stalled.abort(), patience);
      hash.update(chunk);
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Unusable ? error : new Unusable(`${new URL(url).host} is out of reach`);
  } finally {
    clearTimeout(timer);
  }
  if (stated !== hash.digest("base64")) {
    throw new Unusable(`the checksum of ${url} is not the one stated for it`);
  }
}
