/**
 * The parameters as the kernel wants them. What costs nothing per token is done here, once per call:
 *
 * - the gain g and bias b of a norm are folded into the linear map that follows, as
 *   (x̂·g + b)W + c = x̂·(diag(g)W) + (bW + c);
 * - the scale of attention logits, log₂e/(√headWidth·τ), goes into the weights of the query;
 * - query, key and value lie side by side in one matrix;
 * - a model without W_O gets the matrix of zeros and ones that concatenates or adds its heads;
 * - every width is padded to a multiple of 4 with zeros.
 *
 * The gradient takes the same way back.
 *
 * @module
 */
import { type ModelShape, modelSpecification } from "../../models/specification.ts";
import { parameterView } from "../../parameters.ts";

/** A matrix and its bias as the kernel holds them; the bias follows the matrix. */
interface KernelMatrix {
  readonly name: "embedding" | "qkv" | "output" | "in" | "out" | "readout";
  readonly rows: number;
  readonly columns: number;
  /** Where it starts, in numbers. */
  readonly offset: number;
}

/** One linear map of the model and its place in a matrix of the kernel. */
interface LinearMap {
  /** Its name among the parameters. */
  readonly name: string;
  readonly matrix: KernelMatrix;
  /** The row of each input and the column of each output. */
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** The norm before it, if any. */
  readonly norm?: string;
  readonly factor: number;
}

/** Sizes of the kernel's matrices for one model, and the way to and from its parameters. */
export interface KernelWeights {
  /** Padded sizes; `inner` is heads × headWidth. */
  readonly sizes: {
    readonly width: number;
    readonly headWidth: number;
    readonly inner: number;
    readonly mlpWidth: number;
    readonly classes: number;
  };
  readonly matrices: readonly KernelMatrix[];
  /** All matrices and their biases, in numbers. */
  readonly size: number;
  /** Writes the matrices for the given parameters. */
  fold(parameters: Float32Array, to: Float32Array): void;
  /** The gradient of the parameters from that of the matrices. */
  unfold(parameters: Float32Array, gradient: Float64Array): Float32Array;
}

/** The way from a model's parameters to the kernel's matrices. */
export function kernelWeights(shape: ModelShape): KernelWeights {
  const { model, vocabulary } = shape;
  const sizes = {
    width: padded(model.width),
    headWidth: padded(model.headWidth),
    inner: model.heads * padded(model.headWidth),
    mlpWidth: padded(model.mlpWidth),
    classes: padded(shape.classes),
  };
  const { matrices, size } = layOut([
    ["embedding", vocabulary, sizes.width],
    ["qkv", sizes.width, 3 * sizes.inner],
    ["output", sizes.inner, sizes.width],
    ["in", sizes.width, sizes.mlpWidth],
    ["out", sizes.mlpWidth, sizes.width],
    ["readout", sizes.width, sizes.classes],
  ]);
  const specification = modelSpecification(shape);
  const maps = linearMaps(shape, sizes, matrices);
  const view = (flat: Float32Array, name: string) =>
    specification.entries.some((entry) => entry.name === name)
      ? parameterView(specification, flat, name)
      : undefined;

  return {
    sizes,
    matrices,
    size,

    fold(parameters, to) {
      to.fill(0);
      const embedding = parameterView(specification, parameters, "embedding");
      eachPlace(embedding.length, model.width, sizes.width, (from, at) => to[at] = embedding[from]);
      if (!model.output) joinHeads(shape, sizes, (i, o) => to[matrices[2].offset + i * sizes.width + o] = 1);
      for (const map of maps) {
        foldMap(map, {
          weight: view(parameters, `${map.name}.weight`)!,
          bias: view(parameters, `${map.name}.bias`),
          gain: view(parameters, `${map.norm}.gain`),
          shift: view(parameters, `${map.norm}.bias`),
        }, to);
      }
    },

    unfold(parameters, gradient) {
      const result = new Float64Array(specification.size);
      const resultView = (name: string) => {
        const entry = specification.entries.find((each) => each.name === name);
        return entry && result.subarray(entry.offset, entry.offset + entry.size);
      };
      const embedding = resultView("embedding")!;
      eachPlace(embedding.length, model.width, sizes.width, (to, at) => embedding[to] = gradient[at]);
      for (const map of maps) {
        unfoldMap(
          map,
          {
            weight: view(parameters, `${map.name}.weight`)!,
            gain: view(parameters, `${map.norm}.gain`),
            shift: view(parameters, `${map.norm}.bias`),
          },
          gradient,
          {
            weight: resultView(`${map.name}.weight`)!,
            bias: resultView(`${map.name}.bias`),
            gain: resultView(`${map.norm}.gain`),
            shift: resultView(`${map.norm}.bias`),
          },
        );
      }
      return Float32Array.from(result);
    },
  };
}

/** The next multiple of 4. */
function padded(n: number): number {
  return Math.ceil(n / 4) * 4;
}

