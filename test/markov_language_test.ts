import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../lib/errors.ts";
import { configuration, type TaskConfig } from "../lib/models/config.ts";
import { randomStream } from "../lib/random.ts";
import { dirichlet } from "../lib/tasks/dirichlet.ts";
import { informationContent, type MarkovBatch, markovLanguage } from "../lib/tasks/markov_language.ts";
import { bayesPredictions, frequencyPredictions, oraclePredictions } from "../lib/tasks/markov_predictors.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { IGNORED, type Sequences } from "../lib/tasks/task.ts";
import { sequences } from "./arbitraries.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const config = (options: Partial<TaskConfig> = {}): TaskConfig =>
  configuration({ task: { kind: "markov-language", alphabet: 4, bottom: false, ...options } }).task;
const language = (options: Partial<TaskConfig> = {}) => markovLanguage(config(options));

Deno.test("the target is the next token, and the last position has none", () => {
  fc.assert(fc.property(sequences(4, 20), (given) => {
    const { targets } = language().label(given);
    for (let b = 0; b < given.count; b++) {
      for (let i = 0; i < given.length; i++) {
        const at = b * given.length + i;
        assertEquals(targets[at], i === given.length - 1 ? IGNORED : given.tokens[at + 1]);
      }
    }
  }));
});

Deno.test("⊥ is a class of the read-out if asked for, and never a target", () => {
  const withBottom = language({ bottom: true });
  assertEquals([language().vocabulary, language().classes], [4, 4]);
  assertEquals([withBottom.vocabulary, withBottom.classes], [4, 5]);
  assert(withBottom.sample(randomStream(0), 20, 9).targets.every((target) => target < 4));
});

Deno.test("distances lead back to the last occurrence of the current symbol", () => {
  const given = { tokens: Int32Array.of(0, 1, 0, 2, 1, 0), count: 1, length: 6 };
  assertEquals([...language().distances(given)], [0, 0, 2, 0, 3, 3]);
});

Deno.test("a Dirichlet draw lies in the simplex, with the mean and variance of the closed form", () => {
  const draws = 20_000;
  for (const [size, concentration] of [[4, 0.1], [4, 1], [3, 7], [2, 0.5]]) {
    const stream = randomStream(5, "dirichlet", size, concentration);
    let [sum, squares] = [0, 0];
    for (let draw = 0; draw < draws; draw++) {
      const row = dirichlet(stream, { size, concentration });
      assert(row.every((value) => value >= 0 && value <= 1));
      assertAlmostEquals(row.reduce((total, value) => total + value, 0), 1, 1e-12);
      sum += row[0];
      squares += (row[0] - 1 / size) ** 2;
    }
    const variance = (1 / size) * (1 - 1 / size) / (size * concentration + 1);
    // Five standard errors; no Beta variate has a fourth central moment above its variance.
    assertAlmostEquals(sum / draws, 1 / size, 5 * Math.sqrt(variance / draws));
    assertAlmostEquals(squares / draws, variance, 5 * Math.sqrt(variance / draws));
  }
});

Deno.test("extreme concentrations give rows without NaN: corners, or the centre", () => {
  for (let seed = 0; seed < 50; seed++) {
    const corner = dirichlet(randomStream(seed), { size: 5, concentration: 1e-4 });
    assert(Math.max(...corner) > 0.99, `${corner}`);
    const centre = dirichlet(randomStream(seed), { size: 5, concentration: 1e6 });
    assert(centre.every((value) => Math.abs(value - 0.2) < 0.01), `${centre}`);
  }
});

Deno.test("tokens follow their own sequence's chain", () => {
  const { tokens, chains } = language({ alphabet: 3, concentrations: [1] }).sample(
    randomStream(3),
    4,
    20_000,
  );
  chains.forEach((chain, sequence) => {
    const counts = Array.from({ length: 3 }, () => [0, 0, 0]);
    for (let at = sequence * 20_000 + 1; at < (sequence + 1) * 20_000; at++) {
      counts[tokens[at - 1]][tokens[at]] += 1;
    }
    counts.forEach((row, from) => {
      const visits = row.reduce((sum, count) => sum + count, 0);
      row.forEach((count, to) => {
        const p = chain[3 * from + to];
        assertAlmostEquals(count / visits, p, 5 * Math.sqrt(p * (1 - p) / visits) + 1e-9);
      });
    });
  });
  assertNotEquals(chains[0], chains[1]);
});

