/**
 * The compiled kernel, once with relaxed SIMD (fused multiply-add) and once without; `build.ts` makes both.
 *
 * @module
 */
import { UserError } from "../../errors.ts";

/** The builds of the kernel, best first, and their files. */
export const kernelFiles = {
  "wasm-relaxed-simd": new URL("./kernel-relaxed-simd.wasm", import.meta.url),
  "wasm-simd": new URL("./kernel-simd.wasm", import.meta.url),
} as const;

/** The backend of a fused engine: the build of the kernel that runs. */
export type FusedBackend = keyof typeof kernelFiles;

/** All of them, best first. */
export const fusedBackends = Object.keys(kernelFiles) as FusedBackend[];

/**
 * The given build, or the best that this machine takes.
 *
 * @throws {UserError} if this machine does not take it
 */
export async function loadKernel(
  wanted?: FusedBackend,
): Promise<{ module: WebAssembly.Module; backend: FusedBackend }> {
  for (const backend of wanted === undefined ? fusedBackends : [wanted]) {
    const bytes = await (await fetch(kernelFiles[backend])).arrayBuffer();
    if (WebAssembly.validate(bytes)) return { module: await WebAssembly.compile(bytes), backend };
  }
  throw new UserError(
    `Cannot use engine "fused" on ${
      wanted ?? fusedBackends.join(" or ")
    }, as WebAssembly on this machine does ` +
      `not have it: use engine "tfjs"`,
    { fix: "deno upgrade" },
  );
}
