/**
 * Compiles the native addon from the sources in the npm package `@tensorflow/tfjs-node-gpu`.
 *
 * @module
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { UserError } from "../errors.ts";
import { oneLine } from "../storage/printable.ts";
import { setupCommand } from "./installation.ts";
import { runTool } from "./run_tool.ts";

/**
 * Compiles against the libraries in `folder`/tensorflow, which the addon finds by their place beside it. It is at
 * `into`, in that folder, as a whole or not at all.
 *
 * @param options.scratch an existing folder on the same file system for what is under way
 * @throws {UserError} if the compiler fails
 */
export async function compileAddon(
  folder: string,
  { into, scratch, compiler, signal }: {
    into: string;
    scratch: string;
    compiler: string;
    signal: AbortSignal;
  },
): Promise<void> {
  // Importing them makes sure that both are in Deno's cache.
  await import("@tensorflow/tfjs-node-gpu/package.json", { with: { type: "json" } });
  const { include_dir } = (await import("node-api-headers")).default;
  const sources = dirname(createRequire(import.meta.url).resolve("@tensorflow/tfjs-node-gpu/package.json"));
  const library = join(folder, "tensorflow");
  const output = join(scratch, "tfjs_binding.node");
  const includes = [sources, include_dir, join(library, "include")];
  const result = await runTool(compiler, [
    ...["-std=c++17", "-O2", "-fPIC", "-shared", "-DNAPI_VERSION=8"],
    ...includes.map((path) => `-I${path}`),
    ...["tfjs_backend.cc", "tfjs_binding.cc"].map((name) => join(sources, "binding", name)),
    ...["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"].map((name) => join(library, name)),
    ...["-Wl,-rpath,$ORIGIN/tensorflow", "-o", output],
  ], { signal });
  if (!result?.success) {
    const lines = result?.stderr.trim().split("\n") ?? [];
    const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? "it gave no reason";
    throw new UserError(
      `Cannot compile the addon as ${compiler} failed (${oneLine(reason, 300)}): put that right, ` +
        `then run ${setupCommand} again`,
    );
  }
  await Deno.rename(output, into);
}
