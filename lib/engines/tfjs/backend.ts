/**
 * TensorFlow.js with the backend that was asked for: it falls back to a slower one silently, we do not.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../errors.ts";
import type { TfjsBackend } from "./backends.ts";
import { loadWebgpu } from "./webgpu.ts";

const loaders: Record<TfjsBackend, () => Promise<unknown>> = {
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  cpu: () => Promise.resolve(),
  webgpu: loadWebgpu,
};

/**
 * Makes `backend` the one that tfjs computes on.
 *
 * @throws {UserError} if it does not come up, with what came up instead
 */
export async function useBackend(backend: TfjsBackend): Promise<typeof tf> {
  if (tf.getBackend() === backend) return tf;
  await loaders[backend]();
  const up = await tf.setBackend(backend);
  await tf.ready();
  if (!up || tf.getBackend() !== backend) {
    throw new UserError(
      `Cannot run on tfjs backend "${backend}": tfjs chose "${tf.getBackend() ?? "none"}" instead` +
        (backend === "wasm" ? "; the .wasm files of @tensorflow/tfjs-backend-wasm must be readable" : ""),
    );
  }
  return tf;
}
