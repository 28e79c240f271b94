/**
 * A program that loads an addon, a file, and compares a gradient computed with it with its closed form. It is run
 * in a process of its own, as a wrong library takes the process with it. Prints {@linkcode CheckResult} as JSON.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { registerAddon } from "../engines/tfjs/tensorflow.ts";

/** What the program finds out. */
export interface CheckResult {
  /** TensorFlow's version. */
  readonly version: string;
  /** Whether it computes on a graphics card. */
  readonly onGpu: boolean;
  /** Largest difference from the closed form. */
  readonly error: number;
}

if (import.meta.main) {
  const { version, onGpu } = await registerAddon(Deno.args[0]);
  await tf.setBackend("tensorflow");
  // −log softmax of the first of three logits; its derivative is softmax − (1, 0, 0).
  const logits = [0.3, -1.2, 2];
  const loss = (x: tf.Tensor) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(tf.matMul([[1]], x)), [[1, 0, 0]])));
  const gradient = await tf.grad(loss)(tf.tensor2d([logits])).data();
  const sum = logits.reduce((total, logit) => total + Math.exp(logit), 0);
  const errors = logits.map((logit, i) =>
    Math.abs(gradient[i] - (Math.exp(logit) / sum - (i === 0 ? 1 : 0)))
  );
  const error = tf.getBackend() === "tensorflow" ? Math.max(...errors) : NaN;
  console.log(JSON.stringify({ version, onGpu, error } satisfies CheckResult));
}
