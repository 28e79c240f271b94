/**
 * Compiles the kernel (AssemblyScript in `kernel/`) to the two modules that are committed beside this file. Only
 * those who change the kernel need it:
 *
 *     deno run -A --no-lock lib/engines/fused/build.ts [folder to write to]
 *
 * @module
 */
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { type FusedBackend, fusedBackends, kernelFiles } from "./kernel_modules.ts";

/** @throws {Error} with the compiler's messages if the kernel does not compile */
async function compileKernel(backend: FusedBackend): Promise<Uint8Array<ArrayBuffer>> {
  // Not in the import map: only a build needs the compiler, and a first run should not download it.
  const compiler = "npm:assemblyscript@0.28.19/asc";
  const { main } = await import(compiler);
  const features = ["threads", "simd", ...(backend === "wasm-relaxed-simd" ? ["relaxed-simd"] : [])];
  let output: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await main([
    "index.ts",
    // Warning 112 says that not every host can exchange vectors; none are exchanged.
    ...["--outFile", "kernel.wasm", "--runtime", "stub", "--noAssert", "-O3", "--disableWarning", "112"],
    // Memory comes from outside and is shared by all workers; the engine asks for no more than it needs.
    ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
    ...features.flatMap((feature) => ["--enable", feature]),
  ], {
    readFile: readSource,
    writeFile: (name: string, contents: Uint8Array<ArrayBuffer>) => {
      if (name === "kernel.wasm") output = contents;
    },
    listFiles: () => [],
  });
  if (error || output === undefined) throw new Error(`Cannot compile the kernel:\n${stderr}`);
  return output;
}

/** One of the kernel's sources; nothing for a file that the compiler only looks for. */
async function readSource(name: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(new URL(`./kernel/${name}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

if (import.meta.main) {
  const [folder] = Deno.args;
  for (const backend of fusedBackends) {
    const module = await compileKernel(backend);
    const beside = kernelFiles[backend];
    const file = folder === undefined ? beside : pathToFileURL(join(folder, basename(beside.pathname)));
    await Deno.writeFile(file, module);
    console.log(`${backend}: ${module.length} bytes`);
  }
}
