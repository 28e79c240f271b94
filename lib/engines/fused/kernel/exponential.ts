// Exponential and logarithm of four floats at a time, accurate to about 2e-7 relative.
import { multiplyAdd, multiplySubtract } from "./simd";

// Constants are read from memory: a vector literal in a hot loop is built anew each time, which costs more.
const pool = memory.data<f32>([
  12582912.0, // 1.5·2²³: adding it rounds to a whole number, left in the low bits
  // (2^r − 1)/r on |r| ≤ ½: 2^r has a relative error of at most 9e-8, as much as rounding it
  0.69314698, 0.24022242, 0.05550734, 0.00967151, 0.00132647,
  -127.0, // 2^t for less is 0
  1.0, // as bits, also the exponent's bias
], 16);

// @ts-ignore: decorator
@inline
/** Constant 0–7 of the exponential: hot loops load them once and call `exp2With`. */
export function exp2Constant(index: usize): v128 {
  return v128.load_splat<f32>(pool + (index << 2));
}

// @ts-ignore: decorator
@inline
/** 2^t for t < 128; 0 for t ≤ −127, and before that whatever is below 2^{−125}. */
export function exp2(t: v128): v128 {
  return exp2With(
    t, exp2Constant(0), exp2Constant(1), exp2Constant(2), exp2Constant(3), exp2Constant(4), exp2Constant(5),
    exp2Constant(6), exp2Constant(7),
  );
}

// @ts-ignore: decorator
@inline
/** The same with the constants given. */
export function exp2With(
  t: v128, round: v128, c1: v128, c2: v128, c3: v128, c4: v128, c5: v128, least: v128, one: v128,
): v128 {
  // t = n + r with n whole and |r| ≤ ½; 2^t is 2^r with n added to its exponent
  const bounded = f32x4.pmax(t, least);
  const shifted = f32x4.add(bounded, round);
  const r = f32x4.sub(bounded, f32x4.sub(shifted, round));
  let p = multiplyAdd(c5, r, c4);
  p = multiplyAdd(p, r, c3);
  p = multiplyAdd(p, r, c2);
  p = multiplyAdd(p, r, c1);
  return i32x4.add(i32x4.shl(shifted, 23), multiplyAdd(p, r, one));
}

// @ts-ignore: decorator
@inline
/** 2^t − 1 for t ≤ 0, without loss of digits near t = 0. */
export function exp2Minus1(t: v128): v128 {
  const bounded = f32x4.pmax(t, exp2Constant(6));
  const shifted = f32x4.add(bounded, exp2Constant(0));
  const r = f32x4.sub(bounded, f32x4.sub(shifted, exp2Constant(0)));
  let p = multiplyAdd(exp2Constant(5), r, exp2Constant(4));
  p = multiplyAdd(p, r, exp2Constant(3));
  p = multiplyAdd(p, r, exp2Constant(2));
  p = multiplyAdd(p, r, exp2Constant(1));
  const power = i32x4.add(i32x4.shl(shifted, 23), exp2Constant(7));
  return multiplyAdd(f32x4.mul(power, r), p, f32x4.sub(power, exp2Constant(7)));
}

/** log(1 + y) for y ≥ 0, without loss of digits near y = 0. */
export function log1p(y: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(one, y);
  // u = m·2^e with √½ ≤ m < √2; log u = e·log 2 + log m
  const e = i32x4.shr_s(i32x4.sub(u, i32x4.splat(0x3f3504f3)), 23);
  const f = f32x4.sub(i32x4.sub(u, i32x4.shl(e, 23)), one);
  let p = f32x4.splat(7.0376836292e-2);
  p = multiplyAdd(p, f, f32x4.splat(-1.1514610310e-1));
  p = multiplyAdd(p, f, f32x4.splat(1.1676998740e-1));
  p = multiplyAdd(p, f, f32x4.splat(-1.2420140846e-1));
  p = multiplyAdd(p, f, f32x4.splat(1.4249322787e-1));
  p = multiplyAdd(p, f, f32x4.splat(-1.6668057665e-1));
  p = multiplyAdd(p, f, f32x4.splat(2.0000714765e-1));
  p = multiplyAdd(p, f, f32x4.splat(-2.4999993993e-1));
  p = multiplyAdd(p, f, f32x4.splat(3.3333331174e-1));
  const square = f32x4.mul(f, f);
  // What was rounded away in 1 + y, divided by u.
  const lost = f32x4.div(f32x4.sub(y, f32x4.sub(u, one)), u);
  const tail = multiplySubtract(f32x4.splat(0.5), square, f32x4.mul(f32x4.mul(square, f), p));
  const log = f32x4.add(f, f32x4.add(tail, lost));
  return multiplyAdd(f32x4.convert_i32x4_s(e), f32x4.splat(0.6931471805599453), log);
}
