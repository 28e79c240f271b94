/**
 * The reference engine: every variant of the model in TensorFlow.js operations, on any of its backends, with
 * its automatic differentiation.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../errors.ts";
import { modelSpecification } from "../../models/specification.ts";
import { lossTerms } from "../../objective.ts";
import { parameterView } from "../../parameters.ts";
import type { Batch, Sequences } from "../../tasks/task.ts";
import type { Engine, EngineProblem, LossAndGradient, Trace } from "../engine.ts";
import { assertInputs, assertTargets } from "../inputs.ts";
import { backendDetails, bestBackend, onBackend } from "./backend.ts";
import type { TfjsBackend } from "./backends.ts";
import {
  attentionBias,
  block,
  blockInput,
  embed,
  initialState,
  nextState,
  oneHotRows,
  readout,
  type Weights,
} from "./block.ts";
import { entropyRows, kineticRows, potentialRows, taskRows } from "./terms.ts";

/**
 * An engine on one of tfjs's backends.
 *
 * @throws {UserError} if the backend does not come up
 */
export async function createTfjsEngine(
  problem: EngineProblem,
  { backend: chosen }: { backend?: TfjsBackend } = {},
): Promise<Engine> {
  const backend = chosen ?? await bestBackend();
  await onBackend(backend, () => Promise.resolve());
  const specification = modelSpecification(problem);

  const check = (parameters: Float32Array, sequences: Sequences) => {
    assertInputs({ specification, vocabulary: problem.vocabulary }, parameters, sequences);
    assertAttentionFits(problem, sequences);
  };
  const weightTensors = (parameters: Float32Array): Weights =>
    Object.fromEntries(
      specification.entries.map(({ name, shape }) => [
        name,
        tf.tensor(parameterView(specification, parameters, name), [...shape]),
      ]),
    );

  return {
    name: "tfjs",
    backend,
    details: backendDetails(backend),
    problem,
    specification,

    async logits(parameters, sequences) {
      check(parameters, sequences);
      return await onBackend(backend, () =>
        download(tf.tidy(() => {
          const weights = weightTensors(parameters);
          const { X, Z } = run(weights, sequences, problem);
          return readout(weights, X, Z, problem.model);
        })));
    },

    async lossAndGradient(parameters, batch) {
      check(parameters, batch);
      assertTargets(problem.classes, batch);
      return await onBackend(backend, () => lossAndGradient(problem, weightTensors, { parameters, batch }));
    },

    async trace(parameters, sequences, { attention = false } = {}) {
      check(parameters, sequences);
      return await onBackend(
        backend,
        () => trace(problem, weightTensors(parameters), { sequences, attention }),
      );
    },

    dispose: () => Promise.resolve(),
  };
}

/** Most entries of one loop's attention, 256 MiB: some five such tensors live at a time. */
const MOST_ATTENTION = 2 ** 26;

/** @throws {UserError} if one loop's attention is too large to hold */
function assertAttentionFits({ model: { heads } }: EngineProblem, { count, length }: Sequences): void {
  const entries = count * heads * length ** 2;
  if (entries > MOST_ATTENTION) {
    throw new UserError(
      `Cannot run ${count} sequences of length ${length} on engine tfjs as their attention has ${entries} entries ` +
        `and it holds at most ${MOST_ATTENTION}: use shorter ones or --engine fused`,
    );
  }
}

/** X and Z_T without a gradient; what a loop leaves behind is freed before the next. */
function run(weights: Weights, sequences: Sequences, { model }: EngineProblem) {
  const X = embed(weights, sequences, model);
  const bias = attentionBias(sequences.length, model);
  let Z = initialState(X, model);
  for (let t = 0; t < model.loops; t++) {
    const previous = Z;
    Z = tf.tidy(() => {
      const u = blockInput(X, previous, model);
      return nextState(previous, block(weights, u, { count: sequences.count, bias, model }).update, model);
    });
    previous.dispose();
  }
  return { X, Z };
}

