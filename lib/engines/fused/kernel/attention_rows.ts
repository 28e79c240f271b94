// The rows of attention: one row of 8 queries for each key, made for one tile of queries and one head at a time.
//
//   s_ij = q_i·k_j − m·|i − j|      in units of log 2: the weights of q hold log₂e/(√headWidth·τ)
//
// For short sequences the way back finds e_ij = 2^{s_ij − maximum} as the way forward left them; for long ones
// nothing as large as L×L is kept, and a tile's rows are made anew.
import { multiply, multiplyFrom } from "./linear";
import {
  causal, heads, headWidth, inner, keepRows, lastMask, penalties, scores, slope, tiles,
} from "./settings";
import { BLOCK, multiplySubtract, ROW, TILE } from "./simd";

/** What stands for −∞. */
export const MASKED: f32 = -1e30;

/** Where the rows of the tile at hand begin. */
export let tileRows: usize = 0;

/** Bytes that the rows of all tiles of one head take up, where they are kept. */
// @ts-ignore: decorator
@inline
function headBytes(): usize {
  return <usize>(causal ? tiles * (tiles + 1) / 2 : tiles * tiles) * BLOCK;
}

/** Sets `tileRows` for a loop, head and tile. */
export function selectRows(t: i32, head: i32, tile: i32): void {
  tileRows = scores;
  if (!keepRows) return;
  const before = <usize>(causal ? tile * (tile + 1) / 2 : tile * tiles) * BLOCK;
  tileRows += <usize>(t * heads + head) * headBytes() + before;
}

/** Bytes from one tile of q, k, v to the next. */
// @ts-ignore: decorator
@inline
export function qkvStride(): usize {
  return <usize>(3 * inner) * ROW;
}

/** How many tiles of keys the queries of a tile see. */
// @ts-ignore: decorator
@inline
export function keyTiles(tile: i32): i32 {
  return causal ? tile + 1 : tiles;
}

/** s_ij for the keys that the tile's queries see, from tile `first` on; those masked are −10³⁰. */
export function scoreTile(qkvAt: usize, tile: i32, head: i32, first: i32): void {
  const headOffset = <usize>(head * headWidth) * ROW;
  const query = qkvAt + <usize>tile * qkvStride() + headOffset;
  const seen = keyTiles(tile);
  let key = qkvAt + headOffset + <usize>inner * ROW + <usize>first * qkvStride();
  let to = tileRows + <usize>first * BLOCK;
  for (let j = first; j < seen; j++) {
    if (causal) {
      // −m·(i − j) = m·(j − i₀) − m·(i − i₀) with i₀ the tile's first query; the last part is the same along a
      // row and changes no p.
      multiplyFrom(to, query, key, penalties + ((j - tile) << 5), headWidth, TILE, ROW);
    } else {
      multiply(to, query, key, headWidth, TILE, ROW);
      subtractDistances(to, tile * TILE, j * TILE);
    }
    key += qkvStride();
    to += BLOCK;
  }
  to -= BLOCK;
  const masked = f32x4.splat(MASKED);
  for (let at: usize = 0; at < BLOCK; at += 16) {
    v128.store(to + at, v128.bitselect(v128.load(to + at), masked, v128.load(lastMask + at)));
  }
}

/** s −= m·|i − j| for an 8×8 block. */
function subtractDistances(block: usize, i: i32, j: i32): void {
  const m = f32x4.splat(slope);
  const low = f32x4.add(f32x4.splat(<f32>i), f32x4(0, 1, 2, 3)), high = f32x4.add(low, f32x4.splat(4));
  for (let row = 0; row < TILE; row++) {
    const key = f32x4.splat(<f32>(j + row));
    v128.store(block, multiplySubtract(m, f32x4.abs(f32x4.sub(low, key)), v128.load(block)));
    v128.store(block, multiplySubtract(m, f32x4.abs(f32x4.sub(high, key)), v128.load(block, 16)), 16);
    block += ROW;
  }
}
