/**
 * The kernel's matrices (see `../weights.ts`) as the shaders want them: each in rows along the model's width.
 *
 * @module
 */
import type { ModelShape } from "../../../models/specification.ts";
import { kernelWeights } from "../weights.ts";

/** The matrices whose rows are along something else at first. */
const turned = new Set(["qkv", "in", "readout"]);

/** See the module's description. */
export class RowWeights {
  /** Padded sizes; `inner` is heads × headWidth. */
  readonly sizes;
  /** All matrices and their biases, in numbers. */
  readonly size: number;
  /** Where each matrix and its bias start, in numbers. */
  readonly places: readonly { name: string; weight: number; bias: number }[];
  readonly #kernel;

  constructor(shape: ModelShape) {
    this.#kernel = kernelWeights(shape);
    this.sizes = this.#kernel.sizes;
    this.size = this.#kernel.size;
    this.places = this.#kernel.matrices.map(({ name, rows, columns, offset }) => ({
      name,
      weight: offset,
      bias: offset + rows * columns,
    }));
  }

  /** The matrices for the given parameters. */
  fold(parameters: Float32Array): Float32Array<ArrayBuffer> {
    const folded = new Float32Array(this.size);
    this.#kernel.fold(parameters, folded);
    const result = folded.slice();
    this.#eachTurned((inKernel, inRows) => result[inRows] = folded[inKernel]);
    return result;
  }

  /** The gradient of the parameters from that of the matrices. */
  unfold(parameters: Float32Array, gradient: Float64Array): Float32Array {
    const result = gradient.slice();
    this.#eachTurned((inKernel, inRows) => result[inKernel] = gradient[inRows]);
    return this.#kernel.unfold(parameters, result);
  }

  #eachTurned(callback: (inKernel: number, inRows: number) => void): void {
    for (const { name, rows, columns, offset } of this.#kernel.matrices) {
      if (!turned.has(name)) continue;
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) callback(offset + r * columns + c, offset + c * rows + r);
      }
    }
  }
}