Deno.test("the first symbol is uniform, and both concentrations are drawn", () => {
  const count = 8000;
  const { tokens, chains } = language({ concentrations: [0.001, 1000] }).sample(randomStream(8), count, 1);
  for (let symbol = 0; symbol < 4; symbol++) {
    const share = tokens.filter((token) => token === symbol).length / count;
    assertAlmostEquals(share, 1 / 4, 5 * Math.sqrt(3 / 16 / count));
  }
  const corners = chains.filter((chain) => Math.max(...chain) > 0.9).length / count;
  assertAlmostEquals(corners, 1 / 2, 5 * Math.sqrt(1 / 4 / count));
});

Deno.test("without repeats no symbol follows itself", () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 8 }), fc.nat(), (alphabet, seed) => {
    const { tokens, length, chains } = language({ alphabet, repeats: false }).sample(
      randomStream(seed),
      3,
      40,
    );
    tokens.forEach((token, at) => assert(at % length === 0 || token !== tokens[at - 1]));
    for (const chain of chains) {
      for (let from = 0; from < alphabet; from++) {
        const row = chain.subarray(from * alphabet, (from + 1) * alphabet);
        assertEquals(row[from], 0);
        assertAlmostEquals(row.reduce((sum, value) => sum + value, 0), 1, 1e-12);
      }
    }
  }));
});

Deno.test("the same seed gives the same bytes, another one others", () => {
  const sample = (seed: number) => language().sample(randomStream(seed, "batch", 3), 8, 40);
  assertEquals(sample(1), sample(1));
  assertNotEquals(sample(1).tokens, sample(2).tokens);
});

Deno.test("information content: by hand, and on average the entropy of the rows passed through", () => {
  const chain = Float64Array.of(0.5, 0.5, 0.125, 0.875);
  const given = { tokens: Int32Array.of(0, 0, 1, 0), count: 1, length: 4 };
  assertAlmostEquals(informationContent(given, [chain])[0], (1 + 1 + 3) / 3, 1e-12);

  // −log₂ P[x_i, x_{i+1}] less the entropy of row x_i has mean 0, whatever came before.
  const { tokens, length, chains, information } = language().sample(randomStream(2), 400, 100);
  const surplus = chains.map((each, sequence) => {
    let entropy = 0;
    for (let at = sequence * length; at < (sequence + 1) * length - 1; at++) {
      const row = each.subarray(4 * tokens[at], 4 * tokens[at] + 4);
      entropy -= row.reduce((sum, p) => sum + (p > 0 ? p * Math.log2(p) : 0), 0);
    }
    return information[sequence] - entropy / (length - 1);
  });
  const mean = surplus.reduce((sum, each) => sum + each, 0) / surplus.length;
  const error = Math.sqrt(surplus.reduce((sum, each) => sum + each ** 2, 0)) / surplus.length;
  assert(Math.abs(mean) < 4 * error, `${mean} with standard error ${error}`);
  assert(error < 0.01);
});

/** Probabilities of the next token given the tokens so far: Bayes' rule over the concentrations, step by step. */
function posterior({ tokens, count, length }: Sequences, alphabet: number, concentrations: number[]) {
  const predictive: number[][] = [];
  for (let b = 0; b < count; b++) {
    const likelihood = concentrations.map(() => 1);
    const n = Array.from({ length: alphabet }, () => new Array(alphabet).fill(0));
    const next = (from: number, alpha: number) => {
      const visits = n[from].reduce((sum, each) => sum + each, 0);
      return n[from].map((each) => (each + alpha) / (visits + alphabet * alpha));
    };
    for (let i = 0; i < length; i++) {
      const x = tokens[b * length + i];
      if (i > 0) {
        const before = tokens[b * length + i - 1];
        concentrations.forEach((alpha, k) => likelihood[k] *= next(before, alpha)[x]);
        n[before][x] += 1;
      }
      const evidence = likelihood.reduce((sum, each) => sum + each, 0);
      predictive.push(
        Array.from(
          { length: alphabet },
          (_, to) =>
            concentrations.reduce((sum, alpha, k) => sum + likelihood[k] / evidence * next(x, alpha)[to], 0),
        ),
      );
    }
  }
  return predictive;
}

