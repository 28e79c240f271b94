/**
 * The looped block in TensorFlow.js operations. States are [B·L, d] so that every linear map is one plain
 * matrix product; attention reshapes to [B, H, L, ·].
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import type { ModelConfig } from "../../models/config.ts";
import { positionalEncoding } from "../../models/positions.ts";
import type { Sequences } from "../../tasks/task.ts";

/** The named parameters as tensors. */
export type Weights = Readonly<Record<string, tf.Tensor>>;

/** Attention of one loop, [B, H, L, L]; rows of `p` sum to 1, masked entries of `logP` are about −10⁹. */
export interface Attention {
  readonly p: tf.Tensor4D;
  readonly logP: tf.Tensor4D;
}

const MASKED = -1e9;

/** X: embeddings plus positions, [B·L, d]. */
export function embed(
  weights: Weights,
  { tokens, count, length }: Sequences,
  model: ModelConfig,
): tf.Tensor2D {
  const [vocabulary, width] = weights["embedding"].shape;
  const oneHot = tf.tensor2d(oneHotRows(tokens, vocabulary), [count * length, vocabulary]);
  // One-hot × matrix, as the wasm backend has no gradient for a gather.
  const symbols = tf.matMul(oneHot, weights["embedding"]) as tf.Tensor2D;
  if (model.positions.kind === "none") return symbols;
  const positions = tf.tensor3d(positionalEncoding(length, model), [1, length, width]);
  return tf.reshape(tf.add(tf.reshape(symbols, [count, length, width]), positions), [count * length, width]);
}

/** Rows with a 1 at the given index; an index below 0 gives a row of zeros. */
export function oneHotRows(indices: Int32Array, classes: number): Float32Array {
  const rows = new Float32Array(indices.length * classes);
  indices.forEach((index, row) => {
    if (index >= 0) rows[row * classes + index] = 1;
  });
  return rows;
}

/** What is added to attention logits: −m·|i−j|, and −10⁹ above the diagonal if causal. [1, 1, L, L] */
export function attentionBias(length: number, { causal, recency }: ModelConfig): tf.Tensor4D {
  const bias = new Float32Array(length * length);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < length; j++) {
      bias[i * length + j] = causal && j > i ? MASKED : -recency * Math.abs(i - j);
    }
  }
  return tf.tensor4d(bias, [1, 1, length, length]);
}

/** One pass of the block, F(u) with u [B·L, d], and the attention it used. */
export function block(
  weights: Weights,
  u: tf.Tensor2D,
  { count, bias, model }: { count: number; bias: tf.Tensor4D; model: ModelConfig },
): { update: tf.Tensor2D; attention: Attention } {
  const { heads, headWidth, temperature } = model;
  const length = bias.shape[3];
  const toHeads = (x: tf.Tensor2D): tf.Tensor4D =>
    heads === 1
      ? tf.reshape(x, [count, 1, length, headWidth])
      : tf.transpose(tf.reshape(x, [count, length, heads, headWidth]), [0, 2, 1, 3]);
  const fromHeads = (x: tf.Tensor4D): tf.Tensor2D => {
    if (!model.output && headWidth === model.width) {
      return tf.reshape(tf.sum(x, 1), [count * length, headWidth]);
    }
    const joined = heads === 1 ? x : tf.transpose(x, [0, 2, 1, 3]);
    return tf.reshape(joined, [count * length, heads * headWidth]);
  };

  const h = layerNorm(weights, "norm1", u);
  // Scaling q rather than the L×L logits saves two passes over them.
  const scale = 1 / (Math.sqrt(headWidth) * temperature);
  const query = toHeads(tf.mul(linear(weights, "attention.query", h), scale));
  const key = toHeads(linear(weights, "attention.key", h));
  const value = toHeads(linear(weights, "attention.value", h));
  const logits = tf.add(tf.matMul(query, key, false, true), bias) as tf.Tensor4D;
  const logP = tf.logSoftmax(logits) as tf.Tensor4D;
  const p = tf.exp(logP);
  const mixed = fromHeads(tf.matMul(p, value) as tf.Tensor4D);
  const a = model.output ? linear(weights, "attention.output", mixed) : mixed;
  if (model.mlpWidth === 0) return { update: a, attention: { p, logP } };

  const inside = gelu(linear(weights, "mlp.in", layerNorm(weights, "norm2", tf.add(u, a))));
  return { update: tf.add(a, linear(weights, "mlp.out", inside)), attention: { p, logP } };
}

/** Read-out from X + Z_t (from Z_t alone for the plain recurrence), [B·L, C]. */
export function readout(weights: Weights, X: tf.Tensor2D, Z: tf.Tensor2D, model: ModelConfig): tf.Tensor2D {
  return linear(weights, "readout", model.recurrence === "plain" ? Z : tf.add(X, Z));
}

/** Z_0: X for the plain recurrence, else 0. */
export function initialState(X: tf.Tensor2D, { recurrence }: ModelConfig): tf.Tensor2D {
  return recurrence === "plain" ? X.clone() : tf.zerosLike(X);
}

/** What the block sees: Z_t for the plain recurrence, else X + Z_t. */
export function blockInput(X: tf.Tensor2D, Z: tf.Tensor2D, { recurrence }: ModelConfig): tf.Tensor2D {
  return recurrence === "plain" ? Z : tf.add(X, Z);
}

/** Z_{t+1} from Z_t and F: added for the residual recurrence, replaced by F otherwise. */
export function nextState(Z: tf.Tensor2D, update: tf.Tensor2D, { recurrence }: ModelConfig): tf.Tensor2D {
  return recurrence === "residual" ? tf.add(Z, update) : update;
}

function linear(weights: Weights, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const product = tf.matMul(x, weights[`${name}.weight`]) as tf.Tensor2D;
  const bias = weights[`${name}.bias`];
  return bias === undefined ? product : tf.add(product, bias);
}

/** LayerNorm over the width, ε = 10⁻⁵; the identity where the model has none. */
function layerNorm(weights: Weights, name: string, x: tf.Tensor2D): tf.Tensor2D {
  const gain = weights[`${name}.gain`];
  if (gain === undefined) return x;
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)));
  return tf.add(tf.mul(normalised, gain), weights[`${name}.bias`]);
}

/** GELU in its tanh form. */
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  const inner = tf.mul(tf.mul(x, tf.add(tf.mul(tf.square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.tanh(inner), 1));
}
