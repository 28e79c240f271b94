// Products of a tile with a small matrix. Everything in the model that multiplies is one of two forms:
//
//   linear   y[C][8] = b + Σ_r w[r][C]·x[r][8]     a token-wise map (also scores, mixing and their gradients)
//   outer    dw[R][C] += Σ_tokens x[R]·dy[C]       the gradient of w in y = xw
//
// R and C are multiples of 4 throughout: the host pads with zeros.
import { laneSums, multiplyAdd, ROW } from "./simd";

/** y = b + xw with b [C]. */
export function linear(y: usize, x: usize, w: usize, b: usize, rows: i32, columns: i32): void {
  product(y, x, w, b, rows, columns, <usize>columns << 2, 0);
}

/** y = xw with w in rows `stride` bytes apart. */
export function multiply(y: usize, x: usize, w: usize, rows: i32, columns: i32, stride: usize): void {
  product(y, x, w, 0, rows, columns, stride, 1);
}

/** y += xw with w in rows `stride` bytes apart. */
export function accumulate(y: usize, x: usize, w: usize, rows: i32, columns: i32, stride: usize): void {
  product(y, x, w, 0, rows, columns, stride, 2);
}

/** y = s·xw, entry by entry, with w in rows `stride` bytes apart. */
export function multiplyBy(
  y: usize, x: usize, w: usize, s: usize, rows: i32, columns: i32, stride: usize,
): void {
  product(y, x, w, s, rows, columns, stride, 3);
}

/** y = b + xw with w in rows `stride` bytes apart. */
export function multiplyFrom(
  y: usize, x: usize, w: usize, b: usize, rows: i32, columns: i32, stride: usize,
): void {
  product(y, x, w, b, rows, columns, stride, 0);
}

// @ts-ignore: decorator
@inline
/** Starts from b (0), from zero (1) or from y itself (2). */
function product(
  y: usize, x: usize, w: usize, b: usize, rows: i32, columns: i32, stride: usize, start: i32,
): void {
  // Four channels of eight tokens at a time: eight sums are in flight, as many as hide the latency of one.
  for (let c = 0; c < columns; c += 4) {
    let a0 = f32x4.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    if (start == 0) {
      a0 = v128.load_splat<f32>(b); a1 = a0;
      b0 = v128.load_splat<f32>(b, 4); b1 = b0;
      c0 = v128.load_splat<f32>(b, 8); c1 = c0;
      d0 = v128.load_splat<f32>(b, 12); d1 = d0;
      b += 16;
    } else if (start == 2) {
      a0 = v128.load(y); a1 = v128.load(y, 16);
      b0 = v128.load(y, 32); b1 = v128.load(y, 48);
      c0 = v128.load(y, 64); c1 = v128.load(y, 80);
      d0 = v128.load(y, 96); d1 = v128.load(y, 112);
    }
    let from = x, weight = w;
    const end = x + <usize>rows * ROW;
    // Two rows a turn. (Four make the compiler run out of registers.)
    while (from < end) {
      let x0 = v128.load(from), x1 = v128.load(from, 16);
      let wa = v128.load_splat<f32>(weight);
      a0 = multiplyAdd(wa, x0, a0); a1 = multiplyAdd(wa, x1, a1);
      let wb = v128.load_splat<f32>(weight, 4);
      b0 = multiplyAdd(wb, x0, b0); b1 = multiplyAdd(wb, x1, b1);
      let wc = v128.load_splat<f32>(weight, 8);
      c0 = multiplyAdd(wc, x0, c0); c1 = multiplyAdd(wc, x1, c1);
      let wd = v128.load_splat<f32>(weight, 12);
      d0 = multiplyAdd(wd, x0, d0); d1 = multiplyAdd(wd, x1, d1);
      weight += stride;
      x0 = v128.load(from, 32), x1 = v128.load(from, 48);
      wa = v128.load_splat<f32>(weight);
      a0 = multiplyAdd(wa, x0, a0); a1 = multiplyAdd(wa, x1, a1);
      wb = v128.load_splat<f32>(weight, 4);
      b0 = multiplyAdd(wb, x0, b0); b1 = multiplyAdd(wb, x1, b1);
      wc = v128.load_splat<f32>(weight, 8);
      c0 = multiplyAdd(wc, x0, c0); c1 = multiplyAdd(wc, x1, c1);
      wd = v128.load_splat<f32>(weight, 12);
      d0 = multiplyAdd(wd, x0, d0); d1 = multiplyAdd(wd, x1, d1);
      weight += stride;
      from += 2 * ROW;
    }
    if (start == 3) {
      a0 = f32x4.mul(a0, v128.load(b)); a1 = f32x4.mul(a1, v128.load(b, 16));
      b0 = f32x4.mul(b0, v128.load(b, 32)); b1 = f32x4.mul(b1, v128.load(b, 48));
      c0 = f32x4.mul(c0, v128.load(b, 64)); c1 = f32x4.mul(c1, v128.load(b, 80));
      d0 = f32x4.mul(d0, v128.load(b, 96)); d1 = f32x4.mul(d1, v128.load(b, 112));
      b += 4 * ROW;
    }
    v128.store(y, a0); v128.store(y, a1, 16);
    v128.store(y, b0, 32); v128.store(y, b1, 48);
    v128.store(y, c0, 64); v128.store(y, c1, 80);
    v128.store(y, d0, 96); v128.store(y, d1, 112);
    y += 4 * ROW;
    w += 16;
  }
}

