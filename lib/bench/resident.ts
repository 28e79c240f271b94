/**
 * Resident memory of the whole process (Deno, V8, code and WebAssembly): after the longest evaluations, and over many
 * training steps, where it must not grow.
 *
 * @module
 */
import { engineContestant } from "./contestant.ts";
import type { GrowthResult } from "./results.ts";
import { prepareWork, type Work } from "./work.ts";

/** Measures it; call it first in a process. */
export async function measureResident(
  { seed, steps, works }: {
    seed: number;
    /** After so many training steps, ascending. */
    steps: readonly number[];
    /** Of which the forward passes and the first train step are used. */
    works: readonly Work[];
  },
): Promise<GrowthResult["resident"]> {
  const found: { after: string; bytes: number }[] = [];
  const note = (after: string) => found.push({ after, bytes: Deno.memoryUsage().rss });
  const open = (work: Work) =>
    engineContestant(work.title, { prepared: prepareWork(work, { seed }), choice: { engine: "fused" } })
      .open();

  note("start");
  const forward = works.find(({ kind }) => kind === "forward");
  if (forward) {
    const runner = await open(forward);
    await runner.run(3);
    note(`forward, B = ${forward.count}, L = ${forward.length}`);
    await runner.close();
  }
  const train = works.find(({ kind }) => kind === "train");
  if (train) {
    const runner = await open(train);
    let done = 0;
    for (const step of steps) {
      await runner.run(step - done);
      done = step;
      note(`${step} train steps, B = ${train.count}, L = ${train.length}`);
    }
    await runner.close();
  }
  return found;
}
