/**
 * The fused engine on a graphics card: forward and hand-derived backward of all loops in WebGPU shaders, a workgroup
 * a sequence, a thread a token. A training step is four launches, where op by op it is thousands.
 *
 * Sequences' gradients are added up in their order: the same call gives the same bytes.
 *
 * @module
 */
import { UserError } from "../../../errors.ts";
import { positionalEncoding } from "../../../models/positions.ts";
import { modelSpecification } from "../../../models/specification.ts";
import { lossTerms } from "../../../objective.ts";
import { type Batch, IGNORED, type Sequences } from "../../../tasks/task.ts";
import type { Engine, EngineProblem, LossAndGradient, Trace } from "../../engine.ts";
import { assertInputs, assertTargets } from "../../inputs.ts";
import { averages, noTerms, SignGuess, termWeights } from "../averages.ts";
import { emptyTrace } from "../empty_trace.ts";
import { Turns } from "../turns.ts";
import { Card } from "./card.ts";
import { bytesOf, sequencesAtOnce, type Span, spans } from "./plan.ts";
import { type Launch, Program } from "./program.ts";
import { RowWeights } from "./row_weights.ts";
import type { Purpose } from "./slots.ts";

/** Widest model and head: a thread holds several states of its token at once. */
const MOST_WIDTH = 128;

/** Threads of a workgroup for sequences that fit them, and for longer ones: the most that every card takes. */
const FEW_THREADS = 64, MANY_THREADS = 256;

/** Why the fused engine cannot run the model on a graphics card, or nothing if it can. */
export function fusedWebgpuCovers({ model: { width, headWidth } }: EngineProblem): string | undefined {
  const widest = Math.max(width, headWidth);
  return widest > MOST_WIDTH
    ? `the model or its heads are ${widest} wide, and its shaders take at most ${MOST_WIDTH}`
    : undefined;
}

/**
 * A fused engine on the graphics card.
 *
 * @throws {UserError} if it does not cover the model (see {@link fusedWebgpuCovers}), or there is no card
 */
export async function createFusedWebgpuEngine(problem: EngineProblem): Promise<Engine> {
  const reason = fusedWebgpuCovers(problem);
  if (reason !== undefined) throw new UserError(`Cannot use fused backend "webgpu" as ${reason}`);
  return new FusedWebgpuEngine(problem, await Card.open());
}

/** A function of the shaders, its loops, and its workgroups: one a sequence unless given. */
interface Step extends Span {
  readonly entry: string;
  readonly workgroups?: number;
}

/** Sequences that go at once, and the program for them. */
interface Part {
  readonly program: Program;
  readonly group: number;
  readonly first: number;
  readonly count: number;
  readonly length: number;
  /** The model's loops, cut into launches. */
  readonly spans: readonly Span[];
  readonly buffers: Record<string, GPUBuffer>;
}

class FusedWebgpuEngine implements Engine {
  readonly name = "fused";
  readonly backend = "webgpu";
  readonly details: string;
  readonly problem: EngineProblem;
  readonly specification;
  readonly #card: Card;
  readonly #weights: RowWeights;
  readonly #programs = new Map<string, Program>();
  #positions = new Float32Array();
  /** Calls follow one another, as they share the buffers. */
  readonly #turns = new Turns();
  readonly #sign = new SignGuess();

  constructor(problem: EngineProblem, card: Card) {
    this.problem = problem;
    this.details = `${card.name}, float32`;
    this.specification = modelSpecification(problem);
    this.#card = card;
    this.#weights = new RowWeights(problem);
  }

