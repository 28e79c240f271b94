import type { Sequences } from "../../tasks/task.ts";
import type { EngineProblem, Trace } from "../engine.ts";

/** A trace of zeros, to be filled in part by part. */
export function emptyTrace(
  { classes, model: { width, heads, loops } }: EngineProblem,
  { count, length }: Sequences,
  { attention }: { attention: boolean },
): { [Part in keyof Trace]: Float32Array[] } {
  const arrays = (number: number, size: number) =>
    Array.from({ length: number }, () => new Float32Array(count * length * size));
  return {
    states: arrays(loops + 1, width),
    logits: arrays(loops + 1, classes),
    attention: arrays(attention ? loops : 0, heads * length),
  };
}
