import { assertParameterCount } from "../parameters.ts";
import type { ParameterSpecification } from "../parameters.ts";
import { type Batch, IGNORED, type Sequences } from "../tasks/task.ts";

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

/**
 * What every engine checks of a batch besides.
 *
 * @throws {RangeError} for a missing target, or one that is neither a class nor {@link IGNORED}
 */
export function assertTargets(classes: number, { tokens, targets, length }: Batch): void {
  if (targets.length !== tokens.length) {
    throw new RangeError(
      `Cannot run on ${tokens.length} tokens with ${targets.length} targets: each needs one`,
    );
  }
  for (let i = 0; i < targets.length; i++) {
    if (targets[i] !== IGNORED && !(targets[i] >= 0 && targets[i] < classes)) {
      throw new RangeError(
        `Cannot run on target ${targets[i]} (sequence ${Math.floor(i / length)}, position ${i % length}): ` +
          `targets must be ≥ 0 and < ${classes}, or ${IGNORED} for none`,
      );
    }
  }
}
