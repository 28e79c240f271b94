import { type Configuration, configuration, type PartialConfiguration } from "../lib/models/config.ts";

/** A looped attention layer on a Markov language, small enough for tests; `training` goes on top of its own. */
export function smallMarkov(training: PartialConfiguration["training"]): Configuration {
  return configuration({
    task: { kind: "markov-language", alphabet: 3, bottom: false },
    model: { width: 4, mlpWidth: 0, loops: 3, recency: 0 },
    training: { batch: 4, evaluateLengths: [5], ...training },
  });
}
