/**
 * The looped transformer and its objective once more, in double precision and written to be read beside the
 * paper: loops over plain arrays, one sequence at a time, no tensors and no speed. It shares nothing with the
 * engines but the names and shapes of the parameters, so that an error in one of them shows.
 *
 * @module
 */
import type { EngineProblem } from "../../lib/engines/engine.ts";
import type { ModelConfig } from "../../lib/models/config.ts";
import { modelSpecification } from "../../lib/models/specification.ts";
import type { LossTerms } from "../../lib/objective.ts";
import type { Batch, Sequences } from "../../lib/tasks/task.ts";

/** `matrix[row][column]`; for everything that belongs to a sequence, a row is a position. */
export type Matrix = number[][];

/** All that one sequence goes through. */
export interface Pass {
  /** Z_0 … Z_T, each [L][d]. */
  states: Matrix[];
  /** Logits read out from each of Z_0 … Z_T, each [L][C]. */
  logits: Matrix[];
  /** `attention[loop][head]` is [L][L]. */
  attention: Matrix[][];
}

/** Runs the model on each sequence by itself. */
export function forward(problem: EngineProblem, parameters: ArrayLike<number>, sequences: Sequences): Pass[] {
  const weights = namedParameters(problem, parameters);
  return range(sequences.count).map((b) => {
    const start = b * sequences.length;
    return passOf(problem, weights, [...sequences.tokens.subarray(start, start + sequences.length)]);
  });
}

/** One part of every pass, row-major over all sequences, as the engines lay it out. */
export function flatOf(passes: Pass[], part: (pass: Pass) => unknown): number[] {
  return passes.map(part).flat(Infinity as 1) as number[];
}

/** The total and its four terms (eq. 2–5) on a batch. */
export function objective(problem: EngineProblem, parameters: ArrayLike<number>, batch: Batch): LossTerms {
  return objectiveOf(problem, forward(problem, parameters, batch), batch);
}

/** The same, of passes that were already made. */
export function objectiveOf({ objective }: EngineProblem, passes: Pass[], batch: Batch): LossTerms {
  const { lambdaPotential, lambdaKinetic, lambdaEntropy, q, eta } = objective;

  // Mean cross-entropy over the positions that have a target (IGNORED is −1); 0 if none has.
  const crossEntropies = passes.flatMap(({ logits }, b) =>
    logits.at(-1)!.flatMap((row, i) => {
      const target = batch.targets[b * batch.length + i];
      return target === -1 ? [] : [logSumExp(row) - row[target]];
    })
  );
  const task = crossEntropies.length === 0 ? 0 : mean(crossEntropies);

  // Eq. 4 and 5: a number for every row of attention, averaged over loops, sequences, heads and positions.
  const rows = passes.flatMap(({ attention }) => attention.flat(2));
  const potential = mean(rows.map((row) => -Math.log(Math.max(...row))));
  const meanEntropy = mean(rows.map((row) => tsallis(row, q)));
  const entropy = Math.abs(meanEntropy - eta);

  // Eq. 3: how far a position's state has come from Z_0 to Z_T.
  const squares = passes.flatMap(({ states }) => {
    const [first, last] = [states[0], states.at(-1)!];
    return last.map((z, i) => sum(z.map((value, k) => (value - first[i][k]) ** 2)));
  });
  const distances = squares.map((square) => objective.kinetic === "norm" ? Math.sqrt(square) : square);
  const kinetic = mean(distances) / 2;

  // Eq. 2.
  const total = task + lambdaPotential * potential + lambdaKinetic * kinetic + lambdaEntropy * entropy;
  return { total, task, potential, kinetic, entropy, meanEntropy };
}

/**
 * S_q(p) = (1 − Σ p^q)/(q − 1), Shannon's −Σ p log p at q = 1 (§3.1, with §5.5's sign). As Σ p = 1 this is
 * −Σ p·(p^{q−1} − 1)/(q − 1), which `expm1` keeps exact however close q is to 1.
 */
export function tsallis(row: number[], q: number): number {
  const positive = row.filter((p) => p > 0);
  if (q === 1) return -sum(positive.map((p) => p * Math.log(p)));
  return -sum(positive.map((p) => p * Math.expm1((q - 1) * Math.log(p)))) / (q - 1);
}

/** Linear maps and LayerNorms of one model by name. */
interface Weights {
  embedding: Matrix;
  /** y = xW + b for every row x. */
  linear(name: string, input: Matrix): Matrix;
  /** LayerNorm of every row. */
  layerNorm(name: string, input: Matrix): Matrix;
}

function passOf({ model }: EngineProblem, weights: Weights, tokens: number[]): Pass {
  // X: embedding plus positions.
  const X = tokens.map((token, i) =>
    weights.embedding[token].map((value, j) => value + positionalEncoding(model, i, j))
  );

  // Z_0 = 0, but X for the plain recurrence.
  const plain = model.recurrence === "plain";
  let Z = plain ? X : X.map((x) => x.map(() => 0));
  const readOut = () => weights.linear("readout", plain ? Z : add(X, Z));

  const pass: Pass = { states: [Z], logits: [readOut()], attention: [] };
  for (let t = 0; t < model.loops; t++) {
    const { F, attention } = block(model, weights, plain ? Z : add(X, Z));
    Z = model.recurrence === "residual" ? add(Z, F) : F;
    pass.attention.push(attention);
    pass.states.push(Z);
    pass.logits.push(readOut());
  }
  return pass;
}

