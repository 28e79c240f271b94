import type { ModelConfig } from "./config.ts";

/**
 * Positional part of X (Table 1: 0.15× sinusoidal): p[i, 2k] = s·sin(i·10000^(−2k/d)), p[i, 2k+1] = s·cos(…),
 * positions from 0. Zeros where the model has no positions. [length, width]
 */
export function positionalEncoding(length: number, { width, positions }: ModelConfig): Float32Array {
  const encoding = new Float32Array(length * width);
  if (positions.kind === "none") return encoding;
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < width; j++) {
      const angle = i * 10000 ** (-(j - j % 2) / width);
      encoding[i * width + j] = positions.scale * (j % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
    }
  }
  return encoding;
}
