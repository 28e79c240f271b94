// What the objective and the way back need of each row of attention: its largest entry, its sum, its entropy.
//
// The keys that tie for the maximum have e = 1. They are counted (n) and left out of the sum δ of the others, so
// that rows close to one-hot keep their digits: Σe = n + δ, and log Σe = log1p(n − 1 + δ).
import { MASKED, tileRows } from "./attention_rows";
import { exp2, exp2Constant, exp2Minus1, log1p } from "./exponential";
import { q, qDistance } from "./settings";
import { multiplyAdd, multiplySubtract, ROW } from "./simd";

/** What is kept of each row of attention, for a tile of one head. */
export const MAXIMUM: usize = 0; // the largest s_ij
export const INVERSE: usize = 32; // 1/Σ_j 2^{s_ij − maximum}
export const LOGARITHM: usize = 64; // log₂ Σ_j 2^{s_ij − maximum}
export const ENTROPY: usize = 96; // S_q
export const SHARE: usize = 128; // 1 over the number of keys that tie for the maximum
/** Bytes of all of it. */
export const ROW_STATISTICS: usize = 160;

/** Natural logarithms are LN2 times those of base 2. */
export const LN2: f32 = 0.6931471805599453;
const LOG2E: f32 = 1.4426950408889634;

/** The largest of four queries' rows from `start` on. */
export function rowMaximum(start: usize, end: usize): v128 {
  let maximum = f32x4.splat(MASKED);
  for (let at = start; at < end; at += ROW) maximum = f32x4.pmax(maximum, v128.load(at));
  return maximum;
}

/** S_q at q = 3/2: Σ h_j with h_j = 2·p_j·(1 − √p_j) = 2·p_j·(1 − p_j)/(1 + √p_j). */
export function rowsAtOneAndAHalf(statistics: usize, half: usize, end: usize): void {
  const maximum = rowMaximum(tileRows + half, end);
  const one = exp2Constant(7);
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
export function rowsAtAnyOrder(statistics: usize, half: usize, end: usize): void {
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
export function entropyTerm(logarithm: v128): v128 {
  if (qDistance == 0) {
    return f32x4.mul(f32x4.mul(f32x4.splat(-LN2), logarithm), exp2(logarithm));
  }
  const power = exp2(f32x4.mul(f32x4.splat(min<f32>(q, 1)), logarithm));
  const difference = exp2Minus1(f32x4.mul(f32x4.splat(qDistance), logarithm));
  return f32x4.mul(f32x4.mul(power, difference), f32x4.splat(-1 / qDistance));
}
