// GELU in its tanh form, as x·σ(2y) with y = √(2/π)·(x + 0.044715·x³):
//
//   g(x) = x·s,  s = 1/(1 + e^{−2y})
//   g'(x) = s + x·s·(1 − s)·2y',  y' = √(2/π)·(1 + 3·0.044715·x²),  1 − s = e^{−2y}·s
import { exp2Constant, exp2With } from "./exponential";
import { multiplyAdd } from "./simd";

const pool = memory.data<f32>([
  -2.302208198144325, // −2·√(2/π)·log₂e
  -0.1029432395800235, // −2·√(2/π)·log₂e·0.044715
  1.5957691216057308, // 2·√(2/π)
  0.21406444881780076, // 2·√(2/π)·3·0.044715
  126.0,
], 16);

// @ts-ignore: decorator
@inline
function constant(index: usize): v128 {
  return v128.load_splat<f32>(pool + (index << 2));
}

/** g(x) of `bytes` of floats. */
export function gelu(active: usize, x: usize, bytes: usize): void {
  const round = exp2Constant(0), c1 = exp2Constant(1), c2 = exp2Constant(2), c3 = exp2Constant(3);
  const c4 = exp2Constant(4), c5 = exp2Constant(5), least = exp2Constant(6), one = exp2Constant(7);
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = v128.load(x + at);
    const square = f32x4.mul(value, value);
    const exponent = f32x4.mul(value, multiplyAdd(constant(1), square, constant(0)));
    const e = exp2With(f32x4.pmin(exponent, constant(4)), round, c1, c2, c3, c4, c5, least, one);
    v128.store(active + at, f32x4.div(value, f32x4.add(one, e)));
  }
}

/** g(x) and g'(x) of `bytes` of floats. */
export function geluWithSlope(active: usize, slope: usize, x: usize, bytes: usize): void {
  const round = exp2Constant(0), c1 = exp2Constant(1), c2 = exp2Constant(2), c3 = exp2Constant(3);
  const c4 = exp2Constant(4), c5 = exp2Constant(5), least = exp2Constant(6), one = exp2Constant(7);
  for (let at: usize = 0; at < bytes; at += 16) {
    const value = v128.load(x + at);
    const square = f32x4.mul(value, value);
    const exponent = f32x4.mul(value, multiplyAdd(constant(1), square, constant(0)));
    const e = exp2With(f32x4.pmin(exponent, constant(4)), round, c1, c2, c3, c4, c5, least, one);
    const s = f32x4.div(one, f32x4.add(one, e));
    const g = f32x4.mul(value, s);
    v128.store(active + at, g);
    const inner = multiplyAdd(constant(3), square, constant(2));
    v128.store(slope + at, multiplyAdd(f32x4.mul(g, f32x4.mul(e, s)), inner, s));
  }
}
