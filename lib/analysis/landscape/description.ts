/**
 * What is written beside a landscape's numbers: all that decided them.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { UserError } from "../../errors.ts";
import { type Configuration, configuration as validated } from "../../models/config.ts";
import { euclideanNorm, innerProduct } from "../../vectors.ts";
import type { Batch } from "../../tasks/task.ts";
import { type GridSize, type Measure, termsAt } from "./grid.ts";
import { type Plane, projectOnto } from "./plane.ts";
import { normalizations } from "./random_plane.ts";

const numberOrText = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"]).transform(Number)]);

const pointSchema = z.object({
  /** Of the run, or of the solution. */
  name: z.string(),
  /** Of a path's snapshot: updates done. */
  step: z.number().optional(),
  alpha: z.number(),
  beta: z.number(),
  /** Of the parameters from the plane: on a path's plane the terms are those at the parameters themselves. */
  distance: z.number(),
  total: numberOrText,
  task: numberOrText,
  potential: numberOrText,
  kinetic: numberOrText,
  entropy: numberOrText,
});

const planeSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("random"), normalize: z.enum(normalizations), seed: z.number() }),
  z.object({ kind: z.literal("pca"), explained: z.tuple([z.number(), z.number()]) }),
  z.object({ kind: z.literal("solutions") }),
]);

const descriptionSchema = z.object({
  grid: z.int().min(2),
  range: z.number().positive(),
  plane: planeSchema,
  norms: z.object({ alpha: z.number(), beta: z.number() }),
  cosine: z.number(),
  digits: z.int().nullable(),
  batch: z.object({ source: z.string(), sequences: z.number(), length: z.number(), checksum: z.string() }),
  parameters: z.string(),
  engine: z.object({ name: z.string(), backend: z.string() }),
  configuration: z.unknown(),
  points: z.array(pointSchema),
});

/** How a plane was found. */
export type PlaneOrigin = z.output<typeof planeSchema>;

/** Known parameters, their place in the plane, and the objective at them. */
export type KnownPoint = Readonly<z.output<typeof pointSchema>>;

/** What decides the numbers of a landscape; see {@linkcode describe}. */
export interface LandscapeRecipe extends GridSize {
  readonly plane: PlaneOrigin;
  /** Lengths of both directions. */
  readonly norms: { readonly alpha: number; readonly beta: number };
  /** Of the angle between the directions: 0 up to rounding. */
  readonly cosine: number;
  /** Significant digits that are kept; all unless a number. */
  readonly digits: number | null;
  readonly batch: {
    /** "held-out": the batch that the run's metrics are measured on; "tokens": given in a file. */
    readonly source: string;
    readonly sequences: number;
    readonly length: number;
    /** SHA-256 of the tokens. */
    readonly checksum: string;
  };
  /** SHA-256 of the plane's origin and directions. */
  readonly parameters: string;
  readonly engine: { readonly name: string; readonly backend: string };
  readonly configuration: Configuration;
}

/** The recipe with the known points. */
export interface LandscapeDescription extends LandscapeRecipe {
  readonly points: readonly KnownPoint[];
}

/** What describes a landscape before it is computed. */
export function describe(
  plane: Plane,
  { grid, range, origin, digits, batch, source, engine, configuration }: GridSize & Measure & {
    origin: PlaneOrigin;
    digits?: number;
    source: "held-out" | "tokens";
    configuration: Configuration;
  },
): LandscapeRecipe {
  const norms = { alpha: euclideanNorm(plane.alpha), beta: euclideanNorm(plane.beta) };
  return {
    grid,
    range,
    plane: origin,
    norms,
    cosine: innerProduct(plane.alpha, plane.beta) / (norms.alpha * norms.beta),
    digits: digits ?? null,
    batch: { source, sequences: batch.count, length: batch.length, checksum: sha256(batchTokens(batch)) },
    parameters: sha256(plane.origin, plane.alpha, plane.beta),
    engine: { name: engine.name, backend: engine.backend },
    configuration,
  };
}

/** Parameters to be found again in a plane. */
export interface Landmark {
  readonly name: string;
  readonly step?: number;
  readonly parameters: Float32Array;
}

/** Where the landmarks lie, and the objective at each. */
export async function knownPoints(
  landmarks: readonly Landmark[],
  { plane, ...measure }: Measure & { plane: Plane },
): Promise<KnownPoint[]> {
  const points: KnownPoint[] = [];
  for (const { name, step, parameters } of landmarks) {
    points.push({
      name,
      ...step === undefined ? {} : { step },
      ...projectOnto(plane, parameters),
      ...await termsAt(measure, parameters),
    });
  }
  return points;
}

/** The text of the file: numbers that JSON lacks are strings. */
export function formatDescription(description: LandscapeDescription): string {
  const replacer = (_key: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  return JSON.stringify({ ...description, columns }, replacer, 2) + "\n";
}

/** What the columns of the numbers' file are. */
const columns = {
  alpha: "steps along the first direction",
  beta: "steps along the second direction",
  total: "eq. 2 with the configuration's objective",
  task: "mean cross-entropy",
  potential: "eq. 4, before its weight",
  kinetic: "eq. 3, before its weight",
  entropy: "eq. 5, |mean S_q - eta|, before its weight",
};

/**
 * Checks what a description file holds.
 *
 * @throws {UserError} naming what is wrong
 */
export function parseDescription(value: unknown, label: string): LandscapeDescription {
  const { success, data, error } = descriptionSchema.safeParse(value);
  if (!success) {
    const [{ path, message }] = error.issues;
    throw new UserError(
      `Cannot use ${label} as the description of a landscape: ${path.join(".") || "the whole"}: ${message}`,
    );
  }
  return { ...data, configuration: validated(data.configuration) };
}

const batchTokens = ({ tokens, targets }: Batch) => Int32Array.of(...tokens, ...targets);

function sha256(...arrays: (Float32Array | Int32Array)[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of arrays) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
