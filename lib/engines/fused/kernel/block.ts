// One loop of the block for one sequence, and its way back:
//
//   u = X + Z (plain: Z),  x̂₁ = LN u,  [q k v] = x̂₁·W + b
//   o = attention,  a = o·W_O + b_O
//   x̂₂ = LN(u + a),  F = a + g(x̂₂·W₁ + b₁)·W₂ + b₂  (without an MLP F = a)
//   Z ← Z + F, or F
//
// Gains and biases of the norms are folded into W, b and W₁, b₁.
import { attend, attendWithStatistics, copyAttention } from "./attention";
import { attendBackward } from "./attention_backward";
import { boundKeys } from "./far_keys";
import { gelu, geluWithSlope } from "./gelu";
import { normalise, normaliseBackward } from "./layer_norm";
import { columnSums, linear, multiply, multiplyBy, outer } from "./linear";
import { LN2, ROW_STATISTICS } from "./row_statistics";
import {
  active, activeSlope, da, dActive, dMixed, dQkv, du, dx, dz, embedding, heads, headWidth, inBias,
  inner, inTransposed, inWeight, keyRows, length, mixed, mixedGradientRows, mlpWidth, normalised1,
  normalised2, outBias, outputBias, outputTransposed, outputWeight, outTransposed, outWeight, plain, qkv,
  qkvBias, qkvTransposed, qkvWeight, queryRows, residual, rows, savedBytes, scale1, scale2, tileHidden,
  tileInput, tileMixed, tileOut, tiles, validLanes, valueRows, widthPadded, x, z,
} from "./settings";
import { ROW, TILE, transposeTile } from "./simd";

/** What to do with the rows of attention while they are there. */
export const FORGET: i32 = 0;
export const KEEP_STATISTICS: i32 = 1;
export const COPY: i32 = 2;

/**
 * Z_{t+1} from Z_t. As `mode` says, `sum` takes up the terms of the rows of attention, or `attention` the rows
 * themselves.
 */
export function forwardLoop(t: i32, mode: i32, sum: usize, attention: usize): void {
  const saved = <usize>t * savedBytes;
  const channels = <usize>widthPadded * ROW, qkvChannels = <usize>(3 * inner) * ROW;

  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const normalised = normalised1 + saved + tile * channels;
    normalise(normalised, scale1 + saved + tile * ROW, blockInput(tile * channels));
    const to = qkv + saved + tile * qkvChannels;
    linear(to, normalised, qkvWeight, qkvBias, widthPadded, 3 * inner);
    const row = <usize>inner << 2;
    transposeTile(valueRows + tile * TILE * row, to + <usize>(2 * inner) * ROW, inner, row, 1);
  }
  if (mode != KEEP_STATISTICS) boundKeys(qkv + saved);
  for (let tile = 0; tile < tiles; tile++) {
    const o = mixed + saved + <usize>(tile * inner) * ROW;
    for (let head = 0; head < heads; head++) {
      const to = o + <usize>(head * headWidth) * ROW;
      if (mode == KEEP_STATISTICS) {
        attendWithStatistics(to, rows + saved + rowsOffset(tile, head), sum, qkv + saved, t, tile, head);
      } else {
        attend(to, qkv + saved, tile, head);
        if (mode == COPY) copyAttention(attention + (<usize>(head * length * length) << 2), tile);
      }
    }
    updateState(tile, saved, mode == KEEP_STATISTICS);
  }
}

/** Where the statistics of a tile and head lie. */
// @ts-ignore: decorator
@inline
function rowsOffset(tile: i32, head: i32): usize {
  return <usize>(tile * heads + head) * ROW_STATISTICS;
}

/** u of the tile `offset` bytes into X and Z. */
function blockInput(offset: usize): usize {
  if (plain) return z + offset;
  addTo(tileInput, x + offset, z + offset, <usize>widthPadded * ROW);
  return tileInput;
}

/** From o to the new Z of one tile. */
function updateState(tile: i32, saved: usize, keepSlope: bool): void {
  const channels = <usize>widthPadded * ROW, offset = <usize>tile * channels;
  const o = mixed + saved + <usize>(tile * inner) * ROW;
  linear(tileMixed, o, outputWeight, outputBias, inner, widthPadded);
  if (mlpWidth > 0) {
    const u = blockInput(offset);
    addTo(tileInput, u, tileMixed, channels);
    const normalised = normalised2 + saved + offset;
    normalise(normalised, scale2 + saved + <usize>tile * ROW, tileInput);
    linear(tileHidden, normalised, inWeight, inBias, widthPadded, mlpWidth);
    const hidden = <usize>mlpWidth * ROW, hiddenOffset = saved + <usize>tile * hidden;
    if (keepSlope) geluWithSlope(active + hiddenOffset, activeSlope + hiddenOffset, tileHidden, hidden);
    else gelu(active + hiddenOffset, tileHidden, hidden);
    linear(tileOut, active + hiddenOffset, outWeight, outBias, mlpWidth, widthPadded);
    addTo(tileMixed, tileMixed, tileOut, channels);
  }
  if (tile == tiles - 1) clearPadding(tileMixed);
  if (residual) addTo(z + offset, z + offset, tileMixed, channels);
  else memory.copy(z + offset, tileMixed, channels);
}

