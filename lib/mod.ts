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

// Theory
export { searchViolation, type Violation, type ViolationSearch } from "./theory/contraction/adversary.ts";
export {
  type Attractor,
  type Attractors,
  attractors,
  planeOfStarts,
} from "./theory/contraction/attractors.ts";
export { type BoundParts, type ContractionBounds, contractionBounds } from "./theory/contraction/bounds.ts";
export {
  ballEscape,
  counterexample,
  type Example,
  growingResidual,
  planarExamples,
} from "./theory/contraction/examples.ts";
export {
  attentionMatrix,
  type ContractionProblem,
  logitForm,
  residualInput,
} from "./theory/contraction/problem.ts";
export { type ProblemShape, randomProblem } from "./theory/contraction/random_problem.ts";
export {
  derivativeOfSteps,
  injectedRecurrence,
  type Recurrence,
  type RecurrentProblem,
  residualRecurrence,
} from "./theory/contraction/recurrence.ts";
export { entropyTerm, largestSoftmaxGain, softmaxGain } from "./theory/contraction/row_statistics.ts";
export { type HeadWeights, type SelfAttention, selfAttention } from "./theory/contraction/self_attention.ts";
export { type TemperaturePoint, temperatureSweep } from "./theory/contraction/temperature.ts";
export {
  type CorrectedTheorem,
  correctedTheorem,
  type Hypothesis,
  statedHypotheses,
} from "./theory/contraction/theorem.ts";
export { type Matrix, matrixOfRows, rowsOf } from "./theory/matrix.ts";
export {
  type LinearMap,
  type OperatorNorm,
  operatorNorm,
  type OperatorNormOptions,
  spectralNorm,
} from "./theory/operator_norm.ts";
export { anderson } from "./theory/fixed_point/anderson.ts";
export { damped } from "./theory/fixed_point/damped.ts";
export { gated } from "./theory/fixed_point/gated.ts";
export {
  type FixedPointOptions,
  type FixedPointResult,
  type StopReason,
  type VectorMap,
} from "./theory/fixed_point/iteration.ts";
export { picard } from "./theory/fixed_point/picard.ts";
export { fixedPointOfSquare, squareOf, type SquareResult } from "./theory/fixed_point/two_cycle.ts";
export { type Complex, dampedRadius, eigenvalues, gainsFromDamping } from "./theory/gating/damping.ts";
export { boundGate, entropyBound, type Gate, linearGate } from "./theory/gating/gate.ts";
export { type GateProperties, gateProperties, type GateProperty } from "./theory/gating/properties.ts";
export { corollaryB2, lemmaB1, type LemmaSearch, searchLemmaB1, type Sides } from "./theory/lemma_b1.ts";
export { potential, potentialScoreGradient } from "./theory/potential.ts";
export { softmax } from "./theory/softmax.ts";
export {
  entropyGradient,
  entropyScoreGradient,
  maximumEntropy,
  tsallisEntropy,
  tsallisEntropyAsPrinted,
} from "./theory/tsallis.ts";
export { differentiableDynamics, type TrajectoryGradient } from "./theory/hamiltonian/adjoint.ts";
export { checkConcavity, type ConcavityCheck } from "./theory/hamiltonian/concavity.ts";
export { type EscapeGrowth, escapeGrowth } from "./theory/hamiltonian/escape_growth.ts";
export {
  attentionLandscape,
  type AttentionWeights,
  energyHessian,
  type Field,
  fieldAt,
  type Landscape,
  retrievalJacobian,
  type Rows,
} from "./theory/hamiltonian/landscape.ts";
export {
  convergenceRate,
  convergesAtConstantField,
  type SimulatedPoint,
  simulateStability,
  stepJacobian,
  stepSpectralRadius,
} from "./theory/hamiltonian/stability.ts";
export {
  energyError,
  type Flight,
  particleEnergies,
  type ParticleEnergy,
} from "./theory/hamiltonian/symplectic.ts";
export {
  type DynamicsParameters,
  latentDynamics,
  type LatentTrajectory,
  type Launch,
} from "./theory/hamiltonian/trajectory.ts";
export { confinedEnergy, type Well, wells } from "./theory/hamiltonian/wells.ts";

