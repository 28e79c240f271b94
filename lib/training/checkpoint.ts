/**
 * A checkpoint: parameters, the state of the optimiser and the configuration in one safetensors file.
 *
 * - The model's parameters under their own names, F32.
 * - `optimizer.step`, one F64 (exact up to 2⁵³); `optimizer.firstMoment.NAME` and `optimizer.secondMoment.NAME`, F32,
 *   for the parameter NAME and of its shape. A file without them is good for everything but resuming.
 * - `__metadata__`: `config`, the configuration as JSON text; `engine` and `backend`, what computed it; `checksum` and
 *   `optimizer.checksum`, SHA-256 of the numbers, so that a flipped bit is told from a weight. A file without them
 *   is read unchecked: drop them from the metadata of a file whose numbers you change. Where training is staged,
 *   `shift` says as JSON text how far that is.
 *
 * The bytes depend on this content alone. Files made elsewhere may hold F64 where F32 is written here.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { UserError } from "../errors.ts";
import { type Configuration, configuration } from "../models/config.ts";
import { modelSpecification } from "../models/specification.ts";
import { assertParameterCount, type ParameterSpecification, parameterView } from "../parameters.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import { oneLine, printable } from "../storage/printable.ts";
import { readFile } from "../storage/read_file.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type Tensor,
} from "../storage/safetensors.ts";
import { taskOf } from "../tasks/select.ts";
import type { Task } from "../tasks/task.ts";
import type { AdamWState } from "./adamw.ts";
import { parseShiftProgress, type ShiftProgress } from "./shift_progress.ts";

/** What a checkpoint holds. */
export interface Checkpoint {
  /** What the parameters were trained with. */
  readonly configuration: Configuration;
  /** Flat. */
  readonly parameters: Float32Array;
  /** What resuming needs; both moments flat. */
  readonly optimizer?: AdamWState;
  /** What computed it; resuming wants the same. */
  readonly engine?: { readonly name: string; readonly backend: string };
  /** How far SHIFT is; none unless it is what trains. */
  readonly shift?: ShiftProgress;
}

/** What parameters there are depends on the task's symbols and classes. */
export interface CheckpointOptions {
  /** The task, where it is not the one that the configuration names. */
  readonly task?: Pick<Task, "vocabulary" | "classes">;
}

/** How to read a checkpoint. */
export interface ReadOptions extends CheckpointOptions {
  /** Wins over the configuration in the file. */
  readonly configuration?: Configuration;
}

const stepName = "optimizer.step";
const itself = (name: string) => name;
const firstMoment = (name: string) => `optimizer.firstMoment.${name}`;
const secondMoment = (name: string) => `optimizer.secondMoment.${name}`;
const parametersChecksum = "checksum";
const optimizerChecksum = "optimizer.checksum";

/**
 * The bytes of a checkpoint.
 *
 * @throws {UserError} if it holds NaN or infinity, so that a run that diverged keeps the checkpoint before
 * @throws {RangeError} if an array does not have as many entries as the model has parameters
 */
export function encodeCheckpoint(checkpoint: Checkpoint, options: CheckpointOptions = {}): Uint8Array {
  const { configuration: config, parameters, optimizer, engine, shift } = checkpoint;
  const specification = specificationOf(config, options);
  const tensors = new Map<string, Tensor>();
  const add = (flat: Float32Array, naming: (name: string) => string) => {
    assertParameterCount(specification, flat);
    for (const { name, shape } of specification.entries) {
      const data = parameterView(specification, flat, name);
      if (!data.every(Number.isFinite)) {
        throw new UserError(`Cannot save a checkpoint as ${naming(name)} holds NaN or infinity`);
      }
      tensors.set(naming(name), { shape, data });
    }
  };
  add(parameters, itself);
  if (optimizer) {
    tensors.set(stepName, { shape: [], data: Float64Array.of(optimizer.step) });
    add(optimizer.firstMoment, firstMoment);
    add(optimizer.secondMoment, secondMoment);
  }
  // Validating brings the keys into one order, whichever way the configuration was made.
  const metadata = new Map([["config", JSON.stringify(configuration(config))]]);
  if (engine) metadata.set("engine", engine.name).set("backend", engine.backend);
  if (shift) {
    const { plateau, switchedAt } = shift;
    metadata.set("shift", JSON.stringify({ plateau, switchedAt }));
  }
  metadata.set(parametersChecksum, checksum(parameters));
  if (optimizer) metadata.set(optimizerChecksum, optimizerDigest(optimizer));
  return encodeSafetensors({ tensors, metadata });
}