/** dw[R][C] += Σ x·dy over the tokens of all tiles; x and dy have R and C channels a tile. */
export function outer(dw: usize, x: usize, dy: usize, rows: i32, columns: i32, tiles: i32): void {
  const xStride = <usize>rows * ROW, dyStride = <usize>columns * ROW, line = <usize>columns << 2;
  for (let r = 0; r < rows; r += 2) {
    let to = dw;
    for (let c: usize = 0; c < dyStride; c += 4 * ROW) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
      let xAt = x, dyAt = dy + c;
      for (let tile = 0; tile < tiles; tile++) {
        let p = v128.load(xAt), q = v128.load(xAt, 32);
        let d = v128.load(dyAt);
        a0 = multiplyAdd(p, d, a0); b0 = multiplyAdd(q, d, b0);
        d = v128.load(dyAt, 32);
        a1 = multiplyAdd(p, d, a1); b1 = multiplyAdd(q, d, b1);
        d = v128.load(dyAt, 64);
        a2 = multiplyAdd(p, d, a2); b2 = multiplyAdd(q, d, b2);
        d = v128.load(dyAt, 96);
        a3 = multiplyAdd(p, d, a3); b3 = multiplyAdd(q, d, b3);
        p = v128.load(xAt, 16), q = v128.load(xAt, 48);
        d = v128.load(dyAt, 16);
        a0 = multiplyAdd(p, d, a0); b0 = multiplyAdd(q, d, b0);
        d = v128.load(dyAt, 48);
        a1 = multiplyAdd(p, d, a1); b1 = multiplyAdd(q, d, b1);
        d = v128.load(dyAt, 80);
        a2 = multiplyAdd(p, d, a2); b2 = multiplyAdd(q, d, b2);
        d = v128.load(dyAt, 112);
        a3 = multiplyAdd(p, d, a3); b3 = multiplyAdd(q, d, b3);
        xAt += xStride;
        dyAt += dyStride;
      }
      v128.store(to, f32x4.add(v128.load(to), laneSums(a0, a1, a2, a3)));
      v128.store(to + line, f32x4.add(v128.load(to + line), laneSums(b0, b1, b2, b3)));
      to += 16;
    }
    x += 2 * ROW;
    dw += 2 * line;
  }
}

/** db[C] += Σ dy over the tokens of all tiles: the gradient of b in y = xw + b. */
export function columnSums(db: usize, dy: usize, columns: i32, tiles: i32): void {
  const stride = <usize>columns * ROW;
  for (let c = 0; c < columns; c += 4) {
    let a = f32x4.splat(0), b = a, d = a, e = a;
    let at = dy;
    for (let tile = 0; tile < tiles; tile++) {
      a = f32x4.add(a, f32x4.add(v128.load(at), v128.load(at, 16)));
      b = f32x4.add(b, f32x4.add(v128.load(at, 32), v128.load(at, 48)));
      d = f32x4.add(d, f32x4.add(v128.load(at, 64), v128.load(at, 80)));
      e = f32x4.add(e, f32x4.add(v128.load(at, 96), v128.load(at, 112)));
      at += stride;
    }
    v128.store(db, f32x4.add(v128.load(db), laneSums(a, b, d, e)));
    dy += 4 * ROW;
    db += 16;
  }
}