/** Tokens beyond the sequence's length stay 0, so that they stay finite and get no gradient. */
export function clearPadding(tile: usize): void {
  const end = tile + <usize>widthPadded * ROW;
  const low = v128.load(validLanes), high = v128.load(validLanes, 16);
  for (; tile < end; tile += ROW) {
    v128.store(tile, f32x4.mul(v128.load(tile), low));
    v128.store(tile, f32x4.mul(v128.load(tile, 16), high), 16);
  }
}

/** to = a + b */
export function addTo(to: usize, a: usize, b: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(to + at, f32x4.add(v128.load(a + at), v128.load(b + at)));
  }
}

/**
 * From ∂L/∂Z_{t+1} to ∂L/∂Z_t, both in `dz`; adds this loop's part to the gradient of the weights at
 * `gradient` and to that of X in `dx`.
 */
export function backwardLoop(t: i32, gradient: usize): void {
  const saved = <usize>t * savedBytes;
  const channels = <usize>widthPadded * ROW, innerChannels = <usize>inner * ROW;
  const innerRow = <usize>inner << 2;
  // Gradients lie as the weights do.
  const shift = gradient - embedding;

  // dF is dz. From F back to o, and to u by way of the MLP.
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const offset = tile * channels;
    let dMixedOut = dz + offset;
    if (mlpWidth > 0) {
      const hidden = <usize>mlpWidth * ROW;
      const dHidden = dActive + tile * hidden;
      const slope = activeSlope + saved + tile * hidden;
      multiplyBy(dHidden, dz + offset, outTransposed, slope, widthPadded, mlpWidth, <usize>mlpWidth << 2);
      multiply(tileOut, dHidden, inTransposed, mlpWidth, widthPadded, <usize>widthPadded << 2);
      normaliseBackward(du + offset, tileOut, normalised2 + saved + offset, scale2 + saved + tile * ROW);
      dMixedOut = da + offset;
      addTo(dMixedOut, dz + offset, du + offset, channels);
    }
    const dO = dMixed + tile * innerChannels;
    multiply(dO, dMixedOut, outputTransposed, widthPadded, inner, innerRow);
    transposeTile(mixedGradientRows + tile * TILE * innerRow, dO, inner, innerRow, 1);
  }
  if (mlpWidth > 0) {
    outer(outWeight + shift, active + saved, dz, mlpWidth, widthPadded, tiles);
    columnSums(outBias + shift, dz, widthPadded, tiles);
    outer(inWeight + shift, normalised2 + saved, dActive, widthPadded, mlpWidth, tiles);
    columnSums(inBias + shift, dActive, mlpWidth, tiles);
  }
  const dA = mlpWidth > 0 ? da : dz;
  outer(outputWeight + shift, mixed + saved, dA, inner, widthPadded, tiles);
  columnSums(outputBias + shift, dA, widthPadded, tiles);

  attentionBackward(t, saved);
  outer(qkvWeight + shift, normalised1 + saved, dQkv, widthPadded, 3 * inner, tiles);
  columnSums(qkvBias + shift, dQkv, 3 * inner, tiles);

  // From q, k, v back to u, and from u to Z and X.
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const offset = tile * channels;
    const from = dQkv + 3 * tile * innerChannels;
    multiply(tileOut, from, qkvTransposed, 3 * inner, widthPadded, <usize>widthPadded << 2);
    normaliseBackward(tileInput, tileOut, normalised1 + saved + offset, scale1 + saved + tile * ROW);
    if (mlpWidth > 0) addTo(tileInput, tileInput, du + offset, channels);
    if (!plain) addTo(dx + offset, dx + offset, tileInput, channels);
    if (residual) addTo(dz + offset, dz + offset, tileInput, channels);
    else memory.copy(dz + offset, tileInput, channels);
  }
}

/** d[q k v] of all tiles from do. */
function attentionBackward(t: i32, saved: usize): void {
  const innerChannels = <usize>inner * ROW, row = <usize>inner << 2;
  for (let tile: usize = 0; tile < <usize>tiles; tile++) {
    const from = qkv + saved + 3 * tile * innerChannels;
    transposeTile(queryRows + tile * TILE * row, from, inner, row, LN2);
    transposeTile(keyRows + tile * TILE * row, from + innerChannels, inner, row, LN2);
  }
  memory.fill(dQkv, 0, <usize>tiles * 3 * innerChannels);
  for (let tile = 0; tile < tiles; tile++) {
    for (let head = 0; head < heads; head++) {
      const offset = <usize>(tile * inner + head * headWidth) * ROW;
      attendBackward(
        dQkv, dMixed + offset, mixed + saved + offset, rows + saved + rowsOffset(tile, head), qkv + saved, t,
        tile, head,
      );
    }
  }
}
