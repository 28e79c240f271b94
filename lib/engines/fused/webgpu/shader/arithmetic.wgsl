// Exponential and logarithm, accurate to about 1e-7 relative on every card: the built-in ones may lose digits
// where the objective needs them. A NaN goes in and comes out: built-in min and max would swallow it.

const LN2 = 0.6931471805599453;
const LOG2E = 1.4426950408889634;

// (2^r − 1)/r on |r| ≤ ½, least relative error 2e-9
fn powerSlope(r: f32) -> f32 {
  var p = 0.00015353361959569156;
  p = p * r + 0.0013398875016719103;
  p = p * r + 0.00961843691766262;
  p = p * r + 0.055503323674201965;
  p = p * r + 0.24022647738456726;
  return p * r + 0.6931471824645996;
}

// 2^t for t ≤ 127; exactly 0 for t < −126.5.
fn power2(t: f32) -> f32 {
  // t = n + r with n whole and |r| ≤ ½; 2^t = 2^n + 2^n·(2^r − 1)
  let bounded = select(t, -127.0, t < -127.0);
  let n = round(bounded);
  let r = bounded - n;
  let power = bitcast<f32>((i32(n) + 127) << 23u);
  return (power * r) * powerSlope(r) + power;
}

// 2^t − 1 for t ≤ 0, without loss of digits near t = 0.
fn power2Minus1(t: f32) -> f32 {
  let bounded = select(t, -127.0, t < -127.0);
  let n = round(bounded);
  let r = bounded - n;
  let power = bitcast<f32>((i32(n) + 127) << 23u);
  return (power * r) * powerSlope(r) + (power - 1.0);
}

// log(1 + y) for y ≥ 0, without loss of digits near y = 0.
fn log1p(y: f32) -> f32 {
  // 1 + y = 2^e·(1 + f) with √½ ≤ 1 + f < √2; log(1 + f) = 2·artanh(f/(2 + f)). With e = 0 nothing is rounded.
  let u = 1.0 + y;
  let e = (bitcast<i32>(u) - 0x3f3504f3) >> 23u;
  let f = select(bitcast<f32>(bitcast<i32>(u) - (e << 23u)) - 1.0, y, e == 0);
  let s = f / (2.0 + f);
  let square = s * s;
  var p = 1.0 / 9.0;
  p = p * square + 1.0 / 7.0;
  p = p * square + 1.0 / 5.0;
  p = p * square + 1.0 / 3.0;
  let log = 2.0 * s + 2.0 * s * square * p;
  return f32(e) * LN2 + log;
}

// Value and slope of GELU in its tanh form, as x·σ(2y) with y = √(2/π)·(x + 0.044715·x³):
//
//   g(x) = x·s,  s = 1/(1 + e^{−2y})
//   g'(x) = s + x·s·(1 − s)·2y',  1 − s = e^{−2y}·s
fn gelu(x: f32) -> vec2f {
  let square = x * x;
  let t = x * (-2.302208198144325 - 0.1029432395800235 * square);
  let e = power2(select(t, 126.0, t > 126.0));
  let s = 1.0 / (1.0 + e);
  let value = x * s;
  return vec2f(value, s + value * (e * s) * (1.5957691216057308 + 0.21406444881780076 * square));
}
