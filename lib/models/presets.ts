/**
 * Named configurations, one for each system of the papers that this version trains.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import { type Configuration, configuration, type PartialConfiguration } from "./config.ts";

const asWritten = { recency: 0 };
const withoutRegularisers = { lambdaPotential: 0, lambdaKinetic: 0, lambdaEntropy: 0 };

/**
 * The toy of Gong & Teng (2025): one attention layer, applied `loops` times. Recurrence "residual" makes u = X + Z go
 * to u + Attn(LN u)W_O, so one loop is an ordinary pre-norm residual layer and three are that layer three times over:
 * same parameters, same first application, which is what lets SHIFT go from one to the other.
 */
function attentionLayer(loops: number): PartialConfiguration {
  return {
    task: { kind: "markov-language", alphabet: 4, bottom: false },
    model: { width: 16, mlpWidth: 0, loops, recency: 0, positions: { scale: 1 } },
    objective: withoutRegularisers,
    training: {
      minLength: 32,
      maxLength: 32,
      steps: 3000,
      learningRate: 0.003,
      weightDecay: 0.01,
      evaluateEvery: 50,
      evaluateLengths: [32],
      evaluateSequences: 512,
    },
  };
}

/** What each preset changes of `eer`, and in one line why it exists. */
const presets = {
  "eer": { about: "Table 1's EER model with the recency bias that Table 2 points to", changes: {} },
  "eer-as-written": { about: "EER to the letter: no recency bias", changes: { model: asWritten } },
  "ce": { about: "eer with cross-entropy alone", changes: { objective: withoutRegularisers } },
  "ce-as-written": {
    about: "cross-entropy alone, no recency bias",
    changes: { model: asWritten, objective: withoutRegularisers },
  },
  "single-attn": {
    about: "one attention layer on a Markov language (Gong & Teng's Single-Attn)",
    changes: attentionLayer(1),
  },
  "looped-attn": {
    about: "the same layer applied three times (Gong & Teng's Looped-Attn)",
    changes: attentionLayer(3),
  },
} satisfies Record<string, { about: string; changes: PartialConfiguration }>;

/** The name of a preset. */
export type PresetName = keyof typeof presets;

/** All presets' names, in the order of the documentation. */
export const presetNames = Object.keys(presets) as PresetName[];

/**
 * What the preset `name` changes of `eer`.
 *
 * @throws {UserError} if there is no such preset
 */
export function presetChanges(name: string): PartialConfiguration {
  if (!Object.hasOwn(presets, name)) {
    throw new UserError(`Cannot use preset "${name}": it must be one of ${presetNames.join(", ")}`);
  }
  return presets[name as PresetName].changes;
}

/**
 * The whole configuration of the preset `name`.
 *
 * @throws {UserError} if there is no such preset
 */
export function preset(name: string): Configuration {
  return configuration(presetChanges(name));
}

/** One line that says what the preset `name` is for. */
export function aboutPreset(name: PresetName): string {
  return presets[name].about;
}
