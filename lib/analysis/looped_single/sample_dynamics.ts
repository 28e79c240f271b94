/**
 * How well a model does on simple and on complex sequences of a Markov language.
 *
 * @module
 */
import type { Engine } from "../../engines/engine.ts";
import type { MarkovBatch } from "../../tasks/markov_language.ts";
import { clusteredShare, type Share } from "../interval.ts";

/** A fixed sample of sequences, each simple or complex. */
export interface SplitSample {
  readonly batch: MarkovBatch;
  /** Bits a transition; sequences below are simple, the others complex. */
  readonly threshold: number;
  /** Of each sequence. */
  readonly simple: readonly boolean[];
}

/** Accuracy over all sequences, and over either half. */
export interface SplitAccuracy {
  readonly all: Share;
  readonly simple: Share;
  readonly complex: Share;
}

/** What a model does on a sample. */
export interface SampleResult extends SplitAccuracy {
  /** Mean cross-entropy in nats. */
  readonly loss: number;
}

/** Splits a sample at the median of its sequences' information content. */
export function splitByInformation(batch: MarkovBatch): SplitSample {
  const sorted = batch.information.toSorted();
  const threshold = sorted[Math.floor(sorted.length / 2)];
  return { batch, threshold, simple: Array.from(batch.information, (bits) => bits < threshold) };
}

/** Accuracy of given predictions, [count, length]; see `tasks/markov_predictors.ts`. */
export function splitAccuracy({ batch, simple }: SplitSample, predictions: Int32Array): SplitAccuracy {
  const { count, length, targets } = batch;
  const tallies = Array.from({ length: count }, (_, sequence) => {
    const [from, to] = [sequence * length, (sequence + 1) * length];
    let [right, counted] = [0, 0];
    for (let at = from; at < to; at++) {
      if (targets[at] < 0) continue;
      counted += 1;
      if (predictions[at] === targets[at]) right += 1;
    }
    return { right, counted };
  });
  return {
    all: clusteredShare(tallies),
    simple: clusteredShare(tallies.filter((_, sequence) => simple[sequence])),
    complex: clusteredShare(tallies.filter((_, sequence) => !simple[sequence])),
  };
}

/** Loss and accuracies of a model. */
export async function sampleResult(
  engine: Engine,
  { parameters, sample }: { parameters: Float32Array; sample: SplitSample },
): Promise<SampleResult> {
  const { batch } = sample;
  const logits = await engine.logits(parameters, batch);
  const { classes } = engine.problem;
  const predictions = new Int32Array(batch.targets.length);
  let [loss, counted] = [0, 0];
  batch.targets.forEach((target, at) => {
    const row = logits.subarray(at * classes, (at + 1) * classes);
    const most = Math.max(...row);
    predictions[at] = row.indexOf(most);
    if (target < 0) return;
    loss += most + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - most), 0)) - row[target];
    counted += 1;
  });
  return { loss: loss / counted, ...splitAccuracy(sample, predictions) };
}