function layOut(
  shapes: [KernelMatrix["name"], number, number][],
): { matrices: KernelMatrix[]; size: number } {
  let size = 0;
  const matrices = shapes.map(([name, rows, columns]) => {
    const offset = size;
    size += rows * columns + (name === "embedding" ? 0 : columns);
    return { name, rows, columns, offset };
  });
  return { matrices, size };
}

function linearMaps(
  { model, classes }: ModelShape,
  sizes: KernelWeights["sizes"],
  [, qkv, output, inside, out, readout]: KernelMatrix[],
): LinearMap[] {
  const { width, heads, headWidth, mlpWidth, temperature, norm } = model;
  const plain = (n: number) => Int32Array.from({ length: n }, (_, i) => i);
  const byHead = (start: number) =>
    Int32Array.from(
      { length: heads * headWidth },
      (_, i) => start + Math.floor(i / headWidth) * sizes.headWidth + i % headWidth,
    );
  const normed = (name: string) => norm === "pre" ? { norm: name } : {};
  const fromState = { rows: plain(width), factor: 1 };
  const toState = { columns: plain(width), factor: 1 };
  const attention = { matrix: qkv, ...fromState, ...normed("norm1") };
  const scale = Math.LOG2E / (Math.sqrt(headWidth) * temperature);
  return [
    { name: "attention.query", ...attention, columns: byHead(0), factor: scale },
    { name: "attention.key", ...attention, columns: byHead(sizes.inner) },
    { name: "attention.value", ...attention, columns: byHead(2 * sizes.inner) },
    ...(model.output ? [{ name: "attention.output", matrix: output, rows: byHead(0), ...toState }] : []),
    ...(mlpWidth === 0 ? [] : [
      { name: "mlp.in", matrix: inside, ...fromState, ...normed("norm2"), columns: plain(mlpWidth) },
      { name: "mlp.out", matrix: out, rows: plain(mlpWidth), ...toState },
    ]),
    { name: "readout", matrix: readout, ...fromState, columns: plain(classes) },
  ];
}

/** Calls back with every 1 of the matrix that puts heads side by side, or adds those as wide as the model. */
function joinHeads(
  { model: { width, heads, headWidth } }: ModelShape,
  sizes: KernelWeights["sizes"],
  callback: (row: number, column: number) => void,
): void {
  const step = headWidth === width ? 0 : headWidth;
  for (let head = 0; head < heads; head++) {
    for (let c = 0; c < headWidth; c++) callback(head * sizes.headWidth + c, head * step + c);
  }
}

/** Calls back with the place of each of `size` numbers in rows of `columns`, and its place in padded rows. */
function eachPlace(
  size: number,
  columns: number,
  paddedColumns: number,
  callback: (place: number, paddedPlace: number) => void,
): void {
  for (let i = 0; i < size; i++) callback(i, Math.floor(i / columns) * paddedColumns + i % columns);
}

type Numbers = Float32Array | Float64Array;

function foldMap(
  { matrix, rows, columns, factor }: LinearMap,
  { weight, bias, gain, shift }: { weight: Numbers; bias?: Numbers; gain?: Numbers; shift?: Numbers },
  to: Float32Array,
): void {
  const outputs = columns.length;
  const biasOffset = matrix.offset + matrix.rows * matrix.columns;
  const sums = new Float64Array(outputs);
  if (bias) sums.set(bias);
  for (let i = 0; i < rows.length; i++) {
    const start = matrix.offset + rows[i] * matrix.columns;
    const scale = factor * (gain?.[i] ?? 1), offset = shift?.[i] ?? 0;
    for (let o = 0; o < outputs; o++) {
      const value = weight[i * outputs + o];
      to[start + columns[o]] = scale * value;
      sums[o] += offset * value;
    }
  }
  for (let o = 0; o < outputs; o++) to[biasOffset + columns[o]] = factor * sums[o];
}

function unfoldMap(
  { matrix, rows, columns, factor }: LinearMap,
  { weight, gain, shift }: { weight: Numbers; gain?: Numbers; shift?: Numbers },
  gradient: Float64Array,
  to: { weight: Float64Array; bias?: Float64Array; gain?: Float64Array; shift?: Float64Array },
): void {
  const outputs = columns.length;
  const biasOffset = matrix.offset + matrix.rows * matrix.columns;
  for (let i = 0; i < rows.length; i++) {
    const start = matrix.offset + rows[i] * matrix.columns;
    const scale = gain?.[i] ?? 1, offset = shift?.[i] ?? 0;
    let dGain = 0, dShift = 0;
    for (let o = 0; o < outputs; o++) {
      const value = weight[i * outputs + o];
      const dWeight = gradient[start + columns[o]], dBias = gradient[biasOffset + columns[o]];
      to.weight[i * outputs + o] = factor * (scale * dWeight + offset * dBias);
      dGain += value * dWeight;
      dShift += value * dBias;
    }
    if (to.gain) to.gain[i] += factor * dGain;
    if (to.shift) to.shift[i] += factor * dShift;
  }
  if (to.bias) { for (let o = 0; o < outputs; o++) to.bias[o] = factor * gradient[biasOffset + columns[o]]; }
}