// Tasks
export { type Batch, IGNORED, type Sequences, type Task } from "./tasks/task.ts";
export { inductionHeads } from "./tasks/induction_heads.ts";
export {
  informationContent,
  type MarkovBatch,
  type MarkovLanguage,
  markovLanguage,
} from "./tasks/markov_language.ts";
export { bayesPredictions, frequencyPredictions, oraclePredictions } from "./tasks/markov_predictors.ts";
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
  type EngineProblem,
  engineProblem,
  type LossAndGradient,
  type Trace,
} from "./engines/engine.ts";
export { createEngine, type EngineChoice, engines } from "./engines/select.ts";
export { createFusedEngine, fusedCovers } from "./engines/fused/engine.ts";
export { createFusedWebgpuEngine, fusedWebgpuCovers } from "./engines/fused/webgpu/engine.ts";
export { createTfjsEngine } from "./engines/tfjs/engine.ts";

// Training
export { adamwStart, type AdamWState, adamwUpdate } from "./training/adamw.ts";
export { formatMetrics, type Metrics, parseMetrics } from "./training/metrics.ts";
export {
  DivergenceError,
  heldOutBatch,
  initialState,
  train,
  trainingBatch,
  type TrainingOptions,
  type TrainingState,
  type TrainingStep,
} from "./training/train.ts";
export { defaultCriterion, type ShiftCriterion } from "./training/plateau.ts";
export {
  initialShiftState,
  shift,
  type ShiftOptions,
  type ShiftState,
  type ShiftStep,
  singleConfiguration,
  type SwitchReport,
} from "./training/shift.ts";
export { type Checkpoint, readCheckpoint, writeCheckpoint } from "./training/checkpoint.ts";
export { readTrajectory, type Trajectory } from "./training/trajectory.ts";
export { openRunFolder, readRunFolder, type RunFolder, type StoredRun } from "./training/run_folder.ts";

