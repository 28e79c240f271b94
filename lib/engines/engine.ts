/**
 * What an engine does: run a looped transformer of a given shape on given parameters and sequences. All
 * arithmetic of the kit's models goes through this interface; what runs behind it is the engine's own affair.
 *
 * @module
 */
import type { Configuration, ObjectiveConfig } from "../models/config.ts";
import type { ModelShape } from "../models/specification.ts";
import type { LossTerms } from "../objective.ts";
import type { ParameterSpecification } from "../parameters.ts";
import type { Batch, Sequences, Task } from "../tasks/task.ts";

/** What an engine is made for. */
export interface EngineProblem extends ModelShape {
  readonly objective: ObjectiveConfig;
}

/** What an engine needs for a task under a configuration. */
export function engineProblem(
  { vocabulary, classes }: Pick<Task, "vocabulary" | "classes">,
  { model, objective }: Pick<Configuration, "model" | "objective">,
): EngineProblem {
  return { vocabulary, classes, model, objective };
}

/** The terms of the objective and their total's gradient with respect to the flat parameters. */
export interface LossAndGradient {
  readonly terms: LossTerms;
  readonly gradient: Float32Array;
}

/** A forward pass seen from inside; every array is row-major. */
export interface Trace {
  /** Z_0 … Z_T, each [B, L, d]. */
  readonly states: readonly Float32Array[];
  /** Logits read out from each of Z_0 … Z_T, each [B, L, C]: the last is what {@link Engine.logits} gives. */
  readonly logits: readonly Float32Array[];
  /** Attention of each loop, [B, H, L, L], rows sum to 1; empty unless asked for. */
  readonly attention: readonly Float32Array[];
}

/** Runs one model; see {@link EngineProblem}. Parameters are flat, in the order of `specification`. */
export interface Engine {
  /** What computes, such as "tfjs". */
  readonly name: string;
  /** What it runs on, such as "wasm". */
  readonly backend: string;
  /** Library, device and precision where that is not plain: "TensorFlow 2.21.0 on CPU, float32". */
  readonly details?: string;
  readonly problem: EngineProblem;
  readonly specification: ParameterSpecification;
  /** [B, L, C] */
  logits(parameters: Float32Array, sequences: Sequences): Promise<Float32Array>;
  /** The objective and its gradient on a batch. */
  lossAndGradient(parameters: Float32Array, batch: Batch): Promise<LossAndGradient>;
  /** States, read-outs and (where asked for) attention of every loop. */
  trace(parameters: Float32Array, sequences: Sequences, options?: { attention?: boolean }): Promise<Trace>;
  /** Frees what the engine holds; it cannot be used afterwards. */
  dispose(): Promise<void>;
}
