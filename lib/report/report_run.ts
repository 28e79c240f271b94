import type { Configuration } from "../models/config.ts";
import { aboutPreset, preset, presetNames } from "../models/presets.ts";
import type { StoredRun } from "../training/run_folder.ts";
import type { ReportRun } from "./data.ts";
import { type MeasureOptions, measureRun } from "./measure_run.ts";

/**
 * Measures a run that lies on disk, for a report.
 *
 * @param options `name`: the run's label, that of the preset it follows unless given; and how much to measure
 * @throws {UserError} if the engine does not come up
 */
export async function reportRun(
  { configuration, metrics, checkpoint }: StoredRun,
  { name, ...options }: MeasureOptions & { name?: string } = {},
): Promise<ReportRun> {
  const { parameters, optimizer, engine = { name: "unknown", backend: "unknown" } } = checkpoint;
  const known = presetOf(configuration);
  return {
    name: name ?? known ?? "own configuration",
    about: known === undefined ? "a configuration of its own" : aboutPreset(known),
    configuration,
    parameters: parameters.length,
    step: optimizer?.step ?? 0,
    engine,
    seconds: NaN, // A run folder holds no times.
    metrics,
    ...await measureRun({ configuration, parameters }, options),
  };
}

/** The preset with the same task, model and objective. */
function presetOf({ task, model, objective }: Configuration) {
  const essence = (configuration: Pick<Configuration, "task" | "model" | "objective">) =>
    JSON.stringify([configuration.task, configuration.model, configuration.objective]);
  return presetNames.find((name) => essence(preset(name)) === essence({ task, model, objective }));
}
