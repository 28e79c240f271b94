/**
 * The terms of the objective (eq. 2–5) in TensorFlow.js operations, kept as one value a row so that their
 * averages can be taken in double precision.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { ObjectiveConfig } from "../../models/config.ts";
import type { Attention } from "./block.ts";

/** S_q of each attention row, [B, H, L]. */
export function entropyRows({ p, logP }: Attention, q: number): tf.Tensor3D {
  if (q === 1) return tf.neg(tf.sum(tf.mul(p, logP), -1));
  // p − p^q = −p^min(q,1)·expm1(|q−1|·log p) loses no digits as q → 1 and overflows for no q.
  const distance = Math.abs(q - 1);
  const power = q > 1 ? p : tf.exp(tf.mul(logP, q));
  return tf.div(tf.sum(tf.mul(power, tf.expm1(tf.mul(logP, distance))), -1), -distance);
}

/** −log max_j p_j of each attention row (eq. 4), [B, H, L]. */
export function potentialRows({ logP }: Attention): tf.Tensor3D {
  return tf.neg(largest(logP)) as tf.Tensor3D;
}

/** Largest entry of the last axis; entries that tie share its gradient (tfjs would give each all of it). */
const largest = tf.customGrad((x, save) => {
  const input = x as tf.Tensor;
  const value = tf.max(input, -1);
  (save as tf.GradSaveFunc)([input, value]);
  const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
    // A difference and a step: `equal` with broadcasting took a fifth of a whole training step on wasm.
    const isLargest = tf.sub(1, tf.step(tf.sub(tf.expandDims(saved[1], -1), saved[0])));
    return tf.mul(tf.expandDims(tf.div(dy, tf.sum(isLargest, -1)), -1), isLargest);
  };
  return { value, gradFunc };
});

/** ½‖Z_T−Z_0‖² or ½‖Z_T−Z_0‖ of each position (eq. 3), [B·L]. */
export function kineticRows(
  first: tf.Tensor2D,
  last: tf.Tensor2D,
  kinetic: ObjectiveConfig["kinetic"],
): tf.Tensor1D {
  const squared = tf.sum(tf.square(tf.sub(last, first)), -1);
  // The norm's gradient at 0 is taken as 0; without a floor it would be 0/0.
  return tf.mul(kinetic === "squared" ? squared : tf.sqrt(tf.maximum(squared, 1e-30)), 0.5);
}

/** Cross-entropy of each position, 0 where the target row is all zeros, [B·L]. */
export function taskRows(logits: tf.Tensor2D, targets: tf.Tensor2D): tf.Tensor1D {
  return tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), -1));
}
