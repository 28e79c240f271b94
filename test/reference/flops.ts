/**
 * The arithmetic of a forward pass counted one operation at a time: plain loops that do nothing but count. Slow, and
 * built differently from the formula that it checks.
 *
 * @module
 */
import type { ModelShape } from "../../lib/models/specification.ts";

/** FLOPs in matrix products and all others of a forward pass over `count` sequences. */
export function countForward(
  { classes, model }: ModelShape,
  { count, length, window = length }: { count: number; length: number; window?: number },
): { products: number; others: number } {
  const { width, heads, headWidth, mlpWidth, bias, output, norm, loops, recurrence, causal } = model;
  let products = 0, others = 0;
  const linear = (from: number, to: number) => {
    for (let o = 0; o < to; o++) {
      for (let i = 0; i < from; i++) products += 2;
      if (bias) others++;
    }
  };
  const layerNorm = () => {
    if (norm === "none") return;
    for (let c = 0; c < width; c++) {
      others += 1; // into the mean
      others += 1; // less the mean
      others += 2; // square, into the variance
      others += 1; // over the deviation
      others += 2; // gain, bias
    }
  };
  const addStates = () => {
    for (let c = 0; c < width; c++) others++;
  };
  for (let sequence = 0; sequence < count; sequence++) {
    for (let t = 0; t < loops; t++) {
      for (let i = 0; i < length; i++) {
        if (recurrence !== "plain") addStates(); // u = X + Z
        layerNorm();
        for (let each = 0; each < 3; each++) linear(width, heads * headWidth);
        for (let head = 0; head < heads; head++) {
          for (let j = 0; j < length; j++) {
            if (causal && j > i || Math.abs(i - j) >= window) continue;
            products += 2 * headWidth; // q·k
            others += 7; // scale, penalty, maximum, difference, exponential, sum, quotient
            products += 2 * headWidth; // p·v
          }
        }
        if (output) linear(heads * headWidth, width);
        if (mlpWidth > 0) {
          addStates(); // u + a
          layerNorm();
          linear(width, mlpWidth);
          for (let m = 0; m < mlpWidth; m++) others += 7; // GELU
          linear(mlpWidth, width);
          addStates(); // a + MLP
        }
        if (recurrence === "residual") addStates(); // Z + F
      }
    }
    for (let i = 0; i < length; i++) linear(width, classes);
  }
  return { products, others };
}
