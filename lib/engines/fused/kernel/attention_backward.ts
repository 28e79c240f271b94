// The way back through attention, for one tile of queries and one head:
//
//   dv_j = Σ_i p_ij do_i,  dp_ij = do_i·v_j
//   ds_ij = p_ij (dp_ij − do_i·o_i) + λ_S q (h_ij − p_ij S_i) + λ_P (p_ij − [s_ij is the maximum]/n)
//   dq_i = Σ_j ds_ij k_j,  dk_j = Σ_i ds_ij q_i
//
// The entropy's part is that of S_q = Σ h: ∂S_q/∂s_j = p_j (g_j − Σ_k p_k g_k) with p_j g_j = q h_j. `queryRows`
// and `keyRows` hold log 2 as a factor, as s is in units of log 2.
import { keyTiles, qkvStride, scoreTile, selectRows, tileRows } from "./attention_rows";
import { exp2 } from "./exponential";
import { accumulate, multiply } from "./linear";
import { ENTROPY, entropyTerm, INVERSE, LOGARITHM, MAXIMUM, SHARE } from "./row_statistics";
import {
  entropyWeight, headWidth, inner, keepRows, keyRows, mixedGradientRows, potentialWeight, q, queryRows,
  scoreGradients, scratch, tiles, validLanes,
} from "./settings";
import { BLOCK, multiplyAdd, multiplySubtract, ROW, TILE, transposeTile } from "./simd";

/** From do to dq of one tile and head, and on to dk and dv of every key that its queries see. */
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