async function lossAndGradient(
  problem: EngineProblem,
  weightTensors: (parameters: Float32Array) => Weights,
  { parameters, batch }: { parameters: Float32Array; batch: Batch },
): Promise<LossAndGradient> {
  const { model, objective, classes } = problem;
  const { lambdaPotential, lambdaKinetic, lambdaEntropy, eta } = objective;
  const counted = batch.targets.reduce((sum, target) => sum + (target >= 0 ? 1 : 0), 0);

  const tensors = tf.tidy(() => {
    const weights = weightTensors(parameters);
    const names = Object.keys(weights);
    const targets = tf.tensor2d(oneHotRows(batch.targets, classes), [batch.tokens.length, classes]);
    const bias = attentionBias(batch.length, model);
    let rows: { task: tf.Tensor; kinetic: tf.Tensor; potential: tf.Tensor; entropy: tf.Tensor };

    const total = (...values: tf.Tensor[]) => {
      const named = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      const X = embed(named, batch, model);
      const first = initialState(X, model);
      const potential: tf.Tensor[] = [];
      const entropy: tf.Tensor[] = [];
      let Z = first;
      for (let t = 0; t < model.loops; t++) {
        const { update, attention } = block(named, blockInput(X, Z, model), {
          count: batch.count,
          bias,
          model,
        });
        potential.push(potentialRows(attention));
        entropy.push(entropyRows(attention, objective.q));
        Z = nextState(Z, update, model);
      }
      rows = {
        task: taskRows(readout(named, X, Z, model), targets),
        kinetic: kineticRows(first, Z, objective.kinetic),
        potential: tf.keep(tf.stack(potential)),
        entropy: tf.keep(tf.stack(entropy)),
      };
      tf.keep(rows.task);
      tf.keep(rows.kinetic);
      return tf.addN([
        tf.div(tf.sum(rows.task), Math.max(counted, 1)),
        tf.mul(tf.mean(rows.potential), lambdaPotential),
        tf.mul(tf.mean(rows.kinetic), lambdaKinetic),
        tf.mul(tf.abs(tf.sub(tf.mean(rows.entropy), eta)), lambdaEntropy),
      ]) as tf.Scalar;
    };
    const gradients = tf.grads(total)(names.map((name) => weights[name]));
    return { ...rows!, gradient: tf.concat(gradients.map((gradient) => tf.reshape(gradient, [-1]))) };
  });

  const [task, potential, kinetic, entropy, gradient] = await Promise.all(
    [tensors.task, tensors.potential, tensors.kinetic, tensors.entropy, tensors.gradient].map(download),
  );
  const averages = {
    task: sum(task) / Math.max(counted, 1),
    potential: sum(potential) / potential.length,
    kinetic: sum(kinetic) / kinetic.length,
    meanEntropy: sum(entropy) / entropy.length,
  };
  return { terms: lossTerms(averages, objective), gradient };
}

async function trace(
  { model }: EngineProblem,
  weights: Weights,
  { sequences, attention }: { sequences: Sequences; attention: boolean },
): Promise<Trace> {
  const X = tf.tidy(() => embed(weights, sequences, model));
  const bias = attentionBias(sequences.length, model);
  const result = {
    states: [] as Float32Array[],
    logits: [] as Float32Array[],
    attention: [] as Float32Array[],
  };
  const record = async (Z: tf.Tensor2D) => {
    result.states.push(await Z.data<"float32">());
    result.logits.push(await download(tf.tidy(() => readout(weights, X, Z, model))));
  };
  let Z = tf.tidy(() => initialState(X, model));
  await record(Z);
  for (let t = 0; t < model.loops; t++) {
    const step = tf.tidy(() => {
      const u = blockInput(X, Z, model);
      const { update, attention: { p } } = block(weights, u, { count: sequences.count, bias, model });
      return { next: nextState(Z, update, model), attention: attention ? p : undefined };
    });
    Z.dispose();
    Z = step.next;
    await record(Z);
    if (step.attention) result.attention.push(await download(step.attention));
  }
  tf.dispose([X, Z, bias, Object.values(weights)]);
  return result;
}

/** The tensor's values; the tensor is freed. */
async function download(tensor: tf.Tensor): Promise<Float32Array> {
  try {
    return await tensor.data<"float32">();
  } finally {
    tensor.dispose();
  }
}

/** Sum in double precision. */
function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
