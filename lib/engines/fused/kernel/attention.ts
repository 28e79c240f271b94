// Attention of one tile of 8 queries, one head at a time. A lane is a query, a row a key.
//
//   s_ij = q_i·k_j − m·|i − j|      in units of log 2: the weights of q hold log₂e/(√headWidth·τ)
//   p_ij = 2^{s_ij} / Σ_j 2^{s_ij}
//   o_i = Σ_j p_ij v_j
//
// For short sequences the way back finds e_ij = 2^{s_ij − maximum} as the way forward left them; for long ones
// nothing as large as L×L is kept, and a tile's rows are made anew.
import { exp2, exp2Constant, exp2Minus1, exp2With, log1p } from "./exponential";
import { accumulate, multiply, multiplyFrom } from "./linear";
import {
  causal, entropyWeight, headWidth, heads, inner, keepRows, keyBounds, keyRows, lastMask, length, mixedGradientRows, penalties,
  potentialWeight, q, qDistance, queryRows, reach, scoreGradients, scores, scratch, slope, sums, tiles, validLanes,
  valueRows,
} from "./settings";
import { addToSum, BLOCK, multiplyAdd, multiplySubtract, ROW, TILE, transposeTile } from "./simd";

/** What is kept of each row of attention, for a tile of one head. */
const MAXIMUM: usize = 0; // the largest s_ij
const INVERSE: usize = 32; // 1/Σ_j 2^{s_ij − maximum}
const LOGARITHM: usize = 64; // log₂ Σ_j 2^{s_ij − maximum}
const ENTROPY: usize = 96; // S_q
const SHARE: usize = 128; // 1 over the number of keys that tie for the maximum
/** Bytes of all of it. */
export const ROW_STATISTICS: usize = 160;

/** Where the rows of the tile at hand begin: one row of 8 queries for each key. */
let tileRows: usize = 0;

/** Bytes that the rows of all tiles of one head take up, where they are kept. */
// @ts-ignore: decorator
@inline
function headBytes(): usize {
  return <usize>(causal ? tiles * (tiles + 1) / 2 : tiles * tiles) * BLOCK;
}

/** Sets `tileRows` for a loop, head and tile. */
function selectRows(t: i32, head: i32, tile: i32): void {
  tileRows = scores;
  if (!keepRows) return;
  const before = <usize>(causal ? tile * (tile + 1) / 2 : tile * tiles) * BLOCK;
  tileRows += <usize>(t * heads + head) * headBytes() + before;
}

const MASKED: f32 = -1e30;
const LN2: f32 = 0.6931471805599453;
const LOG2E: f32 = 1.4426950408889634;

/** Bytes from one tile of q, k, v to the next. */
// @ts-ignore: decorator
@inline
function qkvStride(): usize {
  return <usize>(3 * inner) * ROW;
}

/** How many tiles of keys the queries of a tile see. */
// @ts-ignore: decorator
@inline
function keyTiles(tile: i32): i32 {
  return causal ? tile + 1 : tiles;
}

