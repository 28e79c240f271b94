import { UserError } from "../errors.ts";
import type { Engine, EngineProblem } from "./engine.ts";
import { type TfjsBackend, tfjsBackends } from "./tfjs/backend.ts";

/** Which engine to use, as users name it. */
export interface EngineChoice {
  /** "auto" takes the best that covers the model. */
  readonly engine?: string;
  /** The engine's backend; its best one unless given. */
  readonly backend?: string;
}

/**
 * The engine that was chosen, made for the problem.
 *
 * @throws {UserError} if there is no such engine or backend, or it does not come up
 */
export async function createEngine(
  problem: EngineProblem,
  { engine = "auto", backend = "wasm" }: EngineChoice = {},
): Promise<Engine> {
  if (engine !== "auto" && engine !== "tfjs") {
    throw new UserError(`Cannot use engine "${engine}": it must be one of auto, tfjs`);
  }
  if (!tfjsBackends.includes(backend as TfjsBackend)) {
    throw new UserError(`Cannot use tfjs backend "${backend}": it must be one of ${tfjsBackends.join(", ")}`);
  }
  // Loaded where it is used: TensorFlow.js is large.
  const { createTfjsEngine } = await import("./tfjs/engine.ts");
  return await createTfjsEngine(problem, { backend: backend as TfjsBackend });
}
