// Vectors of four floats. Every array of the kernel is cut into tiles of 8 tokens: [tile][channel][8], so that
// a lane is a token, and whatever is done to a token is done to four at a time without any shuffling.

/** Tokens in a tile. */
export const TILE: i32 = 8;
/** Bytes of one channel of a tile. */
export const ROW: usize = 32;
/** Bytes of an 8×8 block. */
export const BLOCK: usize = 256;

// @ts-ignore: decorator
@inline
/** a·b + c, rounded once where the relaxed instruction is there and the processor has it. */
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
/** c − a·b */
export function multiplySubtract(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_nmadd(a, b, c);
  return f32x4.sub(c, f32x4.mul(a, b));
}

// @ts-ignore: decorator
@inline
/** [Σa, Σb, Σc, Σd], each over its four lanes. */
export function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
/** Adds the eight lanes of a tile's row to a sum in double precision. */
export function addToSum(sum: usize, low: v128, high: v128): void {
  const pairs = f64x2.add(
    f64x2.add(f64x2.promote_low_f32x4(low), f64x2.promote_low_f32x4(high)),
    f64x2.add(
      f64x2.promote_low_f32x4(v128.shuffle<f32>(low, low, 2, 3, 2, 3)),
      f64x2.promote_low_f32x4(v128.shuffle<f32>(high, high, 2, 3, 2, 3)),
    ),
  );
  store<f64>(sum, load<f64>(sum) + f64x2.extract_lane(pairs, 0) + f64x2.extract_lane(pairs, 1));
}

/** rows[8][to] from tile[channels][8]: token by token instead of channel by channel, times a factor. */
export function transposeTile(rows: usize, tile: usize, channels: i32, stride: usize, factor: f32): void {
  const scale = f32x4.splat(factor);
  for (let c = 0; c < channels; c += 4) {
    for (let half: usize = 0; half < ROW; half += 16) {
      const a = f32x4.mul(v128.load(tile + half), scale);
      const b = f32x4.mul(v128.load(tile + half, 32), scale);
      const d = f32x4.mul(v128.load(tile + half, 64), scale);
      const e = f32x4.mul(v128.load(tile + half, 96), scale);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de0 = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const de1 = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      const at = rows + (half >> 2) * stride;
      v128.store(at, v128.shuffle<f32>(ab0, de0, 0, 1, 4, 5));
      v128.store(at + stride, v128.shuffle<f32>(ab0, de0, 2, 3, 6, 7));
      v128.store(at + 2 * stride, v128.shuffle<f32>(ab1, de1, 0, 1, 4, 5));
      v128.store(at + 3 * stride, v128.shuffle<f32>(ab1, de1, 2, 3, 6, 7));
    }
    tile += 4 * ROW;
    rows += 16;
  }
}