/** Share of targets that are hit, and the positions counted. */
function hits({ targets }: MarkovBatch, predictions: Int32Array): number {
  const counted = [...targets.keys()].filter((at) => targets[at] !== IGNORED);
  return counted.filter((at) => predictions[at] === targets[at]).length / counted.length;
}

Deno.test("the Bayes predictor takes the likeliest symbol of the posterior predictive distribution", () => {
  const batch = language().sample(randomStream(4), 300, 24);
  const predictions = bayesPredictions(batch, { alphabet: 4, repeats: true });
  const predictive = posterior(batch, 4, [0.1, 1]);
  let expected = 0;
  predictive.forEach((row, at) => {
    assertAlmostEquals(row[predictions[at]], Math.max(...row), 1e-12);
    if (batch.targets[at] !== IGNORED) expected += Math.max(...row);
  });
  // The predictive distribution is the true one given the past, so the best choice is right as often as it says.
  const counted = 300 * 23;
  assertAlmostEquals(hits(batch, predictions), expected / counted, 5 * Math.sqrt(0.25 / counted));
});

Deno.test("who knows the chain is right as often as its rows say, and more often than who has to infer it", () => {
  const batch = language().sample(randomStream(6), 1000, 32);
  let expected = 0;
  batch.targets.forEach((target, at) => {
    if (target === IGNORED) return;
    const from = 4 * batch.tokens[at];
    expected += Math.max(...batch.chains[Math.floor(at / 32)].subarray(from, from + 4));
  });
  const counted = 1000 * 31;
  const oracle = hits(batch, oraclePredictions(batch));
  assertAlmostEquals(oracle, expected / counted, 5 * Math.sqrt(0.25 / counted));
  const bayes = hits(batch, bayesPredictions(batch, { alphabet: 4, repeats: true }));
  const frequency = hits(batch, frequencyPredictions(batch, { alphabet: 4 }));
  assert(oracle > bayes + 0.02 && bayes > frequency + 0.02, `${oracle} ${bayes} ${frequency}`);
});

Deno.test("predictors by hand", () => {
  const given = { tokens: Int32Array.of(2, 1, 2, 1, 1, 0), count: 1, length: 6 };
  // 1 was followed by 2 once, then by 2 and 1 once each (the first wins), 0 by nothing.
  assertEquals([...bayesPredictions(given, { alphabet: 3, repeats: true })], [0, 0, 1, 2, 1, 0]);
  assertEquals([...bayesPredictions(given, { alphabet: 3, repeats: false })], [0, 0, 1, 2, 2, 1]);
  assertEquals([...frequencyPredictions(given, { alphabet: 3 })], [2, 1, 2, 1, 1, 1]);
});

Deno.test("the configuration's task is this one; concentrations are filled in and belong to it alone", () => {
  const given = config();
  assertEquals(given.concentrations, [0.1, 1]);
  const named = taskOf(given);
  assertEquals(
    named.sample(randomStream(1), 2, 9).tokens,
    markovLanguage(given).sample(randomStream(1), 2, 9).tokens,
  );
  assert(!("concentrations" in configuration().task));
  const refused = (task: unknown, reason: string) =>
    assertThrows(() => configuration({ task }), UserError, `Cannot use this configuration: ${reason}`);
  refused(
    { concentrations: [1] },
    "task.concentrations belongs to task.kind markov-language, and this is induction-heads",
  );
  refused({ kind: "markov-language", concentrations: [] }, "task.concentrations");
  refused({ kind: "markov-language", concentrations: [1, 0] }, "task.concentrations.1");
  refused({ kind: "markov-language", concentrations: [NaN] }, "task.concentrations.0");
  refused({ kind: "markov" }, "task.kind");
  assertThrows(() => markovLanguage({ ...given, concentrations: undefined }), RangeError, "concentrations");
});
