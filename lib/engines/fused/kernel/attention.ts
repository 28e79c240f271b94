// Attention of one tile of 8 queries, one head at a time. A lane is a query, a row a key.
//
//   p_ij = 2^{s_ij} / Σ_j 2^{s_ij},  o_i = Σ_j p_ij v_j
import { keyTiles, scoreTile, selectRows, tileRows } from "./attention_rows";
import { exp2Constant, exp2With } from "./exponential";
import { firstKeyTile } from "./far_keys";
import { multiply } from "./linear";
import {
  ENTROPY, INVERSE, LN2, LOGARITHM, rowMaximum, rowsAtAnyOrder, rowsAtOneAndAHalf,
} from "./row_statistics";
import { headWidth, inner, length, q, scratch, tiles, validLanes, valueRows } from "./settings";
import { addToSum, BLOCK, ROW, TILE } from "./simd";

/** The first tile of keys that `attend` looked at. */
let firstSeen: i32 = 0;

/** Mixes the values for one tile of queries and one head: o, [headWidth][8]. Needs `boundKeys` before. */
export function attend(o: usize, qkvAt: usize, tile: i32, head: i32): void {
  selectRows(0, head, tile);
  firstSeen = firstKeyTile(qkvAt, tile, head);
  scoreTile(qkvAt, tile, head, firstSeen);
  const start = tileRows + <usize>firstSeen * BLOCK, end = tileRows + <usize>keyTiles(tile) * BLOCK;
  const round = exp2Constant(0), c1 = exp2Constant(1), c2 = exp2Constant(2), c3 = exp2Constant(3);
  const c4 = exp2Constant(4), c5 = exp2Constant(5), least = exp2Constant(6), one = exp2Constant(7);
  for (let half: usize = 0; half < ROW; half += 16) {
    const maximum = rowMaximum(start + half, end);
    let sum = f32x4.splat(0);
    for (let at = start + half; at < end; at += ROW) {
      const e = exp2With(f32x4.sub(v128.load(at), maximum), round, c1, c2, c3, c4, c5, least, one);
      v128.store(at, e);
      sum = f32x4.add(sum, e);
    }
    v128.store(scratch + half, f32x4.div(f32x4.splat(1), sum));
  }
  mixValues(o, tile, head, firstSeen, scratch);
}

/** The same, with what the objective and the way back need of each row. */
export function attendWithStatistics(
  o: usize, statistics: usize, sum: usize, qkvAt: usize, t: i32, tile: i32, head: i32,
): void {
  selectRows(t, head, tile);
  scoreTile(qkvAt, tile, head, 0);
  const end = tileRows + <usize>keyTiles(tile) * BLOCK;
  for (let half: usize = 0; half < ROW; half += 16) {
    if (q == 1.5) rowsAtOneAndAHalf(statistics + half, half, end);
    else rowsAtAnyOrder(statistics + half, half, end);
  }
  const last = tile == tiles - 1;
  const one = f32x4.splat(1);
  const low = last ? v128.load(validLanes) : one, high = last ? v128.load(validLanes, 16) : one;
  const ln2 = f32x4.splat(LN2);
  // −log max_j p_ij = log Σ_j 2^{s_ij − maximum}
  addToSum(
    sum + 8,
    f32x4.mul(low, f32x4.mul(ln2, v128.load(statistics + LOGARITHM))),
    f32x4.mul(high, f32x4.mul(ln2, v128.load(statistics + LOGARITHM, 16))),
  );
  addToSum(
    sum + 24,
    f32x4.mul(low, v128.load(statistics + ENTROPY)),
    f32x4.mul(high, v128.load(statistics + ENTROPY, 16)),
  );
  mixValues(o, tile, head, 0, statistics + INVERSE);
}

/** o = Σ_j e_j v_j over the keys from tile `first` on, times one over the sum of e. */
function mixValues(o: usize, tile: i32, head: i32, first: i32, inverse: usize): void {
  const row = <usize>inner << 2;
  const values = valueRows + <usize>(first * TILE) * row + (<usize>(head * headWidth) << 2);
  const keys = (keyTiles(tile) - first) * TILE;
  multiply(o, tileRows + <usize>first * BLOCK, values, keys, headWidth, row);
  const low = v128.load(inverse), high = v128.load(inverse, 16);
  for (let c = 0; c < headWidth; c++) {
    v128.store(o, f32x4.mul(v128.load(o), low));
    v128.store(o, f32x4.mul(v128.load(o, 16), high), 16);
    o += ROW;
  }
}

/** Writes p of one tile and head, just made by `attend`, to rows of length L; 0 for the keys left out. */
export function copyAttention(to: usize, tile: i32): void {
  const first = firstSeen * TILE, seen = min(keyTiles(tile) * TILE, length);
  const queries = min(TILE, length - tile * TILE);
  for (let i = 0; i < queries; i++) {
    const inverse = load<f32>(scratch + (i << 2));
    const row = to + (<usize>((tile * TILE + i) * length) << 2);
    memory.fill(row, 0, <usize>length << 2);
    for (let j = first; j < seen; j++) {
      store<f32>(row + (j << 2), load<f32>(tileRows + <usize>j * ROW + (i << 2)) * inverse);
    }
  }
}
