/**
 * Hand-made problems that show where §3.2 and B.3 fail.
 *
 * @module
 */
import type { Rows } from "../matrix.ts";
import type { ContractionProblem } from "./problem.ts";

/** A problem whose entropy's order is still to be chosen. */
export type Example = Omit<ContractionProblem, "q">;

/**
 * Meets every hypothesis of Theorem 3.2.1 with ‖W_Q‖₂‖W_K‖₂ = m, has uniform attention (maximal entropy), and
 * ‖DF‖ = 2m for m ≥ ¼, where the theorem says m + ½ (q = 2): false for every m > ½, and twice too small as m → ∞.
 */
export function counterexample(m: number): Example {
  const root = Math.sqrt(m);
  const half = [[Math.SQRT1_2, 0], [-Math.SQRT1_2, 0]];
  return {
    X: half,
    Z: half,
    WQ: [[0, root], [root, 0]],
    WK: [[root, 0], [0, root]],
    WV: [[0.5, 0], [0, 0]],
    transposed: true,
    logitScale: 1,
  };
}

/**
 * Against eq. 14 of B.3: n almost equal tokens, the first longer by a share ε, all attending to it. With transposed
 * attention it gathers the values of all, and ‖F(X+Z)‖_F comes near √n although X, Z and W_V are as in the theorem.
 *
 * @param options `sharpness`: what separates the first key's logit from the others'
 */
export function ballEscape(n: number, { sharpness = 40, epsilon = 0.01 } = {}): Example {
  // n − 1 tokens of length a and one of (1 + ε)a, with ‖X‖_F = 1; Y = 2X.
  const a = 1 / Math.sqrt(n - 1 + (1 + epsilon) ** 2);
  const half = Array.from({ length: n }, (_, i) => [i === 0 ? (1 + epsilon) * a : a, 0]);
  const gain = Math.sqrt(sharpness / (epsilon * (2 * a) ** 2));
  return {
    X: half,
    Z: half,
    WQ: [[gain, 0], [0, gain]],
    WK: [[gain, 0], [0, gain]],
    WV: [[0.5, 0], [0, 0]],
    transposed: true,
    logitScale: 1,
  };
}

/**
 * Against §5's recurrence Z ← Z + F(X+Z): two equal tokens, so that F(Y) = Y/10 there. The stated bound at Z = 0 is
 * 0.17, far below 1, and X + Z_k = 1.1ᵏX.
 */
export function growingResidual(): Example {
  const identity = (factor: number): Rows => [[factor, 0], [0, factor]];
  return {
    X: [[0.5, 0], [0.5, 0]],
    Z: [[0, 0], [0, 0]],
    WQ: identity(0.1),
    WK: identity(1),
    WV: identity(0.1),
    transposed: false,
    logitScale: 1,
  };
}

/** An input and weights of two tokens of width 1, so that the latent is a point of the plane. */
function planar(
  { X, logits, value, transposed }: {
    X: [number, number];
    logits: number;
    value: number;
    transposed: boolean;
  },
): Omit<Example, "Z"> {
  return { X: X.map((x) => [x]), WQ: [[logits]], WK: [[1]], WV: [[value]], transposed, logitScale: 1 };
}

/** Planar heads outside the hypotheses of both theorems: what Picard's iteration does there. */
export const planarExamples: Readonly<Record<"fixedPoints" | "mixed" | "cycle", Omit<Example, "Z">>> = {
  /** Three stable fixed points. */
  fixedPoints: planar({ X: [0.8, -0.7], logits: 8, value: 0.7, transposed: false }),
  /** A stable fixed point beside a stable 2-cycle. */
  mixed: planar({ X: [-1.2, -2], logits: 4, value: -0.87, transposed: false }),
  /** A stable 2-cycle and no stable fixed point, with SᵀYW_V. */
  cycle: planar({ X: [-0.5, 1.2], logits: -1.5, value: 0.78, transposed: true }),
};
