import { assertParameterCount } from "../parameters.ts";
import type { ParameterSpecification } from "../parameters.ts";
import type { Sequences } from "../tasks/task.ts";

/**
 * What every engine checks before it computes.
 *
 * @throws {RangeError} for a wrong number of parameters, no sequences, or a token outside the vocabulary
 */
export function assertInputs(
  { specification, vocabulary }: { specification: ParameterSpecification; vocabulary: number },
  parameters: Float32Array,
  { tokens, count, length }: Sequences,
): void {
  assertParameterCount(specification, parameters);
  if (count < 1 || length < 1 || tokens.length !== count * length) {
    throw new RangeError(
      `Cannot run on ${count} sequences of length ${length} given as ${tokens.length} tokens: ` +
        `there must be at least one token, and count × length of them`,
    );
  }
  for (let i = 0; i < tokens.length; i++) {
    if (!(tokens[i] >= 0 && tokens[i] < vocabulary)) {
      throw new RangeError(
        `Cannot run on token ${tokens[i]} (sequence ${Math.floor(i / length)}, position ${i % length}): ` +
          `tokens must be ≥ 0 and < ${vocabulary}`,
      );
    }
  }
}
