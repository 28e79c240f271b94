/**
 * The Hessian over training on disk: one JSON file a run.
 *
 * @module
 */
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { type Configuration, configuration as validated } from "../../models/config.ts";
import { writeFileAtomically } from "../../storage/atomic_write.ts";
import { readJson } from "../../storage/read_json.ts";
import type { HessianSnapshot } from "./snapshot.ts";
import type { Walk } from "./walk.ts";

/** Hessians along a run. */
export interface HessianOverTraining {
  readonly configuration: Configuration;
  /** What computed the gradients. */
  readonly engine: { readonly name: string; readonly backend: string };
  /** Of the held-out batch. */
  readonly sequences: number;
  readonly length: number;
  /** Updates between two snapshots of the path, as `arrival` and `departure` are. */
  readonly every: number;
  /** Ascending in step. */
  readonly snapshots: readonly HessianSnapshot[];
  /** Single steps of training from the last checkpoint on, at several thresholds. */
  readonly walks: readonly Walk[];
}

const numbers = z.array(z.number());

const schema = z.object({
  configuration: z.unknown(),
  engine: z.object({ name: z.string(), backend: z.string() }),
  sequences: z.int(),
  length: z.int(),
  every: z.int(),
  snapshots: z.array(z.object({
    step: z.int(),
    total: z.number(),
    task: z.number(),
    symmetryError: z.number(),
    eigenvalueError: z.number(),
    eigenvalues: numbers,
    gradient: numbers,
    arrival: numbers.optional(),
    departure: numbers.optional(),
  })),
  walks: z.array(z.object({
    threshold: z.number(),
    valleyDimension: z.int(),
    condition: z.number(),
    acrossShare: z.number(),
    acrossCosine: z.number(),
    alongCosine: z.number(),
    acrossProgress: z.number(),
    alongProgress: z.number(),
    points: z.array(z.object({
      step: z.int(),
      along: z.number(),
      across: z.number(),
      loss: z.number(),
      riverLoss: z.number(),
      valleyLoss: z.number(),
    })),
  })),
});

/**
 * Reads Hessians over training.
 *
 * @throws {UserError} if there is no such file or it holds anything else
 */
export async function readHessians(path: string): Promise<HessianOverTraining> {
  const { success, data, error } = schema.safeParse(await readJson(path, "Hessians"));
  if (!success) {
    const [{ path: where, message }] = error.issues;
    throw new UserError(
      `Cannot use ${path} as Hessians over training: ${where.join(".") || "the whole"}: ${message}`,
    );
  }
  return { ...data, configuration: validated(data.configuration) };
}

/** Writes them; a crash at any moment leaves the old file or the new. */
export async function writeHessians(path: string, hessians: HessianOverTraining): Promise<void> {
  const { snapshots, walks, ...head } = hessians;
  const lines = (rows: readonly unknown[]) => `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]`;
  const text = `${JSON.stringify(head).slice(0, -1)},\n"snapshots":${lines(snapshots)},\n"walks":${
    lines(walks)
  }}\n`;
  await writeFileAtomically(path, text);
}
