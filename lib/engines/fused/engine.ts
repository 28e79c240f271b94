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
import { positionalEncoding } from "../../models/positions.ts";
import { modelSpecification } from "../../models/specification.ts";
import { lossTerms } from "../../objective.ts";
import { type Batch, IGNORED, type Sequences } from "../../tasks/task.ts";
import type { Engine, EngineProblem, LossAndGradient, Trace } from "../engine.ts";
import { assertInputs, assertTargets } from "../inputs.ts";
import { type KernelBuild, kernelFiles } from "./build.ts";
import { type CallSize, type Layout, layout } from "./layout.ts";
import { createPool, type Pool } from "./pool.ts";
import { type KernelWeights, kernelWeights } from "./weights.ts";

/** Most numbers that the kernel's matrices may have: their gradients need room besides them. */
const MOST_WEIGHTS = 2 ** 25;

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
 * @param options.workers how many threads compute; as many as there are processors unless given
 * @param options.backend which build of the kernel; the best that this machine takes unless given
 * @throws {UserError} if the engine does not cover the model (see {@link fusedCovers}), this machine does not
 *   take the kernel, or `workers` is no whole number ≥ 1
 */
export async function createFusedEngine(
  problem: EngineProblem,
  { workers = navigator.hardwareConcurrency, backend }: { workers?: number; backend?: KernelBuild } = {},
): Promise<Engine> {
  const reason = fusedCovers(problem);
  if (reason !== undefined) throw new UserError(`Cannot use engine "fused" as ${reason}`);
  if (!Number.isSafeInteger(workers) || workers < 1) {
    throw new UserError(`Cannot use ${workers} workers: it must be a whole number ≥ 1`);
  }
  const { module, build } = await loadKernel(backend);
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const pool = await createPool({ module, memory, workers });
  return new FusedEngine(problem, { build, memory, pool, workers });
}

/** The first build that this machine takes. */
async function loadKernel(wanted?: KernelBuild): Promise<{ module: WebAssembly.Module; build: KernelBuild }> {
  const builds = wanted === undefined ? Object.keys(kernelFiles) as KernelBuild[] : [wanted];
  for (const build of builds) {
    const bytes = await (await fetch(kernelFiles[build])).arrayBuffer();
    if (WebAssembly.validate(bytes)) return { module: await WebAssembly.compile(bytes), build };
  }
  throw new UserError(
    `Cannot use engine "fused" on ${builds.join(" or ")} as this machine's WebAssembly does not take it: ` +
      `use engine "tfjs"`,
  );
}

class FusedEngine implements Engine {
  readonly name = "fused";
  readonly backend: string;
  readonly specification;
  readonly #memory: WebAssembly.Memory;
  readonly #pool: Pool;
  readonly #workers: number;
  readonly #weights: KernelWeights;
  /** Calls follow one another, as they share the memory. */
  #queue: Promise<unknown> = Promise.resolve();
  #prepared?: { size: CallSize; layout: Layout };
  /** Of mean S_q − η at the last call, which is likely to be that of the next. */
  #sign = 1;

  constructor(
    readonly problem: EngineProblem,
    { build, memory, pool, workers }: {
      build: KernelBuild;
      memory: WebAssembly.Memory;
      pool: Pool;
      workers: number;
    },
  ) {
    this.backend = build;
    this.specification = modelSpecification(problem);
    this.#memory = memory;
    this.#pool = pool;
    this.#workers = workers;
    this.#weights = kernelWeights(problem);
  }

