/**
 * What `deno task reproduce` trains.
 *
 * @module
 */
import { type Configuration, configuration } from "../models/config.ts";
import { presetChanges, type PresetName } from "../models/presets.ts";

/** One run of the plan. */
export interface PlannedRun {
  readonly preset: PresetName;
  readonly directory: string;
  readonly configuration: Configuration;
}

/** How far the quick form goes: as far as Table 2. */
const QUICK_STEPS = 10_000;

/** What the full form trains: the objective with its regularisers and without, the recency bias likewise. */
const FULL_PRESETS: readonly PresetName[] = ["eer", "eer-as-written", "ce", "ce-as-written"];

/** Seeds of the full form. */
const SEEDS = [0, 1, 2];

/**
 * The quick form trains `eer` and `eer-as-written` on one seed for the steps of Table 2; the full one four presets
 * on three seeds for the paper's 20,000 steps.
 *
 * @param out the folder of all results
 */
export function plan(out: string, { full }: { full: boolean }): PlannedRun[] {
  const presets: readonly PresetName[] = full ? FULL_PRESETS : ["eer", "eer-as-written"];
  return (full ? SEEDS : [0]).flatMap((seed) =>
    presets.map((preset) => ({
      preset,
      directory: `${out}/${full ? "full" : "quick"}/${preset}-seed-${seed}`,
      configuration: configuration({
        ...presetChanges(preset),
        training: full ? { seed } : { seed, steps: QUICK_STEPS },
      }),
    }))
  );
}
