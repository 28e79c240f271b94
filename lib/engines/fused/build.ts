/**
 * Compiles the kernel (AssemblyScript in `kernel/`) to the two modules that are committed beside this file:
 * one with relaxed SIMD (fused multiply-add), one without. Only those who change the kernel run it:
 *
 *     deno run -A lib/engines/fused/build.ts
 *
 * @module
 */

/** The two builds of the kernel and their files. */
export const kernelFiles = {
  "wasm-relaxed-simd": new URL("./kernel-relaxed-simd.wasm", import.meta.url),
  "wasm-simd": new URL("./kernel-simd.wasm", import.meta.url),
} as const;

/** The backend of a fused engine: which of the two builds runs. */
export type KernelBuild = keyof typeof kernelFiles;

/**
 * Compiles one build.
 *
 * @throws {Error} with the compiler's messages if it does not compile
 */
export async function compileKernel(build: KernelBuild): Promise<Uint8Array<ArrayBuffer>> {
  // Not in the import map: only a build needs the compiler, and a first run should not download it.
  const compiler = "npm:assemblyscript@0.28.19/asc";
  const { main } = await import(compiler);
  const features = ["threads", "simd", ...(build === "wasm-relaxed-simd" ? ["relaxed-simd"] : [])];
  let output: Uint8Array<ArrayBuffer> | undefined;
  const { error, stderr } = await main([
    "index.ts",
    ...["--outFile", "kernel.wasm", "--runtime", "stub", "--noAssert", "-O3", "--disableWarning", "112"],
    // Memory comes from outside and is shared by all workers; the engine asks for no more than it needs.
    ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
    ...features.flatMap((feature) => ["--enable", feature]),
  ], {
    readFile: (name: string) => readSource(name),
    writeFile: (name: string, contents: Uint8Array<ArrayBuffer>) => {
      if (name === "kernel.wasm") output = contents;
    },
    listFiles: () => [],
  });
  if (error || output === undefined) throw new Error(`Cannot compile the kernel:\n${stderr}`);
  return output;
}

async function readSource(name: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(new URL(`./kernel/${name}`, import.meta.url));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

if (import.meta.main) {
  for (const build of Object.keys(kernelFiles) as KernelBuild[]) {
    const module = await compileKernel(build);
    await Deno.writeFile(kernelFiles[build], module);
    console.log(`${build}: ${module.length} bytes`);
  }
}
