/**
 * Finds out which engines work on this machine, how fast, and what helps those that do not.
 *
 * @module
 */
import { kernelFiles } from "../engines/fused/kernel_modules.ts";
import { type Patient, patients } from "./patients.ts";
import { probe } from "./probe.ts";
import { doctorWork } from "./work.ts";

/** What the engines stand on. */
export interface Ground {
  /** Deno's version. */
  readonly deno: string;
  /** Such as "linux x86_64". */
  readonly system: string;
  readonly cores: number;
  /** Whether WebAssembly has vectors, and fused multiply-add of vectors. */
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
  readonly sharedMemory: boolean;
}

/** How one backend of one engine does. */
export interface Health extends Patient {
  readonly works: boolean;
  /** Median time of a training step (preset `eer`, 32 sequences of 40 tokens) in milliseconds, if it works. */
  readonly milliseconds?: number;
  /** Library and device, where that is not plain. */
  readonly details?: string;
  /** Why it does not work. */
  readonly reason?: string;
  /** The command that is to help. */
  readonly fix?: string;
}

/** The doctor's findings. */
export interface Diagnosis {
  readonly ground: Ground;
  readonly engines: readonly Health[];
  /** What `--engine auto` takes for the preset `eer`; nothing if it fails. */
  readonly auto?: Patient;
}

/**
 * Examines all engines one after the other, each in a worker of its own.
 *
 * @param options.limit milliseconds that each may take; one minute unless given
 * @param options.onStart called before each
 */
export async function examine(
  { limit = 60_000, onStart }: { limit?: number; onStart?: (patient: Patient) => void } = {},
): Promise<Diagnosis> {
  const healths: Health[] = [];
  for (const patient of patients) {
    onStart?.(patient);
    healths.push(await healthOf(patient, limit));
  }
  const auto = await probe({ choice: {}, work: doctorWork, time: false }, { limit });
  return {
    ground: await ground(),
    engines: healths,
    auto: auto.kind === "works" ? { engine: auto.engine, backend: auto.backend } : undefined,
  };
}

async function healthOf(patient: Patient, limit: number): Promise<Health> {
  const answer = await probe({ choice: patient, work: doctorWork, time: true }, { limit });
  if (answer.kind === "fails") {
    return { ...patient, works: false, reason: answer.reason, fix: answer.fix };
  }
  return { ...patient, works: true, milliseconds: answer.milliseconds, details: answer.details };
}

async function ground(): Promise<Ground> {
  const takes = async (kernel: URL) => WebAssembly.validate(await Deno.readFile(kernel));
  return {
    deno: Deno.version.deno,
    system: `${Deno.build.os} ${Deno.build.arch}`,
    cores: navigator.hardwareConcurrency,
    simd: await takes(kernelFiles["wasm-simd"]),
    relaxedSimd: await takes(kernelFiles["wasm-relaxed-simd"]),
    sharedMemory: typeof SharedArrayBuffer === "function",
  };
}
