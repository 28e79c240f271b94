/**
 * The memory that the workers share, as the host sees it: it grows with what is asked for, takes the inputs of a
 * call and gives back what the kernel left.
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import { positionalEncoding } from "../../models/positions.ts";
import type { Batch, Sequences } from "../../tasks/task.ts";
import type { EngineProblem } from "../engine.ts";
import { type Averages, averages, termWeights } from "./averages.ts";
import { type CallSize, type Layout, layout } from "./layout.ts";
import { type KernelWeights, kernelWeights } from "./weights.ts";

/** See the module's description. */
export class KernelMemory {
  readonly memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  readonly #problem: EngineProblem;
  readonly #workers: number;
  readonly #weights: KernelWeights;
  #last?: { size: CallSize; layout: Layout };

  constructor(problem: EngineProblem, workers: number) {
    this.#problem = problem;
    this.#workers = workers;
    this.#weights = kernelWeights(problem);
  }

  /**
   * The layout for a call of this size, with memory enough and all but the call's inputs in place.
   *
   * @throws {UserError} if there is not memory enough
   */
  prepare(size: CallSize): Layout {
    const last = this.#last;
    if (last && (Object.keys(size) as (keyof CallSize)[]).every((key) => last.size[key] === size[key])) {
      return last.layout;
    }
    const made = layout(this.#problem, this.#weights, { size, workers: this.#workers });
    this.#grow(made.bytes);
    this.#writeTables(made);
    this.#last = { size, layout: made };
    return made;
  }

  #grow(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      this.memory.grow(Math.ceil(missing / 65536));
    } catch {
      throw new UserError(
        `Cannot get the ${(bytes / 2 ** 20).toFixed(0)} MB of memory that the fused engine needs for these ` +
          `sequences: use shorter or fewer ones, or fewer workers`,
      );
    }
  }

  /** Writes the weights, those for the way back, and the tokens. */
  write({ shared }: Layout, parameters: Float32Array, { tokens }: Sequences): void {
    this.#weights.fold(parameters, this.floats(shared.embedding, this.#weights.size));
    for (const { name, rows, columns } of this.#weights.matrices) {
      if (name === "embedding") continue;
      const from = this.floats(shared[`${name}Weight`], rows * columns);
      const to = this.floats(shared[`${name}Transposed`], rows * columns);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
      }
    }
    this.#integers(shared.tokens, tokens.length).set(tokens);
  }

  /** Writes the targets. */
  writeTargets({ shared }: Layout, { targets }: Batch): void {
    this.#integers(shared.targets, targets.length).set(targets);
  }

  /**
   * The settings that tell the kernel how much each term weighs in the gradient: its λ over the number of rows
   * that it is averaged over.
   *
   * @param sign of mean S_q − η
   */
  objectiveSettings(batch: Batch, sign: number): Record<string, number> {
    const { objective } = this.#problem;
    const distance = Math.abs(objective.q - 1);
    return {
      q: objective.q,
      // Below this, S_q is Shannon's entropy to the last digit.
      qDistance: distance < 1e-12 ? 0 : distance,
      squaredKinetic: objective.kinetic === "squared" ? 1 : 0,
      ...termWeights(this.#problem, batch, { sign }),
    };
  }

  /** The four averages that the kernel left. */
  averages({ shared }: Layout, batch: Batch): Averages {
    const sums = new Float64Array(this.memory.buffer, shared.sums, batch.count * 4);
    return averages(this.#problem, batch, { sums });
  }

  /** The gradient of the parameters: the groups' gradients added up in their order. */
  gradient({ shared, groups }: Layout, parameters: Float32Array): Float32Array {
    const { size } = this.#weights;
    const parts = this.floats(shared.gradients, groups * size);
    const total = new Float64Array(size);
    for (let start = 0; start < parts.length; start += size) {
      for (let i = 0; i < size; i++) total[i] += parts[start + i];
    }
    return this.#weights.unfold(parameters, total);
  }

  /** A view of the memory, valid until it grows. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, address, length);
  }

  #integers(address: number, length: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, length);
  }

  /** What depends on nothing but the length: positions, penalties of distance, masks. */
  #writeTables({ shared }: Layout): void {
    const { model } = this.#problem;
    const { length, tiles, widthPadded } = shared;
    const positions = this.floats(shared.positions, length * widthPadded);
    positionalEncoding(length, model).forEach((value, i) => {
      positions[Math.floor(i / model.width) * widthPadded + i % model.width] = value;
    });
    const before = (tiles - 1) * 8;
    const penalties = this.floats(shared.penalties - before * 4, tiles * 8);
    penalties.forEach((_, i) => penalties[i] = (i - before) * model.recency * Math.LOG2E);
    const lastKey = length - before;
    const mask = this.#integers(shared.lastMask, 64);
    mask.forEach((_, i) => {
      const key = Math.floor(i / 8), query = i % 8;
      mask[i] = (model.causal ? key <= query : key < lastKey) ? -1 : 0;
    });
    const valid = this.floats(shared.validLanes, 8);
    valid.forEach((_, lane) => valid[lane] = lane < lastKey ? 1 : 0);
  }
}
