// LayerNorm without gain and bias, which are folded into the linear map that follows:
//
//   x̂ = (u − mean u)·r,  r = 1/√(var u + ε)
//   du = r·(dx̂ − mean dx̂ − x̂·mean(dx̂·x̂))
//
// Channels beyond the model's width are padding and stay 0.
import { multiplyAdd, multiplySubtract, ROW } from "./simd";
import { norm, width, widthPadded } from "./settings";

/** x̂ and r of one tile; without a norm x̂ = u. */
export function normalise(normalised: usize, scale: usize, u: usize): void {
  if (!norm) {
    memory.copy(normalised, u, <usize>widthPadded * ROW);
    return;
  }
  const inverse = f32x4.splat(1 / <f32>width);
  const bytes = <usize>width * ROW;
  for (let half: usize = 0; half < ROW; half += 16) {
    let sum = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += ROW) sum = f32x4.add(sum, v128.load(u + c + half));
    const mean = f32x4.mul(sum, inverse);
    let squares = f32x4.splat(0);
    for (let c: usize = 0; c < bytes; c += ROW) {
      const centred = f32x4.sub(v128.load(u + c + half), mean);
      squares = multiplyAdd(centred, centred, squares);
    }
    const variance = multiplyAdd(squares, inverse, f32x4.splat(1e-5));
    const r = f32x4.div(f32x4.splat(1), f32x4.sqrt(variance));
    v128.store(scale + half, r);
    for (let c: usize = 0; c < bytes; c += ROW) {
      v128.store(normalised + c + half, f32x4.mul(f32x4.sub(v128.load(u + c + half), mean), r));
    }
  }
}

/** du from dx̂ for one tile; without a norm du = dx̂. */
export function normaliseBackward(du: usize, dNormalised: usize, normalised: usize, scale: usize): void {
  if (!norm) {
    memory.copy(du, dNormalised, <usize>widthPadded * ROW);
    return;
  }
  const inverse = f32x4.splat(1 / <f32>width);
  const bytes = <usize>width * ROW;
  for (let half: usize = 0; half < ROW; half += 16) {
    let sum = f32x4.splat(0), product = sum;
    for (let c: usize = 0; c < bytes; c += ROW) {
      const d = v128.load(dNormalised + c + half);
      sum = f32x4.add(sum, d);
      product = multiplyAdd(d, v128.load(normalised + c + half), product);
    }
    const mean = f32x4.mul(sum, inverse);
    const along = f32x4.mul(product, inverse);
    const r = v128.load(scale + half);
    for (let c: usize = 0; c < bytes; c += ROW) {
      const d = f32x4.sub(v128.load(dNormalised + c + half), mean);
      v128.store(
        du + c + half,
        f32x4.mul(r, multiplySubtract(v128.load(normalised + c + half), along, d)),
      );
    }
  }
}
