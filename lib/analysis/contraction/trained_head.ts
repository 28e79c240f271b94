import { UserError } from "../../errors.ts";
import { positionalEncoding } from "../../models/positions.ts";
import { modelSpecification } from "../../models/specification.ts";
import { parameterView } from "../../parameters.ts";
import { taskOf } from "../../tasks/select.ts";
import type { ContractionProblem } from "../../theory/contraction/problem.ts";
import { type Matrix, product, rowsOf } from "../../theory/matrix.ts";
import type { Checkpoint } from "../../training/checkpoint.ts";

/** The weights of a model and what they were trained as. */
export type TrainedModel = Pick<Checkpoint, "configuration" | "parameters">;

/** What the head is applied to. */
export interface HeadInput {
  readonly tokens: ArrayLike<number>;
  /** Z, [tokens, d]. Default: zeros, as in the first loop. */
  readonly latent?: ArrayLike<number>;
  /** Apply the block's first LayerNorm to X + Z, which is then all of X. Default: false, as in the theorem. */
  readonly normalised?: boolean;
}

/**
 * Theorem 3.2.1's problem with a trained model's embeddings and attention weights: X = embedding + positions, W_V the
 * trained W_VW_O, logits over τ√k. Left out is what the theorem does not have: mask, recency bias, biases and MLP.
 *
 * @throws {UserError} if the model has several heads
 */
export function trainedHead(
  { configuration: { task, model, objective }, parameters }: TrainedModel,
  { tokens, latent, normalised = false }: HeadInput,
): ContractionProblem {
  if (model.heads !== 1) {
    throw new UserError(`Cannot set up Theorem 3.2.1 with ${model.heads} heads as it is about one`);
  }
  const specification = modelSpecification({ ...taskOf(task), model });
  const view = (name: string) => parameterView(specification, parameters, name);
  const matrix = (name: string, rows: number): Matrix => {
    const values = Float64Array.from(view(name));
    return { rows, columns: values.length / rows, values };
  };
  const { width, headWidth } = model;
  const embedding = view("embedding");
  const positions = positionalEncoding(tokens.length, model);
  const X = {
    rows: tokens.length,
    columns: width,
    values: Float64Array.from(positions, (position, at) => {
      const token = tokens[Math.floor(at / width)];
      return embedding[token * width + at % width] + position;
    }),
  };
  const Z = { ...X, values: Float64Array.from(latent ?? new Float64Array(X.values.length)) };
  const value = matrix("attention.value.weight", width);
  const head = {
    WQ: rowsOf(matrix("attention.query.weight", width)),
    WK: rowsOf(matrix("attention.key.weight", width)),
    WV: rowsOf(model.output ? product(value, matrix("attention.output.weight", headWidth)) : value),
    transposed: false,
    logitScale: 1 / (Math.sqrt(headWidth) * model.temperature),
    q: objective.q,
  };
  if (!normalised) return { ...head, X: rowsOf(X), Z: rowsOf(Z) };
  const Y = { ...X, values: X.values.map((each, at) => each + Z.values[at]) };
  const normal = model.norm === "pre"
    ? layerNorm(Y, { gain: view("norm1.gain"), bias: view("norm1.bias") })
    : Y;
  return { ...head, X: rowsOf(normal), Z: rowsOf({ ...X, values: new Float64Array(X.values.length) }) };
}

/** LayerNorm of each row, ε = 1e-5. */
function layerNorm(
  { rows, columns, values }: Matrix,
  { gain, bias }: { gain: Float32Array; bias: Float32Array },
): Matrix {
  const normal = new Float64Array(values.length);
  for (let i = 0; i < rows; i++) {
    const row = values.subarray(i * columns, (i + 1) * columns);
    const mean = row.reduce((sum, value) => sum + value, 0) / columns;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / columns;
    row.forEach((value, j) => {
      normal[i * columns + j] = (value - mean) / Math.sqrt(variance + 1e-5) * gain[j] + bias[j];
    });
  }
  return { rows, columns, values: normal };
}