  logits(parameters: Float32Array, sequences: Sequences): Promise<Float32Array> {
    return this.#turns.take(async () => {
      this.#check(parameters, sequences);
      const { count, length } = sequences;
      const { classes } = this.problem;
      const result = new Float32Array(count * length * classes);
      for await (const part of this.#parts("inference", parameters, sequences)) {
        const forward = steps(part, "forward");
        this.#launch(part, [...forward, { ...forward.at(-1)!, entry: "readOut" }]);
        const numbers = part.count * length * classes;
        const [logits] = await this.#card.read([[part.buffers.logits, numbers]]);
        result.set(logits, part.first * length * classes);
      }
      return result;
    });
  }

  lossAndGradient(parameters: Float32Array, batch: Batch): Promise<LossAndGradient> {
    return this.#turns.take(async () => {
      this.#check(parameters, batch);
      assertTargets(this.problem.classes, batch);
      const { size } = this.#weights;
      const sums = new Float32Array(4 * batch.tokens.length);
      const gradient = new Float64Array(size);
      const found = await this.#sign.settle(this.problem, async (sign) => {
        gradient.fill(0);
        const terms = termWeights(this.problem, batch, { sign });
        for await (const part of this.#parts("training", parameters, batch)) {
          const backward = steps(part, "backward").toReversed();
          const reduce = {
            ...backward.at(-1)!,
            entry: "reduce",
            workgroups: Math.ceil(size / 4 / part.group),
          };
          const forward = steps(part, "forward");
          this.#launch(part, [...forward, { ...forward.at(-1)!, entry: "loss" }, ...backward, reduce], terms);
          const tokens = part.count * part.length;
          const [partSums, total] = await this.#card.read([
            [part.buffers.sums, 4 * tokens],
            [part.buffers.totals, size],
          ]);
          sums.set(partSums, 4 * part.first * part.length);
          total.forEach((value, i) => gradient[i] += value);
        }
        return averages(this.problem, batch, { sums });
      });
      return {
        terms: lossTerms(found, this.problem.objective),
        gradient: this.#weights.unfold(parameters, gradient),
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
      const { length } = sequences;
      const { model: { width, heads, loops }, classes } = this.problem;
      const trace = emptyTrace(this.problem, sequences, { attention });
      for await (const part of this.#parts("inference", parameters, sequences, { attention })) {
        const { buffers } = part;
        const tokens = part.count * length;
        const read = async (t: number) => {
          const [states, logits, rows] = await this.#card.read([
            [buffers.states, tokens * width],
            [buffers.logits, tokens * classes],
            ...(attention && t > 0 ? [[buffers.attention, tokens * heads * length] as const] : []),
          ]);
          trace.states[t].set(states, part.first * length * width);
          trace.logits[t].set(logits, part.first * length * classes);
          if (rows) trace.attention[t - 1].set(rows, part.first * length * heads * length);
        };
        this.#launch(part, ["forward", "readOut"].map((entry) => ({ entry, firstLoop: 0, endLoop: 0 })));
        await read(0);
        const entries = ["forward", "readOut", ...(attention ? ["writeAttention"] : [])];
        for (let t = 0; t < loops; t++) {
          this.#launch(part, entries.map((entry) => ({ entry, firstLoop: t, endLoop: t + 1 })));
          await read(t + 1);
        }
      }
      return trace;
    });
  }

  dispose(): Promise<void> {
    this.#card.dispose();
    return Promise.resolve();
  }

  /** Cuts the sequences into parts that fit the card, and makes each ready to be launched. */
  async *#parts(
    purpose: Purpose,
    parameters: Float32Array,
    { tokens, targets, count, length }: Sequences & { targets?: Int32Array },
    { attention = false }: { attention?: boolean } = {},
  ): AsyncGenerator<Part> {
    const { problem } = this;
    const group = length <= FEW_THREADS ? FEW_THREADS : MANY_THREADS;
    const bytes = bytesOf(problem, this.#weights, { purpose, length, attention });
    const atOnce = sequencesAtOnce(bytes, { length, most: this.#card.mostBytes });
    const { software } = this.#card;
    const cut = spans(problem, this.#weights, { length, group, software });
    const program = await this.#program(purpose, group);
    const weights = this.#weights.fold(parameters);
    const pairs = new Int32Array(2 * tokens.length);
    tokens.forEach((token, i) => {
      pairs[2 * i] = token;
      pairs[2 * i + 1] = targets?.[i] ?? IGNORED;
    });
    for (let first = 0; first < count; first += atOnce) {
      const size = Math.min(atOnce, count - first);
      const sized = Object.entries(bytes).map(([name, each]) => [name, this.#output(name, size * each)]);
      const buffers = {
        attention: this.#output("attention", 16),
        totals: this.#output("totals", 4 * this.#weights.size),
        ...Object.fromEntries(sized),
        weights: this.#input("weights", weights),
        tokens: this.#input("tokens", pairs.subarray(2 * first * length, 2 * (first + size) * length)),
        positions: this.#input("positions", this.#positionsOf(length)),
      };
      yield { program, group, first, count: size, length, spans: cut, buffers };
    }
  }

  #output(name: string, bytes: number): GPUBuffer {
    return this.#card.buffer(name, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
  }

  #input(name: string, values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): GPUBuffer {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
    const buffer = this.#card.buffer(name, values.byteLength, usage);
    this.#card.device.queue.writeBuffer(buffer, 0, values);
    return buffer;
  }

  /** Positions of at least `length` tokens, their channels padded as the state's are. */
  #positionsOf(length: number): Float32Array<ArrayBuffer> {
    const { model } = this.problem;
    const padded = this.#weights.sizes.width;
    if (this.#positions.length < length * padded) {
      this.#positions = new Float32Array(length * padded);
      positionalEncoding(length, model).forEach((value, i) => {
        this.#positions[Math.floor(i / model.width) * padded + i % model.width] = value;
      });
    }
    return this.#positions;
  }

  async #program(purpose: Purpose, group: number): Promise<Program> {
    const key = `${purpose} ${group}`;
    const { problem } = this;
    const present = this.#programs.get(key) ??
      await Program.compile(this.#card, { problem, weights: this.#weights, purpose, group });
    this.#programs.set(key, present);
    return present;
  }

  /** Launches all steps in their order, those over the same loops together. */
  #launch({ program, count, length, buffers }: Part, all: readonly Step[], terms = noTerms): void {
    for (let start = 0; start < all.length;) {
      const { firstLoop, endLoop } = all[start];
      const launches: Launch[] = [];
      let end = start;
      for (; all[end]?.firstLoop === firstLoop && all[end].endLoop === endLoop; end++) {
        const { entry, workgroups = count } = all[end];
        launches.push({ entry, workgroups });
      }
      program.launch(launches, { settings: { count, length, firstLoop, endLoop, ...terms }, buffers });
      start = end;
    }
  }

  #check(parameters: Float32Array, sequences: Sequences): void {
    const { specification, problem: { vocabulary } } = this;
    assertInputs({ specification, vocabulary }, parameters, sequences);
  }
}

/** All loops of a part, in the entry's spans. */
function steps({ spans }: Part, entry: string): Step[] {
  return spans.map((span) => ({ entry, ...span }));
}