/**
 * Reads the bytes of a checkpoint, or of weights made elsewhere.
 *
 * @param options.label the file's name, for messages
 * @throws {UserError} if the bytes are no safetensors file, there is no configuration, or the tensors are not those
 *   of its model: one is missing, unknown, of another shape, or holds NaN or infinity
 */
export function decodeCheckpoint(
  bytes: Uint8Array,
  options: ReadOptions & { readonly label: string },
): Checkpoint {
  const { label } = options;
  const { tensors, metadata } = decodeSafetensors(bytes, { label });
  const config = options.configuration ?? embeddedConfiguration(metadata, label);
  const specification = specificationOf(config, options);

  const refuse = (reason: string) => new UserError(`Cannot read ${label} as ${reason}`);
  const resumable = [...tensors.keys()].some((name) => name.startsWith("optimizer."));
  assertTensors(tensors, wantedShapes(specification, resumable), refuse);

  const flat = (naming: (name: string) => string) => flatTensors(tensors, specification, naming, refuse);
  const parameters = flat(itself);
  const optimizer = resumable
    ? {
      step: stepOf(tensors, refuse),
      firstMoment: flat(firstMoment),
      secondMoment: nonNegative(flat(secondMoment), refuse),
    }
    : undefined;
  // Numbers in double precision were not written here, whatever the metadata that came along.
  if (specification.entries.every(({ name }) => tensors.get(name)?.data instanceof Float32Array)) {
    assertChecksum(metadata.get(parametersChecksum), checksum(parameters), refuse);
    if (optimizer) assertChecksum(metadata.get(optimizerChecksum), optimizerDigest(optimizer), refuse);
  }
  const staged = metadata.get("shift");
  const shift = staged === undefined ? undefined : parseShiftProgress(staged);
  if (staged !== undefined && !shift) throw refuse("its shift metadata is not how far SHIFT is");
  const name = metadata.get("engine");
  const backend = metadata.get("backend");
  return {
    configuration: config,
    parameters,
    optimizer,
    engine: name === undefined || backend === undefined ? undefined : { name, backend },
    ...shift && { shift },
  };
}

/**
 * Reads a checkpoint file, or weights made elsewhere; see {@linkcode decodeCheckpoint}.
 *
 * @throws {UserError} also if there is no such file
 */
export async function readCheckpoint(path: string, options: ReadOptions = {}): Promise<Checkpoint> {
  return decodeCheckpoint(await readFile(path), { ...options, label: path });
}

/**
 * Writes a checkpoint file; a crash at any moment leaves the old one or the new. What is written is the state at the
 * time of the call, even if arrays change before the promise is kept.
 *
 * @throws {UserError} if the file cannot be written, or as {@linkcode encodeCheckpoint} does
 */
export async function writeCheckpoint(
  path: string,
  checkpoint: Checkpoint,
  options: CheckpointOptions = {},
): Promise<void> {
  await writeFileAtomically(path, encodeCheckpoint(checkpoint, options));
}

function specificationOf(
  { task: taskConfig, model }: Configuration,
  { task }: CheckpointOptions,
): ParameterSpecification {
  const { vocabulary, classes } = task ?? taskOf(taskConfig);
  return modelSpecification({ vocabulary, classes, model });
}

