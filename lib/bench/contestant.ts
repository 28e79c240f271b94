/**
 * Who is timed: one of the kit's engines, or a peer in another process.
 *
 * @module
 */
import type { Engine } from "../engines/engine.ts";
import { createEngine, type EngineChoice } from "../engines/select.ts";
import { adamwStart, adamwUpdate } from "../training/adamw.ts";
import type { PreparedWork } from "./work.ts";

/** Someone who is to do a piece of work. */
export interface Contestant {
  /** Such as "fused, 2 workers". */
  readonly name: string;
  /**
   * Gets ready.
   *
   * @throws {Error} saying in one sentence why that is not possible here
   */
  open(): Promise<Runner>;
}

/** A contestant that is ready. */
export interface Runner {
  /** What runs, such as "fused on wasm-relaxed-simd". */
  readonly about: string;
  /**
   * The result before any step: the objective of a train step, the mean squared logit of a forward pass. The same
   * for all who do the same work.
   */
  readonly value: number;
  /** Does the work so many times in a row. @returns the milliseconds that this took */
  run(times: number): Promise<number>;
  close(): Promise<void>;
}

/** One of the kit's engines. */
export function engineContestant(
  name: string,
  { prepared, choice }: { prepared: PreparedWork; choice: EngineChoice },
): Contestant {
  return {
    name,
    async open() {
      const engine = await createEngine(prepared.problem, choice);
      try {
        return await engineRunner(engine, { prepared });
      } catch (error) {
        await engine.dispose();
        throw error;
      }
    },
  };
}

/** The work on an engine, which is disposed of when the runner is closed. */
export async function engineRunner(
  engine: Engine,
  { prepared: { work, configuration, parameters, batch }, now = () => performance.now() }: {
    prepared: PreparedWork;
    /** A clock in milliseconds. */
    now?: () => number;
  },
): Promise<Runner> {
  const { learningRate, weightDecay } = configuration.training;
  const own = parameters.slice();
  const optimizer = adamwStart(own.length);
  const once = work.kind === "forward" ? () => engine.logits(own, batch) : async () => {
    const { gradient } = await engine.lossAndGradient(own, batch);
    adamwUpdate(own, optimizer, { gradient, learningRate, weightDecay });
  };
  return {
    about: `${engine.name} on ${engine.backend}`,
    value: work.kind === "forward"
      ? meanSquare(await engine.logits(own, batch))
      : (await engine.lossAndGradient(own, batch)).terms.total,
    async run(times) {
      const start = now();
      for (let i = 0; i < times; i++) await once();
      return now() - start;
    },
    close: () => engine.dispose(),
  };
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / values.length;
}
