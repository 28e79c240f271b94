import { tsallisEntropy } from "../tsallis.ts";
import { type ContractionBounds, contractionBounds } from "./bounds.ts";
import { attentionMatrix, type ContractionProblem, residualInput } from "./problem.ts";
import { rowsOf } from "../matrix.ts";

/** A problem at one temperature. */
export interface TemperaturePoint extends ContractionBounds {
  /** τ: the logits are divided by it. */
  readonly temperature: number;
  /** Mean S_q of the rows. */
  readonly entropy: number;
}

/**
 * The same problem at several temperatures: what entropy says of the Jacobian's norm, and what it does not (§3.2, §5.5).
 *
 * @param temperatures each > 0
 */
export function temperatureSweep(
  problem: ContractionProblem,
  temperatures: readonly number[],
): TemperaturePoint[] {
  const Y = residualInput(problem);
  return temperatures.map((temperature) => {
    const tempered = { ...problem, logitScale: problem.logitScale / temperature };
    const rows = rowsOf(attentionMatrix(tempered, Y));
    const entropy = rows.reduce((sum, row) => sum + tsallisEntropy(row, problem.q), 0) / rows.length;
    return { temperature, entropy, ...contractionBounds(tempered) };
  });
}