function embeddedConfiguration(metadata: Safetensors["metadata"], label: string): Configuration {
  const text = metadata.get("config");
  if (text === undefined) {
    throw new UserError(`Cannot read ${label} as it does not hold its configuration: name one with --config`);
  }
  const invalid = (reason: string) => new UserError(`Cannot use the configuration in ${label}: ${reason}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid("it is not JSON");
  }
  try {
    return configuration(value);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw invalid(oneLine(error.message.replace("Cannot use this configuration: ", ""), 400));
  }
}

function wantedShapes(
  { entries }: ParameterSpecification,
  resumable: boolean,
): ReadonlyMap<string, readonly number[]> {
  const wanted = new Map<string, readonly number[]>(entries.map(({ name, shape }) => [name, shape]));
  if (resumable) {
    wanted.set(stepName, []);
    for (const { name, shape } of entries) {
      wanted.set(firstMoment(name), shape).set(secondMoment(name), shape);
    }
  }
  return wanted;
}

function assertTensors(
  tensors: Safetensors["tensors"],
  wanted: ReadonlyMap<string, readonly number[]>,
  refuse: (reason: string) => UserError,
): void {
  for (const [name, shape] of wanted) {
    const found = tensors.get(name)?.shape;
    if (!found) throw refuse(`it has no tensor ${name}, which is wanted with shape ${JSON.stringify(shape)}`);
    if (JSON.stringify(found) !== JSON.stringify(shape)) {
      throw refuse(
        `its tensor ${name} has shape ${printable(found)} where ${JSON.stringify(shape)} is wanted`,
      );
    }
  }
  for (const [name, { shape }] of tensors) {
    if (!wanted.has(name)) {
      throw refuse(`its tensor ${printable(name)} of shape ${printable(shape)} is not one of this model's`);
    }
  }
}

function flatTensors(
  tensors: Safetensors["tensors"],
  specification: ParameterSpecification,
  naming: (name: string) => string,
  refuse: (reason: string) => UserError,
): Float32Array {
  const flat = new Float32Array(specification.size);
  for (const { name, shape, offset, size } of specification.entries) {
    const { data } = tensors.get(naming(name))!;
    flat.set(data, offset);
    const at = flat.subarray(offset, offset + size).findIndex((value) => !Number.isFinite(value));
    if (at < 0) continue;
    // As it is in the file: an F64 may be finite there and too large for F32.
    const value = data[at];
    throw refuse(
      `its tensor ${naming(name)} of shape ${
        JSON.stringify(shape)
      } holds ${value}, where finite F32 numbers are wanted`,
    );
  }
  return flat;
}

function stepOf(tensors: Safetensors["tensors"], refuse: (reason: string) => UserError): number {
  const [step] = tensors.get(stepName)!.data;
  if (!Number.isSafeInteger(step) || step < 0) {
    throw refuse(`its tensor ${stepName} holds ${step}, where a whole number ≥ 0 is wanted`);
  }
  return step;
}

function nonNegative(squares: Float32Array, refuse: (reason: string) => UserError): Float32Array {
  if (squares.some((value) => value < 0)) {
    throw refuse("its optimizer.secondMoment holds a negative number, where means of squares are wanted");
  }
  return squares;
}

function optimizerDigest({ step, firstMoment, secondMoment }: AdamWState): string {
  return checksum(Float64Array.of(step), firstMoment, secondMoment);
}

function checksum(...arrays: (Float32Array | Float64Array)[]): string {
  const hash = createHash("sha256");
  for (const { buffer, byteOffset, byteLength } of arrays) {
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}

function assertChecksum(
  wanted: string | undefined,
  found: string,
  refuse: (reason: string) => UserError,
): void {
  if (wanted === undefined || wanted === found) return;
  throw refuse(
    "its numbers do not match its checksum: it is damaged, or was edited without dropping the checksum",
  );
}
