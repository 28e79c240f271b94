import { positionalEncoding } from "../../models/positions.ts";
import { type ModelShape, modelSpecification } from "../../models/specification.ts";
import { parameterView } from "../../parameters.ts";
import type { Memory } from "./memory.ts";

/**
 * The embedding and attention of a trained model as eq. 1 can use them: x_i is what its attention sees at first,
 * LN₁(embedding + position); W_Q, W_K and W_V are the trained ones (W_V with W_O); a state is read out by the trained
 * read-out, ⊥ left out. Eq. 1 has no place for the rest of the block: its biases, MLP and recency bias.
 *
 * @throws {RangeError} for a model of several heads or of heads narrower than the model, which eq. 1 does not have
 */
export function trainedMemory(
  shape: ModelShape,
  parameters: Float32Array,
  { name = "trained" }: { name?: string } = {},
): Memory {
  const { model, vocabulary, classes } = shape;
  const { width, heads, headWidth, norm, output } = model;
  if (heads !== 1 || headWidth !== width) {
    throw new RangeError("Cannot use a model in eq. 1 unless it has one head as wide as the model");
  }
  const specification = modelSpecification(shape);
  const part = (name: string) => parameterView(specification, parameters, name);
  // Row vectors times W in the model are W transposed times columns here.
  const transposed = (name: string) => transposedRows(part(name), width);
  const value = transposed("attention.value.weight");
  const embedding = part("embedding");
  const readout = part("readout.weight");
  const weights = {
    WQ: transposed("attention.query.weight"),
    WK: transposed("attention.key.weight"),
    WV: output ? product(transposed("attention.output.weight"), value) : value,
  };
  const normalised = (x: number[]) => {
    if (norm === "none") return x;
    const [gain, bias] = [part("norm1.gain"), part("norm1.bias")];
    const mean = x.reduce((a, b) => a + b) / width;
    const variance = x.reduce((sum, entry) => sum + (entry - mean) ** 2, 0) / width;
    return x.map((entry, c) => gain[c] * (entry - mean) / Math.sqrt(variance + 1e-5) + bias[c]);
  };
  return {
    name: `${name}, d = ${width}`,
    symbols: vocabulary,
    recall: (tokens) => {
      const positions = positionalEncoding(tokens.length, model);
      const X = tokens.map((token, i) =>
        normalised(
          Array.from({ length: width }, (_, c) => embedding[token * width + c] + positions[i * width + c]),
        )
      );
      return { weights: { X, ...weights }, Z0: X[X.length - 1] };
    },
    readOut: (Z) =>
      Array.from({ length: vocabulary }, (_, symbol) => {
        let score = 0;
        for (let c = 0; c < width; c++) score += Z[c] * readout[c * classes + symbol];
        return score;
      }),
  };
}

function transposedRows(flat: Float32Array, width: number): number[][] {
  return Array.from(
    { length: width },
    (_, i) => Array.from({ length: width }, (_, j) => flat[j * width + i]),
  );
}

function product(a: number[][], b: number[][]): number[][] {
  return a.map((row) => b[0].map((_, j) => row.reduce((sum, entry, k) => sum + entry * b[k][j], 0)));
}
