/**
 * Does the entropy-gated update of B.4 help? Gates against constant steps and the plain iteration, on random instances.
 *
 * @module
 */
import { euclideanNorm } from "../vectors.ts";
import { type RandomStream, randomStream } from "../random.ts";
import { randomProblem } from "../theory/contraction/random_problem.ts";
import { injectedRecurrence, type Recurrence } from "../theory/contraction/recurrence.ts";
import { selfAttention } from "../theory/contraction/self_attention.ts";
import { gated } from "../theory/fixed_point/gated.ts";
import type { StopReason } from "../theory/fixed_point/iteration.ts";
import { dampedRadius, eigenvalues } from "../theory/gating/damping.ts";
import { boundGate, entropyBound, type Gate, linearGate } from "../theory/gating/gate.ts";
import { matrixOfRows } from "../theory/matrix.ts";
import { tsallisEntropy } from "../theory/tsallis.ts";
import { clusteredShare, type Median, medianInterval, type Share } from "./interval.ts";

/** What the random instances of a setting have in common. */
export interface GatingSetting {
  /** Tokens. */
  readonly n: number;
  readonly d: number;
  /** m = ‖W_Q‖₂‖W_K‖₂. */
  readonly m: number;
  /** ‖W_V‖_F; Theorem 3.2.1 asks for at most ½. */
  readonly valueNorm: number;
  /** F(Y) = SᵀYW_V (the theorem's), or S Y W_V. */
  readonly transposed: boolean;
  readonly q: number;
}

/** One fixed-point problem Z = F(X+Z), from Z₀ = 0. */
export interface GatingInstance extends Recurrence {
  readonly setting: GatingSetting;
  readonly start: Float64Array;
  /** Mean S_q of the attention rows at X+Z. */
  entropy(point: Float64Array): number;
  /** β(S), the bound of Theorem 3.2.1. */
  readonly bound: (entropy: number) => number;
}

/** Normal weights and inputs, scaled to the setting, with ‖X‖_F = 1. */
export function gatingInstance(setting: GatingSetting, stream: RandomStream): GatingInstance {
  const { n, d, m, valueNorm, transposed, q } = setting;
  const { WV, ...problem } = randomProblem({ n, d, m, q, transposed }, stream);
  const scale = valueNorm / euclideanNorm(matrixOfRows(WV).values);
  const scaled = { ...problem, WV: WV.map((row) => row.map((value) => scale * value)) };
  const input = matrixOfRows(problem.X).values;
  const { attention } = selfAttention(scaled);
  return {
    setting,
    ...injectedRecurrence(scaled),
    start: new Float64Array(n * d),
    entropy: (point) => {
      const S = attention(input.map((value, i) => value + point[i]));
      let sum = 0;
      for (let i = 0; i < n; i++) sum += tsallisEntropy(S.subarray(i * n, (i + 1) * n), q);
      return sum / n;
    },
    bound: entropyBound({ weightProduct: m, valueNorm, n, q }),
  };
}

/** A way to choose the step α at each point, made for an instance. */
export interface StepRule {
  readonly name: string;
  step(instance: GatingInstance): (point: Float64Array) => number;
}

/** A step that never changes; 1 is the ungated iteration. */
export const constantStep = (alpha: number): StepRule => ({
  name: alpha === 1 ? "ungated" : `α = ${alpha}`,
  step: () => () => alpha,
});

/** B.4's α(S_q), with S_q the mean entropy of the attention rows where the iteration is. */
export const gatedStep = (name: string, gate: (instance: GatingInstance) => Gate): StepRule => ({
  name,
  step: (instance) => {
    const alpha = gate(instance);
    return (point) => alpha(instance.entropy(point));
  },
});

/** The rules that the kit compares: no gate, three constants, and the two gates. */
export const stepRules: readonly StepRule[] = [
  ...[1, 0.7, 0.5, 0.3].map(constantStep),
  gatedStep("linear gate", ({ setting: { n, q } }) => linearGate(0.1, { outcomes: n, q })),
  gatedStep("bound gate", ({ bound }) => boundGate(bound)),
];

