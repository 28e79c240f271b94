/**
 * What must be known of the machine to read its times. No names of hosts or users.
 *
 * @module
 */
import { cpus, loadavg } from "node:os";

/** Facts of a machine. */
export interface Machine {
  readonly cores: number;
  /** The processor's name, where it may be asked for. */
  readonly processor?: string;
  /** Such as "linux x86_64". */
  readonly system: string;
  /** Processes that wanted to run in the minute before, where it may be asked for: more than 1 disturbs timings. */
  readonly load?: number;
}

/** This machine's facts. */
export function machine(): Machine {
  const load = allowed(() => loadavg()[0]);
  return {
    cores: navigator.hardwareConcurrency,
    processor: allowed(() => cpus()[0]?.model.trim()),
    system: `${Deno.build.os} ${Deno.build.arch}`,
    load: load === undefined ? undefined : Math.round(100 * load) / 100,
  };
}

/** The value, or nothing where this task has not the permission. */
function allowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
