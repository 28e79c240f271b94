/**
 * TensorFlow's native library as a backend of TensorFlow.js: the npm package `@tensorflow/tfjs-node-gpu` on the
 * addon that `deno task setup:tensorflow` made. This is where NVIDIA cards are used.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { createRequire } from "node:module";
import { join } from "node:path";
import util from "node:util";
import { UserError } from "../../errors.ts";
import { findInstallation, setupCommand, tensorflowFolder } from "../../setup/installation.ts";
import { mayUse, setUnlessSet } from "../environment.ts";

/**
 * What the library reads from the environment while it loads, where the user has not set it. TensorFloat-32
 * keeps 10 of single precision's 23 digits and is the default of NVIDIA's libraries; engines could not agree.
 */
const environment = {
  NVIDIA_TF32_OVERRIDE: "0",
  TF_CPP_MIN_LOG_LEVEL: "2",
  // No faster on these sizes, its rounding depends on the processor, and it says so on stderr every time.
  TF_ENABLE_ONEDNN_OPTS: "0",
  // Else the first process on a card takes all of its memory.
  TF_FORCE_GPU_ALLOW_GROWTH: "true",
};

let details: string | undefined;

/** What the loaded library computes on and how, such as "TensorFlow 2.21.0 on CPU, float32". */
export function tensorflowDetails(): string | undefined {
  return details;
}

/** Whether the library is set up and this process may load it. */
export async function tensorflowIsReady(): Promise<boolean> {
  const { state } = await Deno.permissions.query({ name: "ffi", path: tensorflowFolder() });
  return state === "granted" && await findInstallation() !== undefined;
}

/**
 * Registers the backend "tensorflow" with tfjs.
 *
 * @throws {UserError} if the library is not set up or does not load
 */
export async function loadTensorflow(): Promise<void> {
  const installation = await findInstallation();
  if (!installation) {
    throw new UserError(
      `Cannot run on tfjs backend "tensorflow" as it is not set up: ${setupCommand} does that`,
      { fix: setupCommand },
    );
  }
  const { version, onGpu } = await registerAddon(join(tensorflowFolder(), installation.addon));
  const device = onGpu ? `${installation.gpu ?? "GPU"}, ${gpuPrecision()}` : "CPU, float32";
  details = `TensorFlow ${version} on ${device}`;
}

/**
 * Registers the backend "tensorflow" with tfjs on the given addon, a file.
 *
 * @returns TensorFlow's version, and whether it computes on a graphics card
 * @throws {UserError} if it does not load
 */
export async function registerAddon(addon: string): Promise<{ version: string; onGpu: boolean }> {
  for (const [name, value] of Object.entries(environment)) setUnlessSet(name, value);
  restoreNodeFunctions();
  const { NodeJSKernelBackend } = await import("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js");
  await import("@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js");
  try {
    const binding = createRequire(import.meta.url)(addon);
    const backend = new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu");
    tf.registerBackend("tensorflow", () => backend);
    return { version: binding.TF_Version, onGpu: backend.isUsingGpuDevice };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new UserError(
        `Cannot run on tfjs backend "tensorflow" without the permission --allow-ffi=${tensorflowFolder()}`,
      );
    }
    const [reason] = (error as Error).message.split("\n");
    throw new UserError(
      `Cannot run on tfjs backend "tensorflow" as its library does not load (${reason}): remove ` +
        `${tensorflowFolder()}, then ${setupCommand} sets it up anew`,
      { fix: setupCommand },
    );
  }
}

/** tfjs-node calls two functions that Node has dropped. */
function restoreNodeFunctions(): void {
  const functions = util as unknown as Record<string, unknown>;
  functions.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  functions.isArray ??= Array.isArray;
}

function gpuPrecision(): string {
  if (!mayUse("NVIDIA_TF32_OVERRIDE")) return "float32 (TF32 as its libraries choose)";
  return `float32 (TF32 ${Deno.env.get("NVIDIA_TF32_OVERRIDE") === "0" ? "off" : "on"})`;
}