/** s·sin(i·10000^(−2k/d)) at j = 2k and s·cos(i·10000^(−2k/d)) at j = 2k + 1. */
function positionalEncoding({ width, positions }: ModelConfig, i: number, j: number): number {
  if (positions.kind === "none") return 0;
  const k = Math.floor(j / 2);
  const angle = i * 10000 ** (-2 * k / width);
  return positions.scale * (j === 2 * k ? Math.sin(angle) : Math.cos(angle));
}

/** a = Attn(LN₁ u)·W_O, F = a + MLP(LN₂(u + a)); without an MLP F = a. */
function block(model: ModelConfig, weights: Weights, u: Matrix): { F: Matrix; attention: Matrix[] } {
  const norm = (name: string, input: Matrix) => model.norm === "pre" ? weights.layerNorm(name, input) : input;

  const y = norm("norm1", u);
  const query = weights.linear("attention.query", y);
  const key = weights.linear("attention.key", y);
  const value = weights.linear("attention.value", y);
  const attention = range(model.heads).map((h) =>
    attentionOfHead(model, headColumns(model, query, h), headColumns(model, key, h))
  );
  const heads = attention.map((S, h) => multiply(S, headColumns(model, value, h)));
  const a = mergeHeads(model, weights, heads);

  if (model.mlpWidth === 0) return { F: a, attention };
  const hidden = weights.linear("mlp.in", norm("norm2", add(u, a)));
  const mlp = weights.linear("mlp.out", hidden.map((row) => row.map(gelu)));
  return { F: add(a, mlp), attention };
}

/** Softmax rows of q·k/(√headWidth·τ) − m·|i − j|, over the keys j ≤ i only if causal. */
function attentionOfHead(model: ModelConfig, query: Matrix, key: Matrix): Matrix {
  const { headWidth, temperature, recency, causal } = model;
  return query.map((q, i) => {
    const logits = key.map((k, j) => {
      if (causal && j > i) return -Infinity;
      return dot(q, k) / (Math.sqrt(headWidth) * temperature) - recency * Math.abs(i - j);
    });
    const normaliser = logSumExp(logits);
    return logits.map((logit) => Math.exp(logit - normaliser));
  });
}

/** The columns of head h in a projection to all heads, [L][headWidth]. */
function headColumns({ headWidth }: ModelConfig, all: Matrix, h: number): Matrix {
  return all.map((row) => row.slice(h * headWidth, (h + 1) * headWidth));
}

/** Heads side by side through W_O; without W_O side by side, or summed if each is as wide as the model (A.2). */
function mergeHeads(model: ModelConfig, weights: Weights, heads: Matrix[]): Matrix {
  if (!model.output && model.headWidth === model.width) return heads.reduce(add);
  const concatenated = heads[0].map((_, i) => heads.flatMap((head) => head[i]));
  return model.output ? weights.linear("attention.output", concatenated) : concatenated;
}

/** GELU in its tanh form. */
export function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}

function namedParameters(problem: EngineProblem, flat: ArrayLike<number>): Weights {
  const matrices = new Map(
    modelSpecification(problem).entries.map(({ name, shape, offset }) => {
      const columns = shape.at(-1)!;
      const rows = shape.length === 1 ? 1 : shape[0];
      return [name, range(rows).map((r) => range(columns).map((c) => flat[offset + r * columns + c]))];
    }),
  );
  return {
    embedding: matrices.get("embedding")!,
    linear(name, input) {
      const product = multiply(input, matrices.get(`${name}.weight`)!);
      const bias = matrices.get(`${name}.bias`)?.[0];
      return bias ? product.map((row) => row.map((value, j) => value + bias[j])) : product;
    },
    layerNorm(name, input) {
      const [gain] = matrices.get(`${name}.gain`)!;
      const [bias] = matrices.get(`${name}.bias`)!;
      return input.map((row) => {
        const centre = mean(row);
        const variance = mean(row.map((value) => (value - centre) ** 2));
        return row.map((value, j) => (value - centre) / Math.sqrt(variance + 1e-5) * gain[j] + bias[j]);
      });
    },
  };
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

function sum(values: number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function mean(values: number[]): number {
  return sum(values) / values.length;
}

function logSumExp(values: number[]): number {
  const largest = Math.max(...values);
  return largest + Math.log(sum(values.map((value) => Math.exp(value - largest))));
}

function dot(x: number[], y: number[]): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i] * y[i];
  return total;
}

function add(A: Matrix, B: Matrix): Matrix {
  return A.map((row, i) => row.map((value, j) => value + B[i][j]));
}

function multiply(A: Matrix, B: Matrix): Matrix {
  return A.map((row) => {
    const result = new Array<number>(B[0].length).fill(0);
    for (let k = 0; k < row.length; k++) {
      for (let j = 0; j < result.length; j++) result[j] += row[k] * B[k][j];
    }
    return result;
  });
}