// Analysis
export { type BoundaryPoint, boundaryStudy } from "./analysis/contraction/boundary_study.ts";
export {
  adversarialProblems,
  randomProblems,
  tightnessOf,
  type TightnessPoint,
} from "./analysis/contraction/tightness.ts";
export { type HeadInput, trainedHead, type TrainedModel } from "./analysis/contraction/trained_head.ts";
export {
  accuracyAtLength,
  accuracyByLoops,
  type Evaluation,
  type LengthAccuracy,
  type LoopAccuracy,
} from "./analysis/evaluate.ts";
export {
  type ChangePoint,
  changePoint,
  type ChangePointOptions,
  type SeriesPoint,
} from "./analysis/change_point.ts";
export {
  constantStep,
  type DampingPrediction,
  gatedStep,
  type GatingInstance,
  gatingInstance,
  type GatingSetting,
  gatingStudy,
  predictDamping,
  type RuleResult,
  type StepRule,
  stepRules,
} from "./analysis/gating_study.ts";
export { exactHessian, type Hessian, type HessianOptions } from "./analysis/hessian/exact.ts";
export { type GradientFunction, gradientOf } from "./analysis/hessian/gradient.ts";
export {
  type LanczosOptions,
  type LanczosSpectrum,
  lanczosSpectrum,
  spectralDensity,
} from "./analysis/hessian/lanczos.ts";
export {
  type Movement,
  movement,
  partOf,
  riverDirection,
  type RiverValley,
  riverValley,
  type SplitVector,
  splitVector,
} from "./analysis/hessian/river_valley.ts";
export { type HessianSnapshot, hessianSnapshot } from "./analysis/hessian/snapshot.ts";
export {
  coordinates,
  fromCoordinates,
  type Spectrum,
  spectrumOf,
  type SpectrumSummary,
  summarizeSpectrum,
} from "./analysis/hessian/spectrum.ts";
export { type HessianOverTraining, readHessians } from "./analysis/hessian/stored.ts";
export { sweepThresholds, type ThresholdPoint } from "./analysis/hessian/threshold_sweep.ts";
export { type Walk, walkAlong, type WalkPoint } from "./analysis/hessian/walk.ts";
export { clusteredShare, type Median, medianInterval, type Share } from "./analysis/interval.ts";
export { type Barrier, barriers } from "./analysis/landscape/barriers.ts";
export {
  describe as describeLandscape,
  type KnownPoint,
  type LandscapeDescription,
} from "./analysis/landscape/description.ts";
export { planeThrough, type PrincipalPlane, principalPlane } from "./analysis/landscape/fitted_plane.ts";
export { type FunnelMeasures, funnelMeasures } from "./analysis/landscape/funnel.ts";
export {
  gridAxis,
  gridPlaces,
  type GridSize,
  type LandscapePoint,
  type LandscapeTerm,
  lossOnGrid,
} from "./analysis/landscape/grid.ts";
export { type Coordinates, parametersAt, type Plane, projectOnto } from "./analysis/landscape/plane.ts";
export { type Normalization, randomPlane } from "./analysis/landscape/random_plane.ts";
export { readLandscape, type StoredLandscape, storeLandscape } from "./analysis/landscape/stored.ts";
export {
  compareFunnels,
  type FunnelComparison,
  type MeasuredSurface,
  measureStudy,
  readLandscapes,
} from "./analysis/landscape/study.ts";
export { crossEntropyAlone, objectiveSurface, type Surface } from "./analysis/landscape/surface.ts";
export { comparePairs, holm, type Pair, type PairedComparison } from "./analysis/paired.ts";
export {
  isTransitionNear,
  type PhasePoint,
  phaseQuantities,
  type PhaseQuantity,
  type PhaseTransition,
  phaseTransition,
  riseShare,
} from "./analysis/phases.ts";
export { type LoopTerms, termsByLoop } from "./analysis/terms_by_loop.ts";
export {
  crossPolytopeCodes,
  handMadeMemory,
  largestOverlap,
  oneHotCodes,
  randomCodes,
} from "./analysis/retrieval/hand_made.ts";
export {
  type LastTokenSequence,
  lastTokenSequence,
  type LastTokenTask,
  orderBlindGuess,
} from "./analysis/retrieval/last_token.ts";
export { type Memory, type Recollection } from "./analysis/retrieval/memory.ts";
export { networkShare } from "./analysis/retrieval/network.ts";
export {
  attentionOnce,
  fallsThrough,
  orderBlindShare,
  type Outcome,
  outcomes,
  type Retrieval,
  type RetrievalAxis,
  type RetrievalMap,
  retrievalMap,
  type RetrievalParameter,
  type RetrievalSample,
  retrievalSequences,
  type RetrievalSetting,
  type RetrievalStudy,
  retrievalStudy,
  retrievalSweep,
  retrieve,
  type SweepPoint,
} from "./analysis/retrieval/retrieve.ts";
export { type CodeTraining, trainCodes } from "./analysis/retrieval/train_codes.ts";
export { trainedMemory } from "./analysis/retrieval/trained.ts";
export { type Arm, type ArmPoint, arms, studySample, trainArm } from "./analysis/looped_single/arms.ts";
export {
  sampleResult,
  type SplitAccuracy,
  splitAccuracy,
  splitByInformation,
  type SplitSample,
} from "./analysis/looped_single/sample_dynamics.ts";
export {
  readStudySpectra,
  runStudySpectra,
  type StudySpectrum,
} from "./analysis/looped_single/study_spectra.ts";
export { runStudy, type StudyOptions, type StudyProgress, withSeed } from "./analysis/looped_single/study.ts";
export { readStudy, runDirectory, type Study, type StudyRun } from "./analysis/looped_single/study_files.ts";
export {
  costToReach,
  finalValue,
  meanCurve,
  overSeeds,
  pairedDifference,
  runsOf,
  type Switch,
  switchOf,
  valueAtCost,
} from "./analysis/looped_single/summary.ts";
export { type Mean, meanInterval } from "./analysis/student.ts";

// Speed and cost
export { type Arithmetic, arithmetic, leastArithmetic, type WorkSize } from "./bench/flops.ts";
export {
  type BenchResult,
  committedMeasurements,
  type GrowthResult,
  type Measurements,
  readMeasurements,
  type SpeedResult,
} from "./bench/results.ts";

