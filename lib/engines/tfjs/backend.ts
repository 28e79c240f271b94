/**
 * TensorFlow.js with the backend that was asked for: it falls back to a slower one silently, we do not.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../errors.ts";
import type { TfjsBackend } from "./backends.ts";
import { loadTensorflow, tensorflowDetails, tensorflowIsReady } from "./tensorflow.ts";
import { loadWebgpu, webgpuDetails } from "./webgpu.ts";

// Else it advises, on every first use of "cpu", to install tfjs-node.
tf.enableProdMode();

const loaders: Record<TfjsBackend, () => Promise<unknown>> = {
  tensorflow: loadTensorflow,
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  cpu: () => Promise.resolve(),
  webgpu: loadWebgpu,
};

/** What is fastest of what is set up: on a processor "tensorflow" takes 0.15 to 0.9 of the time of "wasm". */
export async function bestBackend(): Promise<TfjsBackend> {
  return await tensorflowIsReady() ? "tensorflow" : "wasm";
}

/** What a backend that is up computes on and how, where it can tell. */
export function backendDetails(backend: TfjsBackend): string | undefined {
  return { tensorflow: tensorflowDetails, webgpu: webgpuDetails, wasm: undefined, cpu: undefined }
    [backend]?.();
}

const loaded = new Set<TfjsBackend>();
let turn: Promise<unknown> = Promise.resolve();

/**
 * Does work on `backend`. Works follow one another, as tfjs computes on one backend at a time.
 *
 * @throws {UserError} if the backend does not come up, with what came up instead
 */
export async function onBackend<Result>(backend: TfjsBackend, work: () => Promise<Result>): Promise<Result> {
  const result = turn.then(async () => {
    await useBackend(backend);
    return await work();
  });
  turn = result.catch(() => {});
  return await result;
}

async function useBackend(backend: TfjsBackend): Promise<void> {
  if (tf.getBackend() === backend) return;
  if (!loaded.has(backend)) await loaders[backend]();
  loaded.add(backend);
  const up = await tf.setBackend(backend);
  await tf.ready();
  if (!up || tf.getBackend() !== backend) {
    throw new UserError(
      `Cannot run on tfjs backend "${backend}": tfjs chose "${tf.getBackend() ?? "none"}" instead` +
        (backend === "wasm" ? "; the .wasm files of @tensorflow/tfjs-backend-wasm must be readable" : ""),
      { fix: backend === "wasm" ? "deno cache --reload npm:@tensorflow/tfjs-backend-wasm" : undefined },
    );
  }
}
