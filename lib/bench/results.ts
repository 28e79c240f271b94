/**
 * What `eer bench` found, as its JSON holds it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { UserError } from "../errors.ts";
import { readJson } from "../storage/read_json.ts";

const positive = z.number().positive();
const timing = {
  /** Milliseconds for the work done once, in each round. */
  rounds: z.array(positive),
  median: positive,
  min: positive,
};
const common = {
  command: z.string(),
  /** Of parameters and sequences. */
  seed: z.int().min(0),
  /** What the measurer has to say, such as that other work ran. */
  note: z.string().optional(),
  machine: z.strictObject({
    cores: z.int().min(1),
    processor: z.string().optional(),
    system: z.string(),
    load: z.number().optional(),
  }),
  versions: z.record(z.string(), z.string()),
};

const speedWorkSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  kind: z.enum(["forward", "train"]),
  count: z.int().min(1),
  length: z.int().min(1),
  /** What differs from preset eer's model. */
  model: z.record(z.string(), z.unknown()),
  /** At least: `leastArithmetic`. */
  flops: z.strictObject({ products: positive, others: positive }),
  timings: z.array(z.strictObject({
    name: z.string(),
    about: z.string(),
    ...timing,
    /** Of the peak of its workers, for the fused engine where the peak is known. */
    share: z.number().optional(),
  })),
  ratios: z.array(z.strictObject({
    slow: z.string(),
    fast: z.string(),
    median: positive,
    middle: z.tuple([positive, positive]),
  })),
  absences: z.array(z.strictObject({ name: z.string(), reason: z.string() })),
});

const speedSchema = z.strictObject({
  kind: z.literal("speed"),
  ...common,
  /** GFLOP/s of relaxed SIMD's multiply-add with one thread and with one on each core. */
  peak: z.strictObject({ one: positive, all: positive }).optional(),
  works: z.array(speedWorkSchema),
  /** Of the first work, with one worker. */
  parts: z.array(z.strictObject({ name: z.string(), milliseconds: z.number(), flops: z.number() })),
  /** The same step under flags of V8, one limit after the other lifted. */
  limits: z.array(z.strictObject({ name: z.string(), milliseconds: positive })).default([]),
});

const slopes = z.strictObject({ time: z.number(), arithmetic: z.number(), memory: z.number() });
const axisSchema = z.strictObject({
  name: z.string(),
  title: z.string(),
  symbol: z.string(),
  law: z.string(),
  points: z.array(z.strictObject({
    x: positive,
    ...timing,
    /** Counted arithmetic; divided among the workers. */
    flops: positive,
    /** Of WebAssembly's memory. */
    bytes: positive,
  })),
  /** Log–log slopes over all points, and over the last three. */
  slopes: z.strictObject({ all: slopes, last: slopes }),
});

const growthSchema = z.strictObject({
  kind: z.literal("growth"),
  ...common,
  axes: z.array(axisSchema),
  /** Resident bytes of the whole process, in the order measured. */
  resident: z.array(z.strictObject({ after: z.string(), bytes: positive })),
});

const benchSchema = z.discriminatedUnion("kind", [speedSchema, growthSchema]);

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

/** Times of all who did one piece of work. */
export type SpeedWork = Immutable<z.output<typeof speedWorkSchema>>;
/** Times of all engines and peers on each piece of work. */
export type SpeedResult = Immutable<z.output<typeof speedSchema>>;
/** How cost grows along one axis. */
export type GrowthAxis = Immutable<z.output<typeof axisSchema>>;
/** How cost grows. */
export type GrowthResult = Immutable<z.output<typeof growthSchema>>;
/** Either. */
export type BenchResult = SpeedResult | GrowthResult;
/** As much of both as there is. */
export interface Measurements {
  readonly speed?: SpeedResult;
  readonly growth?: GrowthResult;
}
/** What is known before anything is measured. */
export type Circumstances = Pick<SpeedResult, "command" | "seed" | "note" | "machine" | "versions">;

/**
 * Reads what `eer bench --out` wrote.
 *
 * @throws {UserError} if it cannot be read or is something else
 */
export async function readBench(path: string): Promise<BenchResult> {
  const result = benchSchema.safeParse(await readJson(path, "measurements"));
  if (result.success) return result.data;
  const [{ path: at, message }] = result.error.issues;
  throw new UserError(
    `Cannot use measurements ${path} as eer bench did not write them: ` +
      `${at.length === 0 ? "the whole" : at.join(".")}: ${message}`,
  );
}

/**
 * The measurements in files of `eer bench --out`, at most one of each kind.
 *
 * @throws {UserError} if one cannot be read, is something else, or is the second of its kind
 */
export async function readMeasurements(paths: readonly string[]): Promise<Measurements> {
  const found: { speed?: SpeedResult; growth?: GrowthResult } = {};
  for (const path of paths) {
    const result = await readBench(path);
    if (found[result.kind]) {
      throw new UserError(`Cannot use measurements ${path} as well: one file with ${result.kind} was given`);
    }
    Object.assign(found, { [result.kind]: result });
  }
  return found;
}

const committed = ["speed", "growth"].map((name) =>
  new URL(`../../data/bench/${name}.json`, import.meta.url)
);

/** The measurements that come with the kit. */
export async function committedMeasurements(): Promise<Measurements> {
  return await readMeasurements(committed.map((url) => fileURLToPath(url)));
}
