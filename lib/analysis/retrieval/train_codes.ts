/**
 * Codes trained for the dynamics: the geometry of the embedding is learnt through eq. 1, the rest stays as made by hand.
 *
 * @module
 */
import { type RandomStream, randomStream } from "../../random.ts";
import { differentiableDynamics } from "../../theory/hamiltonian/adjoint.ts";
import { attentionLandscape } from "../../theory/hamiltonian/landscape.ts";
import { softmax } from "../../theory/softmax.ts";
import { adamwStart, adamwUpdate } from "../../training/adamw.ts";
import { handMadeMemory } from "./hand_made.ts";
import { type LastTokenSequence, lastTokenSequence, type LastTokenTask } from "./last_token.ts";
import type { RetrievalSetting } from "./retrieve.ts";

/** How codes are trained. */
export interface CodeTraining extends Omit<LastTokenTask, "symbols"> {
  readonly setting: RetrievalSetting;
  readonly updates: number;
  /** Sequences an update. Default: 32. */
  readonly batch?: number;
  /** Default: 0.02. */
  readonly learningRate?: number;
  readonly seed?: number;
}

/** The read-out's scores ⟨c, answer⟩ are multiplied by this before the cross-entropy. */
const sharpness = 10;

/**
 * AdamW on the cross-entropy of the answer read out of Z_K, through all steps of eq. 1. Codes are put back on the unit
 * sphere after each update, so that training can change their angles alone: longer codes would be a colder softmax.
 *
 * @param codes where training starts, unit vectors
 * @returns the trained codes, and the loss before each update
 */
export function trainCodes(
  codes: readonly (readonly number[])[],
  { setting, updates, batch = 32, learningRate = 0.02, seed = 0, ...task }: CodeTraining,
): { codes: number[][]; losses: number[] } {
  const width = codes[0].length;
  const flat = Float32Array.from(codes.flat());
  const state = adamwStart(flat.length);
  const losses: number[] = [];
  const current = () => codes.map((_, symbol) => [...flat.subarray(symbol * width, (symbol + 1) * width)]);
  for (let update = 0; update < updates; update++) {
    const stream = randomStream(seed, "train codes", update);
    const sequences = drawn(stream, { ...task, symbols: codes.length, batch });
    const { loss, gradient } = codeLoss(current(), sequences, setting);
    losses.push(loss);
    adamwUpdate(flat, state, { gradient: Float32Array.from(gradient), learningRate, weightDecay: 0 });
    normalise(flat, width);
  }
  return { codes: current(), losses };
}

function drawn(
  stream: RandomStream,
  { batch, ...task }: LastTokenTask & { batch: number },
): LastTokenSequence[] {
  return Array.from({ length: batch }, () => lastTokenSequence(stream, task));
}

function normalise(flat: Float32Array, width: number): void {
  for (let start = 0; start < flat.length; start += width) {
    const code = flat.subarray(start, start + width);
    const norm = Math.hypot(...code);
    for (let c = 0; c < width; c++) code[c] /= norm;
  }
}

/** The mean cross-entropy over sequences, and its gradient with respect to all codes, flat. */
export function codeLoss(
  codes: readonly (readonly number[])[],
  sequences: readonly LastTokenSequence[],
  { tau, ...dynamics }: RetrievalSetting,
): { loss: number; gradient: Float64Array } {
  const width = codes[0].length;
  const memory = handMadeMemory("in training", codes);
  const gradient = new Float64Array(codes.length * width);
  const add = (symbol: number, part: Float64Array, factor = 1) => {
    for (let c = 0; c < width; c++) gradient[symbol * width + c] += factor * part[c] / sequences.length;
  };
  let loss = 0;
  for (const { tokens, target } of sequences) {
    const { weights, Z0 } = memory.recall(tokens);
    const landscape = attentionLandscape({ ...weights, tau });
    const { last, pullBack } = differentiableDynamics(landscape, { ...dynamics, Z0 });
    const scores = softmax(Array.from(memory.readOut(last), (score) => sharpness * score));
    loss -= Math.log(scores[target]) / sequences.length;

    const answer = last.subarray(width);
    const back = new Float64Array(2 * width);
    scores.forEach((score, symbol) => {
      const slope = sharpness * (score - (symbol === target ? 1 : 0));
      add(symbol, answer, slope);
      for (let c = 0; c < width; c++) back[width + c] += slope * codes[symbol][c];
    });
    const { keys, values, Z0: start } = pullBack(back);
    // a_i = (c(t_{i−1}), 0), v_i = (c(t_{i−1}), c(t_i)), Z_0 = x_n = (c(t_n), c(t_{n−1})).
    const n = tokens.length;
    tokens.forEach((token, i) => {
      const at = 2 * width * i;
      add(token, values.subarray(at + width, at + 2 * width));
      if (i === 0) return;
      add(tokens[i - 1], values.subarray(at, at + width));
      add(tokens[i - 1], keys.subarray(at, at + width));
    });
    add(tokens[n - 1], start.subarray(0, width));
    add(tokens[n - 2], start.subarray(width));
  }
  return { loss, gradient };
}
