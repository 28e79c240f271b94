// The two ends of the model: X from tokens, logits and the task's loss from Z, and the kinetic term.
import { exp2, log1p } from "./exponential";
import { columnSums, linear, multiply, outer } from "./linear";
import { addTo } from "./block";
import {
  classes, classesPadded, dx, dz, embedding, kineticWeight, length, logitsTiles, plain, positions,
  readoutBias, readoutInput, readoutTransposed, readoutWeight, squaredKinetic, targets, taskWeight, tileOut,
  tiles, tokens, width, widthPadded, x, z,
} from "./settings";
import { addToSum, multiplyAdd, ROW, TILE } from "./simd";

const LN2: f32 = 0.6931471805599453;
const LOG2E: f32 = 1.4426950408889634;

/** X of one sequence, and Z_0: 0, or X for the plain recurrence. */
export function embed(sequence: i32): void {
  const channels = <usize>widthPadded * ROW;
  const bytes = <usize>tiles * channels, line = <usize>widthPadded << 2;
  memory.fill(x, 0, bytes);
  for (let i = 0; i < length; i++) {
    const token = load<i32>(tokens + (<usize>(sequence * length + i) << 2));
    const to = x + <usize>(i / TILE) * channels + (<usize>(i % TILE) << 2);
    const symbol = embedding + <usize>token * line, position = positions + <usize>i * line;
    for (let c: usize = 0; c < <usize>width; c++) {
      store<f32>(to + c * ROW, load<f32>(symbol + (c << 2)) + load<f32>(position + (c << 2)));
    }
  }
  if (plain) memory.copy(z, x, bytes);
  else memory.fill(z, 0, bytes);
}

/** Gradient of the embedding from that of X. */
export function embedBackward(sequence: i32, gradient: usize): void {
  const channels = <usize>widthPadded * ROW, line = <usize>widthPadded << 2;
  for (let i = 0; i < length; i++) {
    const token = load<i32>(tokens + (<usize>(sequence * length + i) << 2));
    const from = dx + <usize>(i / TILE) * channels + (<usize>(i % TILE) << 2);
    const to = gradient + <usize>token * line;
    for (let c: usize = 0; c < <usize>width; c++) {
      store<f32>(to + (c << 2), load<f32>(to + (c << 2)) + load<f32>(from + c * ROW));
    }
  }
}

/** Logits of the present Z, in tiles of `classesPadded` channels; keeps what was read out. */
export function readOut(): void {
  const channels = <usize>widthPadded * ROW;
  if (plain) memory.copy(readoutInput, z, <usize>tiles * channels);
  else addTo(readoutInput, x, z, <usize>tiles * channels);
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const to = logitsTiles + tile * <usize>classesPadded * ROW;
    linear(to, readoutInput + tile * channels, readoutWeight, readoutBias, widthPadded, classesPadded);
  }
}

/** Copies tiles of `padded` channels to rows of `channels` numbers, one row a token. */
export function copyRows(to: usize, from: usize, channels: i32, padded: i32): void {
  for (let i = 0; i < length; i++) {
    const at = from + <usize>(i / TILE * padded) * ROW + (<usize>(i % TILE) << 2);
    for (let c: usize = 0; c < <usize>channels; c++) {
      store<f32>(to, load<f32>(at + c * ROW));
      to += 4;
    }
  }
}

/**
 * Cross-entropy of the logits, −log softmax(y)_target summed over the tokens that have a target; the logits
 * are replaced by their gradient (softmax(y) − [target]), weighted.
 */
export function taskLoss(sequence: i32, sum: usize): void {
  const bytes = <usize>classes * ROW, stride = <usize>classesPadded * ROW;
  for (let tile = 0; tile < tiles; tile++) {
    const at = logitsTiles + <usize>tile * stride;
    // How far the target's logit lies below the largest, and the weight of the token: 0 without a target.
    const gap = tileOut, weight = tileOut + ROW;
    for (let half: usize = 0; half < ROW; half += 16) {
      let maximum = v128.load(at + half);
      for (let c = ROW; c < bytes; c += ROW) maximum = f32x4.pmax(maximum, v128.load(at + c + half));
      v128.store(gap + half, maximum);
    }
    for (let lane = 0; lane < TILE; lane++) {
      const i = tile * TILE + lane;
      const offset = <usize>lane << 2;
      const target = i < length ? load<i32>(targets + (<usize>(sequence * length + i) << 2)) : -1;
      const largest = load<f32>(gap + offset);
      const logit = target < 0 ? largest : load<f32>(at + <usize>target * ROW + offset);
      store<f32>(gap + offset, largest - logit);
      store<f32>(weight + offset, target < 0 ? 0 : 1);
    }
    for (let half: usize = 0; half < ROW; half += 16) {
      softmaxLoss(at + half, gap + half, weight + half, bytes);
    }
    addToSum(sum, v128.load(gap), v128.load(gap, 16));
    for (let lane = 0; lane < TILE; lane++) {
      const i = tile * TILE + lane;
      const target = i < length ? load<i32>(targets + (<usize>(sequence * length + i) << 2)) : -1;
      if (target < 0) continue;
      const logit = at + <usize>target * ROW + (<usize>lane << 2);
      store<f32>(logit, load<f32>(logit) - taskWeight);
    }
  }
}

