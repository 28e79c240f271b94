import type { Engine } from "../../engines/engine.ts";
import { UserError } from "../../errors.ts";
import { type Batch, IGNORED } from "../../tasks/task.ts";

/**
 * The gradients, flat, of the parts of a loss at flat parameters; the loss is the mean of its parts. All that the
 * Hessian's methods know of a model. A loss without kinks needs no more than one part.
 */
export type GradientFunction = (parameters: Float32Array) => Promise<readonly ArrayLike<number>[]>;

/**
 * The gradient of an engine's objective on a batch: sequence by sequence where the objective has kinks.
 *
 * The potential −log max_j p_j has a kink where two keys of a row tie. A batch has tens of thousands of rows, and a
 * step however short passes some kink of the batch; most steps pass none of a single sequence.
 */
export function gradientOf(engine: Engine, batch: Batch): GradientFunction {
  const parts = isSeparable(engine, batch) ? sequencesOf(batch) : [batch];
  return async (parameters) => {
    const gradients = [];
    for (const part of parts) gradients.push((await engine.lossAndGradient(parameters, part)).gradient);
    for (const gradient of gradients) {
      const bad = gradient.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        throw new UserError(
          `Cannot compute a Hessian as entry ${bad} of the gradient near these parameters is ${
            gradient[bad]
          }`,
        );
      }
    }
    return gradients;
  };
}

/** Whether the objective has kinks to keep apart, and on a batch is the mean of what it is on each sequence. */
function isSeparable({ problem: { objective } }: Engine, batch: Batch): boolean {
  const { lambdaPotential, lambdaEntropy, eta } = objective;
  const counted = sequencesOf(batch).map(({ targets }) => targets.filter((each) => each !== IGNORED).length);
  const equal = counted.every((each) => each === counted[0]);
  // |mean S_q − η| is no mean over sequences unless S_q is above η in all of them, as it always is at η ≤ 0.
  return lambdaPotential !== 0 && equal && (lambdaEntropy === 0 || eta <= 0);
}

function sequencesOf({ tokens, targets, count, length }: Batch): Batch[] {
  return Array.from({ length: count }, (_, b) => {
    const [start, end] = [b * length, (b + 1) * length];
    return { tokens: tokens.slice(start, end), targets: targets.slice(start, end), count: 1, length };
  });
}
