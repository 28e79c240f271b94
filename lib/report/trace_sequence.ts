import type { Engine } from "../engines/engine.ts";
import type { RandomStream } from "../random.ts";
import type { Task } from "../tasks/task.ts";
import type { TracedSequence } from "./data.ts";

/**
 * Looks into a model on one random induction-heads sequence: its states and attention in every loop, and the key that
 * each query should find, the token after the match.
 */
export async function traceSequence(
  engine: Engine,
  { task, parameters, stream, length = 24 }: {
    task: Task;
    parameters: Float32Array;
    stream: RandomStream;
    length?: number;
  },
): Promise<TracedSequence> {
  const batch = task.sample(stream, 1, length);
  const { states, attention } = await engine.trace(parameters, batch, { attention: true });
  const correct = Array.from(
    task.distances(batch),
    (distance, at) => distance === 0 ? -1 : at - distance + 1,
  );
  return { ...batch, states, attention, correct };
}