// Figures
export { accuracyAgainstDistance } from "./figures/accuracy_against_distance.ts";
export { accuracyAgainstLength } from "./figures/accuracy_against_length.ts";
export { accuracyAgainstLoops } from "./figures/accuracy_against_loops.ts";
export { costAgainstAccuracy } from "./figures/cost_against_accuracy.ts";
export { attentionMap } from "./figures/attention_map.ts";
export { type BasinPanel, basins } from "./figures/basins.ts";
export { boundTightness } from "./figures/bound_tightness.ts";
export { entropyAndNorm, type TemperatureSeries } from "./figures/entropy_and_norm.ts";
export { settledShare } from "./figures/settled_share.ts";
export { type TracePanel, traces, type TraceSeries } from "./figures/traces.ts";
export { type Showable, showable } from "./figures/display.ts";
export { type EnergyHistory, energyOverTime } from "./figures/energy_over_time.ts";
export { type EnergySurface, energySurface } from "./figures/energy_surface.ts";
export { gatingComparison, type GatingPanel } from "./figures/gating.ts";
export { lemmaAgainstQ, type NamedRow } from "./figures/lemma_against_q.ts";
export { hessianOverTraining, type NamedHessians } from "./figures/hessian_over_training.ts";
export { hessianSpectrum, type NamedSpectrum } from "./figures/hessian_spectrum.ts";
export { latentTrajectory } from "./figures/latent_trajectory.ts";
export { landscapeSheet, type SheetRow } from "./figures/landscape_sheet.ts";
export { lossContours, type LossMap } from "./figures/loss_contour.ts";
export { type LossScaleKind } from "./figures/loss_scale.ts";
export { lossSurfaces, type LossView } from "./figures/loss_surface.ts";
export { lossCurves, type LossPoint } from "./figures/loss_curves.ts";
export { costGrowth } from "./figures/cost_growth.ts";
export { spectraOverTraining } from "./figures/spectra_over_training.ts";
export { type ReferenceLevel, sampleDynamics } from "./figures/sample_dynamics.ts";
export { phasePortrait, type Portrait } from "./figures/phase_portrait.ts";
export { type PowerLaw, powerLaws } from "./figures/power_laws.ts";
export { retrievalCurves, type RetrievalSeries } from "./figures/retrieval_curves.ts";
export { retrievalMaps, type TitledMap } from "./figures/retrieval_maps.ts";
export { type NamedStudy, retrievalOutcomes } from "./figures/retrieval_outcomes.ts";
export { type PhaseFigureOptions, type PhaseRun, phaseTrajectories } from "./figures/phases.ts";
export { simplexMaps, type SimplexOptions, type SimplexPanel, type Triple } from "./figures/simplex.ts";
export { riverMovement } from "./figures/river_movement.ts";
export { type FigureFormat, saveFigure } from "./figures/save.ts";
export { shiftLoss } from "./figures/shift_loss.ts";
export { speedFigure } from "./figures/speed.ts";
export { stabilityRegion } from "./figures/stability_region.ts";
export { termsAgainstLoop } from "./figures/terms_against_loop.ts";
export { type NamedSnapshot, thresholdSensitivity } from "./figures/threshold_sensitivity.ts";
export { trainingCurves } from "./figures/training_curves.ts";

// The paper's numbers, and reports
export { paper, paperTable1, paperTable2 } from "./report/paper.ts";
export { assumptions } from "./report/assumptions.ts";
export type { ReportData, ReportRun } from "./report/data.ts";
export { drawLandscapes, type LandscapeFigureOptions } from "./report/landscape_figures.ts";
export { funnelFindings } from "./report/funnel_findings.ts";
export { funnelTable } from "./report/funnel_table.ts";
export { findings } from "./report/findings.ts";
export { type MeasureOptions, measureRun, type RunMeasurements } from "./report/measure_run.ts";
export { reportRun } from "./report/report_run.ts";
export { resultsTable } from "./report/results_table.ts";
export { versions } from "./report/versions.ts";
export { writeReport } from "./report/write_report.ts";
