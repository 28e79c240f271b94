/**
 * AdamW (Loshchilov & Hutter 2019) with its whole state in the open. The paper names no optimiser, but a
 * learning rate and a weight decay; as in PyTorch, the decay acts on every parameter.
 *
 * @module
 */

/** What AdamW remembers from step to step. */
export interface AdamWState {
  /** Updates done. */
  step: number;
  /** Running mean of the gradient, flat. */
  firstMoment: Float32Array;
  /** Running mean of its square, flat. */
  secondMoment: Float32Array;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The state before the first update of `size` parameters. */
export function adamwStart(size: number): AdamWState {
  return { step: 0, firstMoment: new Float32Array(size), secondMoment: new Float32Array(size) };
}

/**
 * One update, in place: p ← p − lr·decay·p − lr·m̂/(√v̂ + ε).
 *
 * @param parameters flat, changed
 * @param state changed
 */
export function adamwUpdate(
  parameters: Float32Array,
  state: AdamWState,
  { gradient, learningRate, weightDecay }: {
    gradient: Float32Array;
    learningRate: number;
    weightDecay: number;
  },
): void {
  const { firstMoment: m, secondMoment: v } = state;
  state.step += 1;
  const correction1 = 1 - BETA1 ** state.step;
  const correction2 = 1 - BETA2 ** state.step;
  for (let i = 0; i < parameters.length; i++) {
    m[i] = BETA1 * m[i] + (1 - BETA1) * gradient[i];
    v[i] = BETA2 * v[i] + (1 - BETA2) * gradient[i] * gradient[i];
    const direction = m[i] / correction1 / (Math.sqrt(v[i] / correction2) + EPSILON);
    parameters[i] -= learningRate * (weightDecay * parameters[i] + direction);
  }
}
