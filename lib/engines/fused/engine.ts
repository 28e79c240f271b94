/**
 * The fast engine for CPUs: forward and hand-derived backward of all loops in one pass, in WebAssembly SIMD, the
 * sequences of a batch spread over workers.
 *
 * Each sequence is computed by itself, and what the sequences contribute is summed in their order in double
 * precision: the result is the same, to the last bit, for any number of workers.
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import { modelSpecification } from "../../models/specification.ts";
import { lossTerms } from "../../objective.ts";
import type { Batch, Sequences } from "../../tasks/task.ts";
import type { Engine, EngineProblem, LossAndGradient, Trace } from "../engine.ts";
import { assertInputs, assertTargets } from "../inputs.ts";
import { SignGuess } from "./averages.ts";
import { emptyTrace } from "./empty_trace.ts";
import { type FusedBackend, loadKernel } from "./kernel_modules.ts";
import { KernelMemory } from "./memory.ts";
import { createPool, type Pool } from "./pool.ts";
import { Turns } from "./turns.ts";
import { kernelWeights } from "./weights.ts";

/** Most numbers that the kernel's matrices may have: their gradients need room besides them. */
const MOST_WEIGHTS = 2 ** 25;

/** More workers than this help little with a small model, and are used only if asked for. */
const MOST_WORKERS = 16;

/** Why the fused engine cannot run the model, or nothing if it can. */
export function fusedCovers(problem: EngineProblem): string | undefined {
  const { size } = kernelWeights(problem);
  if (size > MOST_WEIGHTS) {
    return `the model has ${size} weights, and the fused engine holds at most ${MOST_WEIGHTS}`;
  }
  return undefined;
}

/**
 * A fused engine.
 *
 * @param options.workers how many threads compute; as many as there are processors, up to 16, unless given
 * @param options.backend which build of the kernel; the best that this machine takes unless given
 * @throws {UserError} if the engine does not cover the model (see {@link fusedCovers}), this machine does not
 *   take the kernel, or `workers` is no whole number ≥ 1
 */
export async function createFusedEngine(
  problem: EngineProblem,
  { workers = Math.min(navigator.hardwareConcurrency, MOST_WORKERS), backend: wanted }: {
    workers?: number;
    backend?: FusedBackend;
  } = {},
): Promise<Engine> {
  const reason = fusedCovers(problem);
  if (reason !== undefined) throw new UserError(`Cannot use engine "fused" as ${reason}`);
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new UserError(`Cannot use ${workers} workers: it must be a whole number ≥ 1`);
  }
  const { module, backend } = await loadKernel(wanted);
  const memory = new KernelMemory(problem, workers);
  const pool = await createPool({ module, memory: memory.memory, workers });
  return new FusedEngine({ problem, backend, memory, pool, workers });
}

class FusedEngine implements Engine {
  readonly name = "fused";
  readonly backend: string;
  readonly problem: EngineProblem;
  readonly specification;
  readonly #memory: KernelMemory;
  readonly #pool: Pool;
  readonly #workers: number;
  /** Calls follow one another, as they share the memory. */
  readonly #turns = new Turns();
  readonly #sign = new SignGuess();

  constructor(
    { problem, backend, memory, pool, workers }: {
      problem: EngineProblem;
      backend: string;
      memory: KernelMemory;
      pool: Pool;
      workers: number;
    },
  ) {
    this.problem = problem;
    this.backend = backend;
    this.specification = modelSpecification(problem);
    this.#memory = memory;
    this.#pool = pool;
    this.#workers = workers;
  }

  logits(parameters: Float32Array, sequences: Sequences): Promise<Float32Array> {
    return this.#turns.take(async () => {
      this.#check(parameters, sequences);
      const { count, length } = sequences;
      const layout = this.#memory.prepare({ call: "logits", count, length, attention: false });
      this.#memory.write(layout, parameters, sequences);
      await this.#pool.run({ call: "logits", ...layout, tasks: count });
      return this.#memory.floats(layout.shared.logitsOut, count * length * this.problem.classes).slice();
    });
  }

  lossAndGradient(parameters: Float32Array, batch: Batch): Promise<LossAndGradient> {
    return this.#turns.take(async () => {
      this.#check(parameters, batch);
      assertTargets(this.problem.classes, batch);
      const { count, length } = batch;
      const layout = this.#memory.prepare({ call: "gradient", count, length, attention: false });
      this.#memory.write(layout, parameters, batch);
      this.#memory.writeTargets(layout, batch);
      const found = await this.#sign.settle(this.problem, async (sign) => {
        const shared = { ...layout.shared, ...this.#memory.objectiveSettings(batch, sign) };
        await this.#pool.run({ call: "gradient", ...layout, shared, tasks: layout.groups });
        return this.#memory.averages(layout, batch);
      });
      return {
        terms: lossTerms(found, this.problem.objective),
        gradient: this.#memory.gradient(layout, parameters),
      };
    });
  }

  trace(
    parameters: Float32Array,
    sequences: Sequences,
    { attention = false }: { attention?: boolean } = {},
  ): Promise<Trace> {
    return this.#turns.take(async () => {
      this.#check(parameters, sequences);
      const { count, length } = sequences;
      const { model: { width, heads }, classes } = this.problem;
      const trace = emptyTrace(this.problem, sequences, { attention });
      // A few sequences at a time, so that memory does not grow with their number.
      for (let first = 0; first < count; first += this.#workers) {
        const tasks = Math.min(this.#workers, count - first);
        const layout = this.#memory.prepare({ call: "trace", count: tasks, length, attention });
        const tokens = sequences.tokens.subarray(first * length, (first + tasks) * length);
        this.#memory.write(layout, parameters, { tokens, count: tasks, length });
        await this.#pool.run({ call: "trace", ...layout, tasks });
        const copy = (to: Float32Array[], address: number, size: number) =>
          to.forEach((array, t) => {
            const numbers = tasks * length * size;
            array.set(this.#memory.floats(address + t * numbers * 4, numbers), first * length * size);
          });
        copy(trace.states, layout.shared.traceStates, width);
        copy(trace.logits, layout.shared.traceLogits, classes);
        copy(trace.attention, layout.shared.traceAttention, heads * length);
      }
      return trace;
    });
  }

  dispose(): Promise<void> {
    return this.#pool.close();
  }

  #check(parameters: Float32Array, sequences: Sequences): void {
    const { specification, problem: { vocabulary } } = this;
    assertInputs({ specification, vocabulary }, parameters, sequences);
  }
}
