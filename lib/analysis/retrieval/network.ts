import type { Engine } from "../../engines/engine.ts";
import type { Share } from "../interval.ts";
import { type RetrievalSample, retrievalSequences, shareOf } from "./retrieve.ts";

/**
 * How often a trained network, run as it was trained, answers right at the last position of the same sequences: what
 * its embedding can do with all of its block. ⊥ is left out, as in the read-out of eq. 1.
 */
export async function networkShare(
  engine: Engine,
  parameters: Float32Array,
  sample: RetrievalSample,
): Promise<Share> {
  const { vocabulary, classes } = engine.problem;
  const sequences = retrievalSequences(vocabulary, sample);
  const tokens = Int32Array.from(sequences.flatMap((each) => each.tokens));
  const { length } = sample;
  const logits = await engine.logits(parameters, { tokens, count: sequences.length, length });
  return shareOf(sequences.map(({ target }, index) => {
    const last = ((index + 1) * length - 1) * classes;
    const symbols = logits.subarray(last, last + vocabulary);
    return symbols.indexOf(Math.max(...symbols)) === target;
  }));
}
