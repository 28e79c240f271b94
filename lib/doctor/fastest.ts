import type { Configuration } from "../models/config.ts";
import { type Patient, patients } from "./patients.ts";
import { probe } from "./probe.ts";

/** An engine and what a training step took on it. */
export interface TimedEngine extends Patient {
  /** Median, in milliseconds. */
  readonly milliseconds: number;
}

/**
 * Times a training step of the given configuration, its batch at its longest length, on every engine.
 *
 * @param options.workers threads of the fused engine; all processors' unless given
 * @param options.limit milliseconds that each may take; 20 seconds unless given
 * @returns those that work and came to an end, the fastest first
 */
export async function timeEngines(
  configuration: Configuration,
  { workers, limit = 20_000 }: { workers?: number; limit?: number } = {},
): Promise<TimedEngine[]> {
  const { batch: count, maxLength: length } = configuration.training;
  const timed: TimedEngine[] = [];
  for (const patient of patients) {
    const answer = await probe({
      choice: { ...patient, workers },
      work: { configuration, count, length },
      time: true,
    }, {
      limit,
    });
    if (answer.kind === "works") timed.push({ ...patient, milliseconds: answer.milliseconds! });
  }
  return timed.sort((a, b) => a.milliseconds - b.milliseconds);
}