/** s_ij for the keys that the tile's queries see, from tile `first` on; those masked are −10³⁰. */
function scoreTile(qkvAt: usize, tile: i32, head: i32, first: i32): void {
  const headOffset = <usize>(head * headWidth) * ROW;
  const query = qkvAt + <usize>tile * qkvStride() + headOffset;
  const seen = keyTiles(tile);
  let key = qkvAt + headOffset + <usize>inner * ROW + <usize>first * qkvStride();
  let to = tileRows + <usize>first * BLOCK;
  for (let j = first; j < seen; j++) {
    if (causal) {
      // −m·(i − j) = m·(j − first i) − m·(i − first i); the last part is the same along a row and changes no p.
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

/** The largest ‖k_j‖ of each head, for `firstKeyTile`. */
export function boundKeys(qkvAt: usize): void {
  if (!causal || slope == 0) return;
  for (let head = 0; head < heads; head++) {
    let largest = f32x4.splat(0);
    let key = qkvAt + <usize>(inner + head * headWidth) * ROW;
    for (let tile = 0; tile < tiles; tile++) {
      largest = f32x4.pmax(largest, f32x4.pmax(dot(key, key), dot(key + 16, key + 16)));
      key += qkvStride();
    }
    store<f32>(keyBounds + (head << 2), sqrt(largestLane(largest)));
  }
}

/** Σ_c a_c b_c for four tokens of a head. */
function dot(a: usize, b: usize): v128 {
  let sum = f32x4.splat(0);
  const bytes = <usize>headWidth * ROW;
  for (let c: usize = 0; c < bytes; c += ROW) sum = multiplyAdd(v128.load(a + c), v128.load(b + c), sum);
  return sum;
}

function largestLane(a: v128): f32 {
  return max(
    max(f32x4.extract_lane(a, 0), f32x4.extract_lane(a, 1)),
    max(f32x4.extract_lane(a, 2), f32x4.extract_lane(a, 3)),
  );
}

/**
 * The first tile of keys that counts for a tile of queries. With a recency slope m > 0 the keys n or more back
 * weigh at most Σ_{d≥n} 2^{‖q‖K − m·d} = 2^{‖q‖K − m·n}/(1 − 2^{−m}) where K is the largest ‖k‖, and all keys
 * together at least 2^{s_ii}. So those n ≥ (‖q‖K − s_ii + 27 − log₂(1 − 2^{−m}))/m back have a share of less than
 * 2^{−27} in p, an eighth of what single precision rounds away. `reach` is 27 − log₂(1 − 2^{−m}).
 */
function firstKeyTile(qkvAt: usize, tile: i32, head: i32): i32 {
  if (!causal || slope == 0) return 0;
  const query = qkvAt + <usize>tile * qkvStride() + <usize>(head * headWidth) * ROW;
  const key = query + <usize>inner * ROW;
  const bound = f32x4.splat(load<f32>(keyBounds + (head << 2)));
  let largest = f32x4.splat(0);
  for (let half: usize = 0; half < ROW; half += 16) {
    const most = f32x4.mul(f32x4.sqrt(dot(query + half, query + half)), bound);
    largest = f32x4.max(largest, f32x4.sub(most, dot(query + half, key + half)));
  }
  const back = (largestLane(largest) + reach) / slope;
  const here = <f32>(tile * TILE);
  // Written so that NaN skips nothing.
  return back < here ? <i32>((here - back) / <f32>TILE) : 0;
}

/** The first tile of keys that `attend` looked at. */
let firstSeen: i32 = 0;

/** Mixes the values for one tile of queries and one head: o, [headWidth][8]. Needs `boundKeys` before. */
export function attend(o: usize, qkvAt: usize, tile: i32, head: i32): void {
  tileRows = scores;
  firstSeen = firstKeyTile(qkvAt, tile, head);
  scoreTile(qkvAt, tile, head, firstSeen);
  const start = tileRows + <usize>firstSeen * BLOCK, end = tileRows + <usize>keyTiles(tile) * BLOCK;
  const round = exp2Constant(0), c1 = exp2Constant(1), c2 = exp2Constant(2), c3 = exp2Constant(3);
  const c4 = exp2Constant(4), c5 = exp2Constant(5), c6 = exp2Constant(6), least = exp2Constant(7);
  const bias = exp2Constant(8);
  for (let half: usize = 0; half < ROW; half += 16) {
    const maximum = rowMaximum(start + half, end);
    let sum = f32x4.splat(0);
    for (let at = start + half; at < end; at += ROW) {
      const e = exp2With(f32x4.sub(v128.load(at), maximum), round, c1, c2, c3, c4, c5, c6, least, bias);
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

function rowMaximum(start: usize, end: usize): v128 {
  let maximum = f32x4.splat(MASKED);
  for (let at = start; at < end; at += ROW) maximum = f32x4.pmax(maximum, v128.load(at));
  return maximum;
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

// The keys that tie for the maximum have e = 1. They are counted (n) and left out of the sum δ of the others, so
// that rows close to one-hot keep their digits: Σe = n + δ, and log Σe = log1p(n − 1 + δ).

/** S_q at q = 3/2: Σ h_j with h_j = 2·p_j·(1 − √p_j) = 2·p_j·(1 − p_j)/(1 + √p_j). */
function rowsAtOneAndAHalf(statistics: usize, half: usize, end: usize): void {
  const maximum = rowMaximum(tileRows + half, end);
  const one = f32x4.splat(1);
  let others = f32x4.splat(0), powers = others, ties = others;
  for (let at = tileRows + half; at < end; at += ROW) {
    const e = exp2(f32x4.sub(v128.load(at), maximum));
    v128.store(at, e);
    const isLargest = f32x4.eq(e, one);
    const other = v128.andnot(e, isLargest);
    others = f32x4.add(others, other);
    powers = multiplyAdd(other, f32x4.sqrt(other), powers);
    ties = i32x4.sub(ties, isLargest);
  }
  const n = f32x4.convert_i32x4_s(ties);
  const rest = f32x4.add(f32x4.sub(n, one), others);
  const inverse = f32x4.div(one, f32x4.add(one, rest));
  const root = f32x4.sqrt(inverse);
  // Σ over the others of p − p^{3/2}, and n times p·(1 − p)/(1 + √p) of the largest
  const ofOthers = f32x4.mul(inverse, multiplySubtract(root, powers, others));
  const ofLargest = f32x4.div(
    f32x4.mul(n, f32x4.mul(inverse, f32x4.mul(rest, inverse))),
    f32x4.add(one, root),
  );
  const sum = f32x4.add(ofOthers, ofLargest);
  v128.store(statistics + MAXIMUM, maximum);
  v128.store(statistics + INVERSE, inverse);
  v128.store(statistics + LOGARITHM, f32x4.mul(f32x4.splat(LOG2E), log1p(rest)));
  v128.store(statistics + ENTROPY, f32x4.add(sum, sum));
  v128.store(statistics + SHARE, f32x4.div(one, n));
}

/** S_q at any q: Σ h_j with `entropyTerm`. */
function rowsAtAnyOrder(statistics: usize, half: usize, end: usize): void {
  const maximum = rowMaximum(tileRows + half, end);
  let others = f32x4.splat(0), ties = others;
  for (let at = tileRows + half; at < end; at += ROW) {
    const s = v128.load(at);
    const isLargest = f32x4.eq(s, maximum);
    others = f32x4.add(others, v128.andnot(exp2(f32x4.sub(s, maximum)), isLargest));
    ties = i32x4.sub(ties, isLargest);
  }
  const one = f32x4.splat(1);
  const n = f32x4.convert_i32x4_s(ties);
  const rest = f32x4.add(f32x4.sub(n, one), others);
  const logarithm = f32x4.mul(f32x4.splat(LOG2E), log1p(rest));
  let entropy = f32x4.splat(0);
  for (let at = tileRows + half; at < end; at += ROW) {
    const t = f32x4.sub(v128.load(at), maximum);
    entropy = f32x4.add(entropy, entropyTerm(f32x4.sub(t, logarithm)));
    v128.store(at, exp2(t));
  }
  v128.store(statistics + MAXIMUM, maximum);
  v128.store(statistics + INVERSE, f32x4.div(one, f32x4.add(one, rest)));
  v128.store(statistics + LOGARITHM, logarithm);
  v128.store(statistics + ENTROPY, entropy);
  v128.store(statistics + SHARE, f32x4.div(one, n));
}

/** h = (p − p^q)/(q − 1) = −p^{min(q,1)}·(p^{|q−1|} − 1)/|q − 1| from log₂ p; −p·log p at q = 1. */
function entropyTerm(logarithm: v128): v128 {
  if (qDistance == 0) {
    return f32x4.mul(f32x4.mul(f32x4.splat(-LN2), logarithm), exp2(logarithm));
  }
  const power = exp2(f32x4.mul(f32x4.splat(min<f32>(q, 1)), logarithm));
  const difference = exp2Minus1(f32x4.mul(f32x4.splat(qDistance), logarithm));
  return f32x4.mul(f32x4.mul(power, difference), f32x4.splat(-1 / qDistance));
}

/**
 * The way back for one tile of queries and one head, from do to dq, and on to dk and dv of every key seen:
 *
 *   dv_j = Σ_i p_ij do_i,  dp_ij = do_i·v_j
 *   ds_ij = p_ij (dp_ij − do_i·o_i) + λ_S q (h_ij − p_ij S_i) + λ_P (p_ij − [s_ij is the maximum]/n)
 *   dq_i = Σ_j ds_ij k_j,  dk_j = Σ_i ds_ij q_i
 *
 * The entropy's part is that of S_q = Σ h: ∂S_q/∂s_j = p_j (g_j − Σ_k p_k g_k) with p_j g_j = q h_j. `queryRows`
 * and `keyRows` hold log 2 as a factor, as s is in units of log 2.
 */
export function attendBackward(
  dQkvAt: usize, dO: usize, o: usize, statistics: usize, qkvAt: usize, t: i32, tile: i32, head: i32,
): void {
  selectRows(t, head, tile);
  if (!keepRows) scoreTile(qkvAt, tile, head, 0);
  const seen = keyTiles(tile);
  const headOffset = <usize>(head * headWidth) * ROW;
  const stride = qkvStride();

  let value = qkvAt + headOffset + <usize>(2 * inner) * ROW;
  for (let j = 0; j < seen; j++) {
    multiply(scoreGradients + <usize>j * BLOCK, dO, value, headWidth, TILE, ROW);
    value += stride;
  }
  const last = tile == tiles - 1;
  for (let half: usize = 0; half < ROW; half += 16) {
    const valid = last ? v128.load(validLanes + half) : f32x4.splat(1);
    scoreGradientRows(dO + half, o + half, statistics + half, half, seen * TILE, valid);
  }

  const rowBytes = <usize>inner << 2;
  const headRow = <usize>(head * headWidth) << 2;
  const dQuery = dQkvAt + <usize>tile * stride + headOffset;
  multiply(dQuery, scoreGradients, keyRows + headRow, seen * TILE, headWidth, rowBytes);

  const queries = <usize>(tile * TILE) * rowBytes + headRow;
  let dKey = dQkvAt + headOffset + <usize>inner * ROW;
  for (let j = 0; j < seen; j++) {
    const block = <usize>j * BLOCK;
    transposeTile(scratch, scoreGradients + block, TILE, ROW, 1);
    accumulate(dKey, scratch, queryRows + queries, TILE, headWidth, rowBytes);
    transposeTile(scratch, tileRows + block, TILE, ROW, 1);
    accumulate(dKey + <usize>inner * ROW, scratch, mixedGradientRows + queries, TILE, headWidth, rowBytes);
    dKey += stride;
  }
}

/** Turns s (or e, where it was kept) into p and dp into ds, for four queries. */
function scoreGradientRows(
  dO: usize, o: usize, statistics: usize, half: usize, keys: i32, valid: v128,
): void {
  let along = f32x4.splat(0);
  const bytes = <usize>headWidth * ROW;
  for (let c: usize = 0; c < bytes; c += ROW) {
    along = multiplyAdd(v128.load(dO + c), v128.load(o + c), along);
  }
  const maximum = v128.load(statistics + MAXIMUM);
  const inverse = v128.load(statistics + INVERSE);
  const logarithm = v128.load(statistics + LOGARITHM);
  const entropy = f32x4.mul(f32x4.splat(entropyWeight * q), valid);
  const potential = f32x4.mul(f32x4.splat(potentialWeight), valid);
  const share = f32x4.mul(potential, v128.load(statistics + SHARE));
  // ds = p·(dp + same) + entropy·h − [largest]·share
  const same = f32x4.sub(
    multiplySubtract(entropy, v128.load(statistics + ENTROPY), potential),
    along,
  );
  const end = tileRows + <usize>keys * ROW;
  let to = scoreGradients + half;
  if (q == 1.5) {
    // entropy·h = p·(2·entropy − 2·entropy·√p)
    const twice = f32x4.add(entropy, entropy);
    const shifted = f32x4.add(same, twice);
    const one = f32x4.splat(1);
    for (let at = tileRows + half; at < end; at += ROW) {
      let e = v128.load(at);
      if (!keepRows) e = exp2(f32x4.sub(e, maximum));
      const p = f32x4.mul(e, inverse);
      v128.store(at, p);
      const bracket = multiplySubtract(twice, f32x4.sqrt(p), f32x4.add(v128.load(to), shifted));
      const ofLargest = v128.and(share, f32x4.eq(e, one));
      v128.store(to, f32x4.sub(f32x4.mul(p, bracket), ofLargest));
      to += ROW;
    }
  } else {
    for (let at = tileRows + half; at < end; at += ROW) {
      const s = v128.load(at);
      const t = f32x4.sub(s, maximum);
      const p = f32x4.mul(exp2(t), inverse);
      v128.store(at, p);
      const ofEntropy = f32x4.mul(entropy, entropyTerm(f32x4.sub(t, logarithm)));
      const ofLargest = v128.and(share, f32x4.eq(s, maximum));
      const ds = multiplyAdd(p, f32x4.add(v128.load(to), same), f32x4.sub(ofEntropy, ofLargest));
      v128.store(to, ds);
      to += ROW;
    }
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
