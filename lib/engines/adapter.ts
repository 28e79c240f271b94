/**
 * The graphics card, through Deno's `navigator.gpu`, which needs no permission.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import { setUnlessSet } from "./environment.ts";

/** The graphics card, or nothing where there is none. */
export async function requestAdapter(): Promise<GPUAdapter | undefined> {
  // OpenGL, Deno's last resort, is four times slower than Vulkan in software and can take the process down.
  setUnlessSet("DENO_WEBGPU_BACKEND", "vulkan,metal,dx12");
  return await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" }) ?? undefined;
}

/**
 * The same where there must be one.
 *
 * @param engine whose backend "webgpu" it is for, such as "tfjs"
 * @throws {UserError} if there is none
 */
export async function requireAdapter(engine: string): Promise<GPUAdapter> {
  const adapter = await requestAdapter();
  if (adapter) return adapter;
  throw new UserError(
    `Cannot run on ${engine} backend "webgpu" as this machine offers no adapter: install the graphics card's driver`,
    { fix: Deno.build.os === "linux" ? "sudo apt-get install mesa-vulkan-drivers" : undefined },
  );
}

/** What the adapter is, such as "llvmpipe (LLVM 15.0.6, 256 bits)"; that one is in software. */
export function adapterName({ info }: GPUAdapter): string {
  return info.description || info.vendor;
}
