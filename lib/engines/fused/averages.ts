/**
 * What the terms of the objective are averaged over, and so how much each weighs in the gradient.
 *
 * @module
 */
import { type Batch, IGNORED } from "../../tasks/task.ts";
import type { EngineProblem } from "../engine.ts";

/** The four averages; see `lossTerms`. */
export interface Averages {
  readonly task: number;
  readonly potential: number;
  readonly kinetic: number;
  readonly meanEntropy: number;
}

/** Each term's λ over the number of rows that it is averaged over. */
export interface TermWeights {
  readonly taskWeight: number;
  readonly potentialWeight: number;
  readonly kineticWeight: number;
  /** With the sign of mean S_q − η. */
  readonly entropyWeight: number;
}

/** For where none of the terms is wanted. */
export const noTerms: TermWeights = { taskWeight: 0, potentialWeight: 0, kineticWeight: 0, entropyWeight: 0 };

/** @param sign of mean S_q − η */
export function termWeights(problem: EngineProblem, batch: Batch, { sign }: { sign: number }): TermWeights {
  const { lambdaPotential, lambdaKinetic, lambdaEntropy } = problem.objective;
  const { counted, tokens, rows } = counts(problem, batch);
  return {
    taskWeight: 1 / counted,
    potentialWeight: lambdaPotential / rows,
    kineticWeight: lambdaKinetic / tokens,
    entropyWeight: sign * lambdaEntropy / rows,
  };
}

/** The averages from any number of partial sums, each of task, potential, kinetic and entropy. */
export function averages(
  problem: EngineProblem,
  batch: Batch,
  { sums }: { sums: Float32Array | Float64Array },
): Averages {
  const { counted, tokens, rows } = counts(problem, batch);
  const sum = (term: number) => {
    let total = 0;
    for (let i = term; i < sums.length; i += 4) total += sums[i];
    return total;
  };
  return {
    task: sum(0) / counted,
    potential: sum(1) / rows,
    kinetic: sum(2) / tokens,
    meanEntropy: sum(3) / rows,
  };
}

/**
 * The gradient of |mean S_q − η| needs the sign, which only the whole batch can tell. It is guessed to be that of
 * the last step, and the step done once more where the guess was wrong.
 */
export class SignGuess {
  #sign = 1;

  /** @param run does the step with the given sign */
  async settle(
    { objective: { eta, lambdaEntropy } }: EngineProblem,
    run: (sign: number) => Promise<Averages>,
  ): Promise<Averages> {
    const found = await run(this.#sign);
    const sign = Math.sign(found.meanEntropy - eta);
    if (sign !== this.#sign && !Number.isNaN(sign)) {
      this.#sign = sign;
      if (lambdaEntropy !== 0) await run(sign);
    }
    return found;
  }
}

/** How many tokens have a target (1 if none has), tokens and rows of attention there are. */
function counts({ model: { heads, loops } }: EngineProblem, { targets, count, length }: Batch) {
  let counted = 0;
  for (const target of targets) if (target !== IGNORED) counted++;
  const tokens = count * length;
  return { counted: Math.max(counted, 1), tokens, rows: tokens * heads * loops };
}
