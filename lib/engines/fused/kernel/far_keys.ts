// Which keys are too far back to count, with a recency slope m > 0. The keys n or more back weigh at most
//
//   Σ_{d≥n} 2^{‖q‖K − m·d} = 2^{‖q‖K − m·n}/(1 − 2^{−m})      with K the largest ‖k‖
//
// and all keys together at least 2^{s_ii}. So those n ≥ (‖q‖K − s_ii + 27 − log₂(1 − 2^{−m}))/m back have a share
// of less than 2^{−27} in p, an eighth of what single precision rounds away. `reach` is 27 − log₂(1 − 2^{−m}).
import { qkvStride } from "./attention_rows";
import { causal, heads, headWidth, inner, keyBounds, reach, slope, tiles } from "./settings";
import { multiplyAdd, ROW, TILE } from "./simd";

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

/** The first tile of keys that counts for a tile of queries. */
export function firstKeyTile(qkvAt: usize, tile: i32, head: i32): i32 {
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
