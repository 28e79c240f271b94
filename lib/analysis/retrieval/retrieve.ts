/**
 * §4.4's experiment: does eq. 1 retrieve the answer, and how does it fail where it does not?
 *
 * @module
 */
import { euclideanNorm } from "../../vectors.ts";
import { randomStream } from "../../random.ts";
import { attentionLandscape, fieldAt } from "../../theory/hamiltonian/landscape.ts";
import { type DynamicsParameters, latentDynamics } from "../../theory/hamiltonian/trajectory.ts";
import { clusteredShare, type Share } from "../interval.ts";
import {
  type LastTokenSequence,
  lastTokenSequence,
  type LastTokenTask,
  orderBlindGuess,
} from "./last_token.ts";
import type { Memory } from "./memory.ts";

/** The coefficients of eq. 1, its temperature and how many steps it takes. */
export interface RetrievalSetting extends DynamicsParameters {
  readonly tau: number;
  readonly steps: number;
}

/**
 * How a retrieval ends. At rest (the last step moves by less than a thousandth of the state's norm):
 * `retrieved` the right token; `wrong`: another token, on which most of the attention lies; `blurred`: another, read
 * out of a mixture in which no token has half of the attention. Not at rest: `passing`: the right token is read out,
 * but the state moves on; `restless`: a wrong one; `escaped`: whatever is read out, the state is more than ten times as
 * far from 0 as its start and all values.
 */
export const outcomes = ["retrieved", "passing", "blurred", "wrong", "restless", "escaped"] as const;
export type Outcome = typeof outcomes[number];

/** The end of one retrieval. */
export interface Retrieval {
  readonly outcome: Outcome;
  /** Whether the right token is read out at the last step. */
  readonly right: boolean;
}

/** Eq. 1 without dynamics: Z_1 = F_τ(Z_0), one plain attention map. */
export const attentionOnce = (tau: number): RetrievalSetting => ({ tau, mu: 0, alpha: 1, beta: 0, steps: 1 });

/** Follows eq. 1 on one sequence, from the last token's vector at rest. */
export function retrieve(
  memory: Memory,
  { tokens, target }: LastTokenSequence,
  { tau, steps, ...parameters }: RetrievalSetting,
): Retrieval {
  const { weights, Z0 } = memory.recall(tokens);
  const landscape = attentionLandscape({ ...weights, tau });
  const { positions, velocities, leftRangeAt } = latentDynamics(landscape, { ...parameters, Z0, steps });
  const Z = positions[positions.length - 1];
  const norm = euclideanNorm(Z);
  const right = leftRangeAt === undefined && largest(memory.readOut(Z)) === target;
  const { count, dimension, values } = landscape;
  let reach = euclideanNorm(positions[0]);
  for (let i = 0; i < count; i++) {
    reach = Math.max(reach, euclideanNorm(values.subarray(i * dimension, (i + 1) * dimension)));
  }
  if (leftRangeAt === undefined && euclideanNorm(velocities[steps]) <= 1e-3 * norm) {
    if (right) return { outcome: "retrieved", right };
    const { attention } = fieldAt(landscape, Z);
    return { outcome: Math.max(...attention) > 0.5 ? "wrong" : "blurred", right };
  }
  if (leftRangeAt !== undefined || norm > 10 * reach) return { outcome: "escaped", right };
  return { outcome: right ? "passing" : "restless", right };
}

function largest(scores: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  return best;
}

/** Random sequences to retrieve from: the symbols are the memory's. */
export interface RetrievalSample extends Omit<LastTokenTask, "symbols"> {
  /** How many. */
  readonly sequences: number;
  readonly seed?: number;
}

/** Retrievals from many random sequences. */
export interface RetrievalStudy {
  /** Right read-outs at the last step. */
  readonly right: Share;
  /** How many retrievals ended how. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
}

/** Retrieves from random sequences: the same ones for every setting, so that settings can be compared. */
export function retrievalStudy(
  memory: Memory,
  setting: RetrievalSetting,
  sample: RetrievalSample,
): RetrievalStudy {
  const all = retrievalSequences(memory.symbols, sample).map((sequence) =>
    retrieve(memory, sequence, setting)
  );
  const counts = outcomes.map((outcome) => [
    outcome,
    all.filter((each) => each.outcome === outcome).length,
  ]);
  return { right: shareOf(all.map(({ right }) => right)), outcomes: Object.fromEntries(counts) };
}

/** How often {@linkcode orderBlindGuess} is right on the same sequences: what success has to exceed. */
export function orderBlindShare(symbols: number, sample: RetrievalSample): Share {
  return shareOf(
    retrievalSequences(symbols, sample).map(({ tokens, target }) => orderBlindGuess(tokens) === target),
  );
}

/** The sequences of a sample. */
export function retrievalSequences(
  symbols: number,
  { sequences, seed = 0, ...task }: RetrievalSample,
): LastTokenSequence[] {
  return Array.from(
    { length: sequences },
    (_, index) => lastTokenSequence(randomStream(seed, "last token", index), { ...task, symbols }),
  );
}

/** The share of right answers, each from a sequence of its own. */
export const shareOf = (answers: readonly boolean[]): Share =>
  clusteredShare(answers.map((right) => ({ right: Number(right), counted: 1 })));

/** A coefficient that is varied. */
export type RetrievalParameter = "tau" | "mu" | "alpha" | "beta";

/** Values of one coefficient. */
export interface RetrievalAxis {
  readonly parameter: RetrievalParameter;
  readonly values: readonly number[];
}

/** A study at one value of the coefficient that is varied. */
export interface SweepPoint extends RetrievalStudy {
  readonly value: number;
}

/** Studies along one coefficient, all others as in the setting. */
export function retrievalSweep(
  memory: Memory,
  setting: RetrievalSetting,
  { parameter, values, ...sample }: RetrievalAxis & RetrievalSample,
): SweepPoint[] {
  return values.map((value) => ({
    value,
    ...retrievalStudy(memory, { ...setting, [parameter]: value }, sample),
  }));
}

/**
 * Where along a sweep the share of right read-outs first falls through `share`, interpolated between its neighbours;
 * NaN where it does not.
 */
export function fallsThrough(points: readonly SweepPoint[], share = 0.5): number {
  const after = points.findIndex(({ right }, i) =>
    i > 0 && right.value < share && points[i - 1].right.value >= share
  );
  if (after < 0) return NaN;
  const [before, next] = [points[after - 1], points[after]];
  const way = (before.right.value - share) / (before.right.value - next.right.value);
  return before.value + way * (next.value - before.value);
}

/** Right read-outs over a grid of two coefficients. */
export interface RetrievalMap {
  readonly x: RetrievalAxis;
  readonly y: RetrievalAxis;
  /** A row for each value of y, in it an entry for each of x. */
  readonly right: readonly (readonly Share[])[];
}

/** Studies over a grid of two coefficients, all others as in the setting. */
export function retrievalMap(
  memory: Memory,
  setting: RetrievalSetting,
  { x, y, ...sample }: { x: RetrievalAxis; y: RetrievalAxis } & RetrievalSample,
): RetrievalMap {
  const right = y.values.map((value) =>
    retrievalSweep(memory, { ...setting, [y.parameter]: value }, { ...x, ...sample }).map((point) =>
      point.right
    )
  );
  return { x, y, right };
}