/** How one rule did on the instances of a setting. */
export interface RuleResult {
  readonly name: string;
  /** Share of instances that converged. */
  readonly converged: Share;
  /** Median number of evaluations of F, counting what did not converge as infinitely many. */
  readonly iterations: Median;
  /** How many instances stopped for each reason. */
  readonly reasons: Readonly<Record<StopReason, number>>;
  /** Evaluations of each instance, ∞ where it did not converge. */
  readonly each: readonly number[];
}

/**
 * Runs every rule on the same instances.
 *
 * @param options.instances how many. Default: 200
 * @param options.tolerance of ‖F(X+Z) − Z‖, see the fixed-point iterations. Default: 1e-8
 * @param options.limit most evaluations of F. Default: 500
 */
export function gatingStudy(
  setting: GatingSetting,
  { rules = stepRules, seed, instances = 200, tolerance = 1e-8, limit = 500 }: {
    readonly rules?: readonly StepRule[];
    readonly seed: number;
    readonly instances?: number;
    readonly tolerance?: number;
    readonly limit?: number;
  },
): RuleResult[] {
  const stream = randomStream(seed, "gating medians");
  const drawn = gatingInstances(setting, { seed, instances });
  return rules.map(({ name, step }) => {
    const runs = drawn.map((instance) =>
      gated(instance.map, { start: instance.start, step: step(instance), tolerance, limit })
    );
    const each = runs.map(({ reason, iterations }) => reason === "converged" ? iterations : Infinity);
    const reasons = { converged: 0, cycle: 0, diverged: 0, limit: 0 };
    for (const { reason } of runs) reasons[reason]++;
    return {
      name,
      converged: clusteredShare(each.map((count) => ({ right: count < Infinity ? 1 : 0, counted: 1 }))),
      iterations: medianInterval(each, { stream: stream.split(name) }),
      reasons,
      each,
    };
  });
}

/** What the eigenvalues at the fixed points say of a constant step, and what happened. */
export interface DampingPrediction {
  /** Instances that one of the two solved faster, or alone. */
  readonly compared: number;
  /** Share of them on which the step with the smaller max |1 − α + αλ| was the faster one. */
  readonly right: Share;
}

/**
 * Compares a constant step with the ungated iteration, instance by instance: is the local rule of
 * {@linkcode dampedRadius} enough to tell which is faster?
 */
export function predictDamping(
  setting: GatingSetting,
  { step, seed, instances = 200 }: {
    readonly step: number;
    readonly seed: number;
    readonly instances?: number;
  },
): DampingPrediction {
  const answers = gatingInstances(setting, { seed, instances }).flatMap((instance) => {
    const { map, start, derivative } = instance;
    const [plain, slowed] = [1, step].map((alpha) =>
      gated(map, { start, step: () => alpha, tolerance: 1e-8, limit: 500 })
    );
    const ends = [plain, slowed].filter(({ reason }) => reason === "converged");
    if (ends.length === 0 || plain.iterations === slowed.iterations && ends.length === 2) return [];
    const spectrum = eigenvalues(derivative(ends[0].point));
    const predicted = dampedRadius(spectrum, step) < dampedRadius(spectrum, 1);
    const happened = ends.length === 1 ? ends[0] === slowed : slowed.iterations < plain.iterations;
    return [predicted === happened];
  });
  const right = clusteredShare(answers.map((each) => ({ right: each ? 1 : 0, counted: 1 })));
  return { compared: answers.length, right };
}

function gatingInstances(
  setting: GatingSetting,
  { seed, instances }: { seed: number; instances: number },
): GatingInstance[] {
  const stream = randomStream(seed, "gating", JSON.stringify(setting));
  return Array.from({ length: instances }, (_, i) => gatingInstance(setting, stream.split(i)));
}
