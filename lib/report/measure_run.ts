import { accuracyAtLength, accuracyByLoops, type LengthAccuracy } from "../analysis/evaluate.ts";
import { type Engine, engineProblem } from "../engines/engine.ts";
import { createEngine, type EngineChoice } from "../engines/select.ts";
import type { Configuration } from "../models/config.ts";
import { randomStream } from "../random.ts";
import { taskOf } from "../tasks/select.ts";
import type { ReportRun } from "./data.ts";
import { traceSequence } from "./trace_sequence.ts";

/** What is measured of a trained model for a report. */
export type RunMeasurements = Required<Pick<ReportRun, "evaluation" | "loops" | "sequence">>;

/** How much to measure. */
export interface MeasureOptions {
  readonly engine?: EngineChoice;
  readonly lengths?: readonly number[];
  /** Sequences at each length. */
  readonly sequences?: number;
  /** Called before each part with the part's name. */
  readonly onPart?: (part: string) => void;
}

/** Lengths that show where accuracy begins to fall, the paper's 10, 100 and 1000 among them. */
const LENGTHS = [10, 20, 50, 100, 200, 500, 1000];
/** Beyond the training lengths, and still quick. */
const LOOPS_LENGTH = 100;

/**
 * Everything that a report shows of a trained model, measured on sequences that are fixed by the run's seed:
 * accuracy by length, accuracy after 0 … 2T loops, and one sequence seen from inside.
 *
 * @throws {UserError} if the engine does not come up
 */
export async function measureRun(
  { configuration, parameters }: { configuration: Configuration; parameters: Float32Array },
  { engine: choice, lengths = LENGTHS, sequences = 100, onPart = () => {} }: MeasureOptions = {},
): Promise<RunMeasurements> {
  const { model, training } = configuration;
  const task = taskOf(configuration.task);
  const stream = randomStream(training.seed, "measure");
  const withEngine = async <T>(loops: number, use: (engine: Engine) => Promise<T>): Promise<T> => {
    const problem = engineProblem(task, { ...configuration, model: { ...model, loops } });
    const engine = await createEngine(problem, choice);
    try {
      return await use(engine);
    } finally {
      await engine.dispose();
    }
  };

  const evaluation: LengthAccuracy[] = [];
  const sequence = await withEngine(model.loops, async (engine) => {
    for (const length of lengths) {
      onPart(`length ${length}`);
      evaluation.push(await accuracyAtLength({ engine, task, parameters, sequences, stream }, length));
    }
    return await traceSequence(engine, { task, parameters, stream: stream.split("sequence") });
  });
  onPart("loops");
  const accuracy = await withEngine(
    2 * model.loops,
    (engine) => accuracyByLoops({ engine, task, parameters, sequences, stream }, LOOPS_LENGTH),
  );
  return { evaluation, sequence, loops: { length: LOOPS_LENGTH, sequences, accuracy } };
}
