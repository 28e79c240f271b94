/**
 * What keeps the fused engine from its processor's peak: the same step under flags of V8 that lift one limit after
 * the other. None is on by default, and the kit turns none on: they are measured, not recommended.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { takeTurns, type TurnOptions } from "./interleave.ts";
import { peerContestant } from "./peer.ts";
import { prepareWork, type Work } from "./work.ts";

/** A step's time where V8 is told otherwise. */
export interface Limit {
  readonly name: string;
  readonly milliseconds: number;
}

/** Flags of V8, each beside those before it. */
const variants: readonly [name: string, flags: readonly string[]][] = [
  ["as V8 has it", []],
  ["without checks of bounds at each access to memory", ["--no-wasm-bounds-checks"]],
  ["also with pairs of vectors joined to 256 bits", [
    "--no-wasm-bounds-checks",
    "--experimental-wasm-revectorize",
  ]],
];

/** Times of the work with one worker, each variant in a process of its own; none if one does not run here. */
export async function measureLimits(
  work: Work,
  { seed, ...turns }: { seed: number } & TurnOptions,
): Promise<Limit[]> {
  const prepared = prepareWork(work, { seed });
  const script = fileURLToPath(new URL("./peers/engine_peer.ts", import.meta.url));
  const contestants = variants.map(([name, flags]) =>
    peerContestant(name, {
      command: [
        Deno.execPath(),
        ...["run", "--quiet", "--no-check", "--no-lock", "--allow-read"],
        ...(flags.length === 0 ? [] : [`--v8-flags=${flags.join(",")}`]),
        script,
      ],
      settings: { workers: 1 },
      prepared,
    })
  );
  const { timings, absences } = await takeTurns(contestants, turns);
  return absences.length > 0 ? [] : timings.map(({ name, median }) => ({ name, milliseconds: median }));
}
