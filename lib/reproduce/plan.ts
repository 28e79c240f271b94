/**
 * What `deno task reproduce` trains.
 *
 * @module
 */
import { type Configuration, configuration } from "../models/config.ts";
import { presetChanges, type PresetName, presetNames } from "../models/presets.ts";

/** One run of the plan. */
export interface PlannedRun {
  /** The run's label, such as "eer". */
  readonly name: string;
  readonly preset: PresetName;
  readonly directory: string;
  readonly configuration: Configuration;
}

/** How far the quick form goes: as many steps as some minutes on two cores allow. */
export const QUICK_STEPS = 600;

/** Seeds of the full form. */
const SEEDS = [0, 1, 2];

/**
 * The quick form trains `eer` and `eer-as-written` on one seed, as far as minutes allow; the full one every
 * preset on three seeds for the paper's 20,000 steps.
 *
 * @param out the folder of all results
 */
export function plan(out: string, { full }: { full: boolean }): PlannedRun[] {
  const presets: readonly PresetName[] = full ? presetNames : ["eer", "eer-as-written"];
  return (full ? SEEDS : [0]).flatMap((seed) =>
    presets.map((preset) => {
      const changes = presetChanges(preset);
      const training = full ? { seed } : { seed, steps: QUICK_STEPS, evaluateEvery: QUICK_STEPS / 6 };
      return {
        name: full ? `${preset} seed ${seed}` : preset,
        preset,
        directory: `${out}/${full ? "full" : "quick"}/${preset}-seed-${seed}`,
        configuration: configuration({ ...changes, training }),
      };
    })
  );
}
