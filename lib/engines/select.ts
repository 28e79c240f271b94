/**
 * Picks an engine by what users call it.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import type { Engine, EngineProblem } from "./engine.ts";
import { createFusedEngine, fusedCovers } from "./fused/engine.ts";
import { type FusedBackend, fusedBackends } from "./fused/kernel_modules.ts";
import { createFusedWebgpuEngine, fusedWebgpuCovers } from "./fused/webgpu/engine.ts";
import { type TfjsBackend, tfjsBackends } from "./tfjs/backends.ts";

/** Which engine to use. */
export interface EngineChoice {
  /** "fused", "tfjs" or "auto" (unless given): fused where it covers the model, else tfjs. */
  readonly engine?: string;
  /** What the engine runs on; its best unless given. */
  readonly backend?: string;
  /** Threads of the fused engine, which change its speed and nothing else; all processors' unless given. */
  readonly workers?: number;
}

/** The engines and their backends, best first. */
export const engines: Readonly<Record<string, readonly string[]>> = {
  fused: [...fusedBackends, "webgpu"],
  tfjs: tfjsBackends,
};

/**
 * The engine that was chosen, made for the problem.
 *
 * @throws {UserError} if there is no such engine or backend, it does not cover the model, or does not come up
 */
export async function createEngine(
  problem: EngineProblem,
  { engine = "auto", backend, workers }: EngineChoice = {},
): Promise<Engine> {
  const name = engine === "auto" ? best(problem, backend) : engine;
  if (!Object.hasOwn(engines, name)) {
    throw new UserError(
      `Cannot use engine "${name}": it must be one of auto, ${Object.keys(engines).join(", ")}`,
    );
  }
  if (backend !== undefined && !engines[name].includes(backend)) {
    throw new UserError(
      `Cannot use ${name} backend "${backend}": it must be one of ${engines[name].join(", ")}`,
    );
  }
  if (name === "fused" && backend === "webgpu") return await createFusedWebgpuEngine(problem);
  if (name === "fused") {
    return await createFusedEngine(problem, { workers, backend: backend as FusedBackend });
  }
  // Loaded where it is used: TensorFlow.js is large.
  const { createTfjsEngine } = await import("./tfjs/engine.ts");
  return await createTfjsEngine(problem, { backend: backend as TfjsBackend });
}

/** The first engine that has the backend, if one is named, and covers the model. */
function best(problem: EngineProblem, backend?: string): string {
  const having = Object.keys(engines).filter((name) =>
    backend === undefined || engines[name].includes(backend)
  );
  if (having.length === 0) {
    const all = Object.values(engines).flat().join(", ");
    throw new UserError(`Cannot use backend "${backend}": it must be one of ${all}`);
  }
  const fused = backend === "webgpu" ? fusedWebgpuCovers : fusedCovers;
  return having.find((name) => name !== "fused" || fused(problem) === undefined) ?? having[0];
}