  logits(parameters: Float32Array, sequences: Sequences): Promise<Float32Array> {
    return this.#inTurn(async () => {
      this.#check(parameters, sequences);
      const { count, length } = sequences;
      const layout = this.#prepare({ call: "logits", count, length, attention: false });
      this.#write(layout, parameters, sequences);
      await this.#pool.run({ call: "logits", ...layout, tasks: count });
      return this.#floats(layout.shared.logitsOut, count * length * this.problem.classes).slice();
    });
  }

  lossAndGradient(parameters: Float32Array, batch: Batch): Promise<LossAndGradient> {
    return this.#inTurn(async () => {
      this.#check(parameters, batch);
      assertTargets(this.problem.classes, batch);
      const { count, length } = batch;
      const layout = this.#prepare({ call: "gradient", count, length, attention: false });
      this.#write(layout, parameters, batch);
      new Int32Array(this.#memory.buffer, layout.shared.targets, batch.targets.length).set(batch.targets);
      const { lambdaEntropy, eta } = this.problem.objective;
      for (;;) {
        const sign = this.#sign;
        await this.#pool.run({
          call: "gradient",
          ...layout,
          shared: { ...layout.shared, ...this.#objectiveSettings(batch, sign) },
          tasks: layout.groups,
        });
        const averages = this.#averages(layout, batch);
        // The gradient of |mean S_q − η| needs its sign, which only the whole batch can tell: rarely a step is
        // done twice.
        this.#sign = Math.sign(averages.meanEntropy - eta);
        if (lambdaEntropy !== 0 && sign !== this.#sign && !Number.isNaN(this.#sign)) continue;
        return {
          terms: lossTerms(averages, this.problem.objective),
          gradient: this.#weights.unfold(parameters, this.#gradientSum(layout)),
        };
      }
    });
  }

  trace(
    parameters: Float32Array,
    sequences: Sequences,
    { attention = false }: { attention?: boolean } = {},
  ): Promise<Trace> {
    return this.#inTurn(async () => {
      this.#check(parameters, sequences);
      const { count, length } = sequences;
      const { model: { width, heads, loops }, classes } = this.problem;
      const arrays = (number: number, size: number) =>
        Array.from({ length: number }, () => new Float32Array(count * length * size));
      const trace = {
        states: arrays(loops + 1, width),
        logits: arrays(loops + 1, classes),
        attention: arrays(attention ? loops : 0, heads * length),
      };
      // A few sequences at a time, so that memory does not grow with their number.
      for (let first = 0; first < count; first += this.#workers) {
        const tasks = Math.min(this.#workers, count - first);
        const layout = this.#prepare({ call: "trace", count: tasks, length, attention });
        const tokens = sequences.tokens.subarray(first * length, (first + tasks) * length);
        this.#write(layout, parameters, { tokens, count: tasks, length });
        await this.#pool.run({ call: "trace", ...layout, tasks });
        const copy = (to: Float32Array[], address: number, size: number) =>
          to.forEach((array, t) => {
            const numbers = tasks * length * size;
            array.set(this.#floats(address + t * numbers * 4, numbers), first * length * size);
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

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return await turn;
  }

  #check(parameters: Float32Array, sequences: Sequences): void {
    const { specification, problem: { vocabulary } } = this;
    assertInputs({ specification, vocabulary }, parameters, sequences);
  }

  /** The layout for a call of this size, with memory enough and its tables in place. */
  #prepare(size: CallSize): Layout {
    const last = this.#prepared;
    if (last && (Object.keys(size) as (keyof CallSize)[]).every((key) => last.size[key] === size[key])) {
      return last.layout;
    }
    const made = layout(this.problem, this.#weights, { size, workers: this.#workers });
    const missing = made.bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65536));
    this.#writeTables(made);
    this.#prepared = { size, layout: made };
    return made;
  }

  /** What depends on nothing but the length: positions, penalties of distance, masks. */
  #writeTables({ shared }: Layout): void {
    const { model } = this.problem;
    const { length, tiles, widthPadded } = shared;
    const positions = this.#floats(shared.positions, length * widthPadded);
    positionalEncoding(length, model).forEach((value, i) => {
      positions[Math.floor(i / model.width) * widthPadded + i % model.width] = value;
    });
    const before = (tiles - 1) * 8;
    const penalties = this.#floats(shared.penalties - before * 4, tiles * 8);
    penalties.forEach((_, i) => penalties[i] = (i - before) * model.recency * Math.LOG2E);
    const lastKey = length - (tiles - 1) * 8;
    const mask = new Int32Array(this.#memory.buffer, shared.lastMask, 64);
    mask.forEach((_, i) => {
      const key = Math.floor(i / 8), query = i % 8;
      mask[i] = (model.causal ? key <= query : key < lastKey) ? -1 : 0;
    });
    const valid = this.#floats(shared.validLanes, 8);
    valid.forEach((_, lane) => valid[lane] = lane < lastKey ? 1 : 0);
  }

  #write({ shared }: Layout, parameters: Float32Array, { tokens }: Sequences): void {
    this.#weights.fold(parameters, this.#floats(shared.embedding, this.#weights.size));
    for (const { name, rows, columns } of this.#weights.matrices) {
      if (name === "embedding") continue;
      const from = this.#floats(shared[`${name}Weight`], rows * columns);
      const to = this.#floats(shared[`${name}Transposed`], rows * columns);
      for (let r = 0; r < rows; r++) {
        for (let c = 0; c < columns; c++) to[c * rows + r] = from[r * columns + c];
      }
    }
    new Int32Array(this.#memory.buffer, shared.tokens, tokens.length).set(tokens);
  }

  #floats(address: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, address, length);
  }

  /** The weights of the four terms in the gradient, each over the number of rows that it is averaged over. */
  #objectiveSettings(batch: Batch, sign: number): Record<string, number> {
    const { objective, model: { heads, loops } } = this.problem;
    const tokens = batch.count * batch.length, rows = tokens * heads * loops;
    const distance = Math.abs(objective.q - 1);
    return {
      q: objective.q,
      qDistance: distance < 1e-12 ? 0 : distance,
      squaredKinetic: objective.kinetic === "squared" ? 1 : 0,
      taskWeight: 1 / Math.max(countedTargets(batch), 1),
      potentialWeight: objective.lambdaPotential / rows,
      kineticWeight: objective.lambdaKinetic / tokens,
      entropyWeight: sign * objective.lambdaEntropy / rows,
    };
  }

  /** The four averages of the terms. */
  #averages({ shared }: Layout, batch: Batch) {
    const { heads, loops } = this.problem.model;
    const sums = new Float64Array(this.#memory.buffer, shared.sums, batch.count * 4);
    const sum = (term: number) => {
      let total = 0;
      for (let i = term; i < sums.length; i += 4) total += sums[i];
      return total;
    };
    const tokens = batch.count * batch.length, rows = tokens * heads * loops;
    return {
      task: sum(0) / Math.max(countedTargets(batch), 1),
      potential: sum(1) / rows,
      kinetic: sum(2) / tokens,
      meanEntropy: sum(3) / rows,
    };
  }

  /** The groups' gradients added up in their order. */
  #gradientSum({ shared, groups }: Layout): Float64Array {
    const { size } = this.#weights;
    const parts = this.#floats(shared.gradients, groups * size);
    const total = new Float64Array(size);
    for (let group = 0; group < groups; group++) {
      for (let i = 0; i < size; i++) total[i] += parts[group * size + i];
    }
    return total;
  }
}

function countedTargets({ targets }: Batch): number {
  let counted = 0;
  for (const target of targets) if (target !== IGNORED) counted++;
  return counted;
}
