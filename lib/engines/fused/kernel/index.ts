// The fused engine's kernel: whole sequences through all loops, forward and back. The host sets the globals
// of `settings.ts` and calls one of the three functions below; nothing here allocates.
export * from "./settings";
import { backwardLoop, COPY, FORGET, forwardLoop, KEEP_STATISTICS } from "./block";
import { copyRows, embed, embedBackward, kineticTerm, readOut, readOutBackward, taskLoss } from "./readout";
import {
  classes, classesPadded, count, dx, dz, gradientBytes, gradients, groupSize, heads, length, logitsOut,
  logitsTiles, loops, plain, sums, tiles, traceAttention, traceLogits, traceStates, width, widthPadded, z,
} from "./settings";
import { addTo } from "./block";
import { ROW } from "./simd";

/** Logits of one sequence, [L][C], to `logitsOut`. */
export function logits(sequence: i32): void {
  embed(sequence);
  for (let t = 0; t < loops; t++) forwardLoop(t, FORGET, 0, 0);
  readOut();
  copyRows(logitsOut + (<usize>(sequence * length * classes) << 2), logitsTiles, classes, classesPadded);
}

/**
 * The four terms of each sequence of a group, summed over its tokens, loops and heads, to `sums` (task,
 * potential, kinetic, entropy), and the group's gradient to `gradients`.
 */
export function gradient(group: i32): void {
  const to = gradients + <usize>group * gradientBytes;
  memory.fill(to, 0, gradientBytes);
  const end = min((group + 1) * groupSize, count);
  for (let sequence = group * groupSize; sequence < end; sequence++) {
    const sum = sums + (<usize>sequence << 5);
    memory.fill(sum, 0, 32);
    embed(sequence);
    for (let t = 0; t < loops; t++) forwardLoop(t, KEEP_STATISTICS, sum, 0);
    readOut();
    taskLoss(sequence, sum);
    readOutBackward(to);
    kineticTerm(sum);
    for (let t = loops - 1; t >= 0; t--) backwardLoop(t, to);
    if (plain) addTo(dx, dx, dz, <usize>(tiles * widthPadded) * ROW);
    embedBackward(sequence, to);
  }
}

/**
 * Z_0 … Z_T of one sequence, the logits read out from each and, if there is a place for it, attention; each
 * to arrays that begin with the loop and go on with the sequence.
 */
export function trace(sequence: i32): void {
  const attention = <usize>(heads * length * length) << 2;
  embed(sequence);
  for (let t = 0; t <= loops; t++) {
    const row = <usize>((t * count + sequence) * length) << 2;
    copyRows(traceStates + row * <usize>width, z, width, widthPadded);
    readOut();
    copyRows(traceLogits + row * <usize>classes, logitsTiles, classes, classesPadded);
    if (t < loops) {
      if (traceAttention == 0) forwardLoop(t, FORGET, 0, 0);
      else forwardLoop(t, COPY, 0, traceAttention + <usize>(t * count + sequence) * attention);
    }
  }
}
