/**
 * The kit's public face: everything that notebooks and programs use, grouped by room in the order of the data's
 * way from task to report.
 *
 * @module
 */

// Foundations
export { UserError } from "./errors.ts";
export { type RandomStream, randomStream } from "./random.ts";
export {
  type ParameterEntry,
  type ParameterSpecification,
  parameterSpecification,
  parameterView,
} from "./parameters.ts";

// Tasks
export { type Batch, IGNORED, type Sequences, type Task } from "./tasks/task.ts";
export { inductionHeads } from "./tasks/induction_heads.ts";
export { taskOf } from "./tasks/select.ts";

// Models
export {
  type Configuration,
  configuration,
  type ModelConfig,
  type ObjectiveConfig,
  type PartialConfiguration,
  type TaskConfig,
  type TrainingConfig,
  withSetting,
} from "./models/config.ts";
export { aboutPreset, preset, type PresetName, presetNames } from "./models/presets.ts";
export { type ModelShape, modelSpecification } from "./models/specification.ts";
export { initialParameters } from "./models/init.ts";

// Objective and engines
export { type LossTerms, lossTerms } from "./objective.ts";
export {
  type Engine,
  engineProblem,
  type EngineProblem,
  type LossAndGradient,
  type Trace,
} from "./engines/engine.ts";
export { createEngine, type EngineChoice } from "./engines/select.ts";
export { createTfjsEngine } from "./engines/tfjs/engine.ts";

// Training
export { adamwStart, type AdamWState, adamwUpdate } from "./training/adamw.ts";
export { formatMetrics, type Metrics, parseMetrics } from "./training/metrics.ts";
export {
  DivergenceError,
  initialState,
  train,
  trainingBatch,
  type TrainingOptions,
  type TrainingState,
  type TrainingStep,
} from "./training/train.ts";
export { type Checkpoint, readCheckpoint, writeCheckpoint } from "./training/checkpoint.ts";
export { openRunFolder, readRunFolder, type RunFolder, type StoredRun } from "./training/run_folder.ts";

// Analysis
export {
  accuracyAtLength,
  accuracyByLoops,
  type Evaluation,
  type LengthAccuracy,
  type LoopAccuracy,
} from "./analysis/evaluate.ts";
export { clusteredShare, type Share } from "./analysis/interval.ts";
