/**
 * Random problems that meet Theorem 3.2.1's hypotheses, and the projection onto them.
 *
 * @module
 */
import { euclideanNorm } from "../../vectors.ts";
import type { RandomStream } from "../../random.ts";
import { matrixOfRows, type Rows } from "../matrix.ts";
import { spectralNorm } from "../operator_norm.ts";
import type { ContractionProblem } from "./problem.ts";

/** What is fixed of a problem, and not drawn. */
export interface ProblemShape extends Pick<ContractionProblem, "transposed" | "q"> {
  /** Tokens. */
  readonly n: number;
  readonly d: number;
  /** m = ‖W_Q‖₂‖W_K‖₂. */
  readonly m: number;
}

/**
 * Normal matrices brought to the edge of the hypotheses: ‖X‖_F = ‖Z‖_F = 1, ‖W_V‖_F = ½ and ‖W_Q‖₂ = ‖W_K‖₂ = √m.
 * The scale of the logits is 1.
 */
export function randomProblem(shape: ProblemShape, stream: RandomStream): ContractionProblem {
  const { n, d } = shape;
  const normal = (rows: number) =>
    Array.from({ length: rows }, () => Array.from({ length: d }, () => stream.normal()));
  return onHypotheses(
    { X: normal(n), Z: normal(n), WQ: normal(d), WK: normal(d), WV: normal(d) },
    { ...shape, edge: true },
  );
}

/**
 * The nearest way back: X and Z outside the unit ball are shortened to it, W_V is scaled to ‖W_V‖_F = ½ and W_Q and W_K
 * to the spectral norm √m. With `edge` X and Z inside it are lengthened as well.
 */
export function onHypotheses(
  { X, Z, WQ, WK, WV }: Pick<ContractionProblem, "X" | "Z" | "WQ" | "WK" | "WV">,
  { m, q, transposed, edge = false }: Pick<ProblemShape, "m" | "q" | "transposed"> & { edge?: boolean },
): ContractionProblem {
  const ball = (rows: Rows) => {
    const norm = frobenius(rows);
    return edge || norm > 1 ? times(rows, 1 / norm) : rows;
  };
  const operator = (rows: Rows) => times(rows, Math.sqrt(m) / spectralNorm(matrixOfRows(rows)));
  return {
    X: ball(X),
    Z: ball(Z),
    WQ: operator(WQ),
    WK: operator(WK),
    WV: times(WV, 0.5 / frobenius(WV)),
    transposed,
    logitScale: 1,
    q,
  };
}

const frobenius = (rows: Rows) => euclideanNorm(matrixOfRows(rows).values);
const times = (rows: Rows, factor: number): Rows => rows.map((row) => row.map((value) => factor * value));