/** Four tokens: `gap` becomes the loss, the logits at `at` the weighted softmax. */
function softmaxLoss(at: usize, gap: usize, weight: usize, bytes: usize): void {
  let maximum = v128.load(at);
  for (let c = ROW; c < bytes; c += ROW) maximum = f32x4.pmax(maximum, v128.load(at + c));
  // The largest are counted and left out of the sum of the others, so that a small loss keeps its digits.
  let others = f32x4.splat(0), ties = others;
  for (let c: usize = 0; c < bytes; c += ROW) {
    const logit = v128.load(at + c);
    const e = exp2(f32x4.mul(f32x4.splat(LOG2E), f32x4.sub(logit, maximum)));
    const isLargest = f32x4.eq(logit, maximum);
    others = f32x4.add(others, v128.andnot(e, isLargest));
    ties = i32x4.sub(ties, isLargest);
    v128.store(at + c, e);
  }
  const one = f32x4.splat(1);
  const rest = f32x4.add(f32x4.sub(f32x4.convert_i32x4_s(ties), one), others);
  const counts = v128.load(weight);
  v128.store(gap, f32x4.mul(counts, f32x4.add(log1p(rest), v128.load(gap))));
  const share = f32x4.div(f32x4.mul(counts, f32x4.splat(taskWeight)), f32x4.add(one, rest));
  for (let c: usize = 0; c < bytes; c += ROW) {
    v128.store(at + c, f32x4.mul(v128.load(at + c), share));
  }
}

/** Gradient of the read-out's weights at `gradient`, and of Z_T in `dz` and X in `dx`, which it sets. */
export function readOutBackward(gradient: usize): void {
  const shift = gradient - embedding;
  const channels = <usize>widthPadded * ROW, stride = <usize>classesPadded * ROW;
  outer(readoutWeight + shift, readoutInput, logitsTiles, widthPadded, classesPadded, tiles);
  columnSums(readoutBias + shift, logitsTiles, classesPadded, tiles);
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    multiply(
      dz + tile * channels, logitsTiles + tile * stride, readoutTransposed, classesPadded, widthPadded,
      <usize>widthPadded << 2,
    );
  }
  if (plain) memory.fill(dx, 0, <usize>tiles * channels);
  else memory.copy(dx, dz, <usize>tiles * channels);
}

/**
 * ½‖Z_T − Z_0‖² of each token, or ½‖Z_T − Z_0‖, summed; adds the gradient to `dz`, and with the plain
 * recurrence (Z_0 = X) its opposite to `dx`.
 */
export function kineticTerm(sum: usize): void {
  const bytes = <usize>widthPadded * ROW;
  const half = f32x4.splat(0.5);
  for (let tile = 0; tile < tiles; tile++) {
    const offset = <usize>tile * bytes;
    let low = f32x4.splat(0), high = low;
    for (let c: usize = 0; c < bytes; c += ROW) {
      const a = moved(offset + c), b = moved(offset + c + 16);
      low = multiplyAdd(a, a, low);
      high = multiplyAdd(b, b, high);
    }
    // ∂(½‖ΔZ‖²) = ΔZ; ∂(½‖ΔZ‖) = ½ΔZ/‖ΔZ‖, 0 where ΔZ is 0
    let lowFactor = f32x4.splat(kineticWeight), highFactor = lowFactor;
    if (!squaredKinetic) {
      low = f32x4.sqrt(low);
      high = f32x4.sqrt(high);
      const zero = f32x4.splat(0);
      lowFactor = v128.andnot(f32x4.div(f32x4.mul(half, lowFactor), low), f32x4.eq(low, zero));
      highFactor = v128.andnot(f32x4.div(f32x4.mul(half, highFactor), high), f32x4.eq(high, zero));
    }
    addToSum(sum + 16, f32x4.mul(half, low), f32x4.mul(half, high));
    for (let c: usize = 0; c < bytes; c += ROW) {
      pull(offset + c, lowFactor);
      pull(offset + c + 16, highFactor);
    }
  }
}

// @ts-ignore: decorator
@inline
function moved(offset: usize): v128 {
  return plain ? f32x4.sub(v128.load(z + offset), v128.load(x + offset)) : v128.load(z + offset);
}

function pull(offset: usize, factor: v128): void {
  const part = f32x4.mul(factor, moved(offset));
  v128.store(dz + offset, f32x4.add(v128.load(dz + offset), part));
  if (plain) v128.store(dx + offset, f32x4.sub(v128.load(dx + offset), part));
}
