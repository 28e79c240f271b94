import { randomStream } from "../../random.ts";
import type { Memory } from "./memory.ts";

/**
 * An embedding made by hand for last-token induction in one attention map: x_i = (c(t_i), c(t_{i−1})) holds the codes
 * of a token and of the one before it. W_Q reads the first half of Z, W_K the second half of x_i, so that the last
 * token finds those that came after its like; W_V swaps the halves, so that what is retrieved, (c(t_n), c(answer)),
 * asks the same question again and is a point of rest. W_Q carries √d: the scores are ⟨c(t_n), c(t_{i−1})⟩/τ.
 *
 * @param codes a vector for each symbol, all of d/2 entries: {@linkcode oneHotCodes}, {@linkcode crossPolytopeCodes},
 *   {@linkcode randomCodes} or your own
 */
export function handMadeMemory(name: string, codes: readonly (readonly number[])[]): Memory {
  const width = codes[0].length;
  const none = new Array(width).fill(0);
  const weights = {
    WQ: blocks(width, [{ row: 0, column: 0, factor: Math.sqrt(2 * width) }]),
    WK: blocks(width, [{ row: 0, column: 1, factor: 1 }]),
    WV: blocks(width, [{ row: 0, column: 1, factor: 1 }, { row: 1, column: 0, factor: 1 }]),
  };
  return {
    name: `${name}, d = ${2 * width}`,
    symbols: codes.length,
    recall: (tokens) => {
      const X = tokens.map((token, i) => [...codes[token], ...(i === 0 ? none : codes[tokens[i - 1]])]);
      return { weights: { X, ...weights }, Z0: X[X.length - 1] };
    },
    readOut: (Z) => codes.map((code) => code.reduce((sum, entry, c) => sum + entry * Z[width + c], 0)),
  };
}

/** Orthonormal codes, one entry a symbol. */
export function oneHotCodes(symbols: number): number[][] {
  return Array.from(
    { length: symbols },
    (_, symbol) => Array.from({ length: symbols }, (_, c) => c === symbol ? 1 : 0),
  );
}

/** ±e_c: twice as many codes as entries, of which none points even partly along another. */
export function crossPolytopeCodes(symbols: number): number[][] {
  return Array.from({ length: symbols }, (_, symbol) =>
    Array.from(
      { length: Math.ceil(symbols / 2) },
      (_, c) => c === symbol >> 1 ? (symbol % 2 === 0 ? 1 : -1) : 0,
    ));
}

/** Random unit vectors, which overlap. */
export function randomCodes(
  symbols: number,
  { width, seed = 0 }: { width: number; seed?: number },
): number[][] {
  return Array.from({ length: symbols }, (_, symbol) => {
    const stream = randomStream(seed, "retrieval code", symbol);
    const entries = Array.from({ length: width }, () => stream.normal());
    const norm = Math.hypot(...entries);
    return entries.map((entry) => entry / norm);
  });
}

/** The largest inner product of two codes: how much of one unit vector lies along another. */
export function largestOverlap(codes: readonly (readonly number[])[]): number {
  let largest = -Infinity;
  codes.forEach((a, i) =>
    codes.slice(0, i).forEach((b) => {
      largest = Math.max(largest, a.reduce((sum, entry, c) => sum + entry * b[c], 0));
    })
  );
  return largest;
}

/** A 2 × 2 matrix of blocks, each 0 or a multiple of the identity. */
function blocks(
  width: number,
  filled: readonly { row: number; column: number; factor: number }[],
): number[][] {
  const matrix = Array.from({ length: 2 * width }, () => new Array(2 * width).fill(0));
  for (const { row, column, factor } of filled) {
    for (let c = 0; c < width; c++) matrix[row * width + c][column * width + c] = factor;
  }
  return matrix;
}
