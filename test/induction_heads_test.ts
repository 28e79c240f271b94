import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { randomStream } from "../lib/random.ts";
import { inductionHeads } from "../lib/tasks/induction_heads.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { IGNORED, type Sequences } from "../lib/tasks/task.ts";
import { sequences } from "./arbitraries.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const task = (options: { alphabet?: number; bottom?: boolean; repeats?: boolean } = {}) =>
  inductionHeads({ kind: "induction-heads", alphabet: 3, bottom: true, repeats: true, ...options });

/** The definition, by search: the most recent j < i with x_j = x_i, for every position of every sequence. */
function bySearch({ tokens, count, length }: Sequences, unmatched: number) {
  const targets: number[] = [];
  const distances: number[] = [];
  for (let b = 0; b < count; b++) {
    const x = [...tokens].slice(b * length, (b + 1) * length);
    for (let i = 0; i < length; i++) {
      const earlier = [...x.keys()].filter((j) => j < i && x[j] === x[i]);
      const j = earlier.length === 0 ? undefined : Math.max(...earlier);
      targets.push(j === undefined ? unmatched : x[j + 1]);
      distances.push(j === undefined ? 0 : i - j);
    }
  }
  return { targets, distances };
}

/** An alphabet and sequences over it. */
const alphabetAndSequences = fc.integer({ min: 2, max: 5 }).chain((alphabet) =>
  fc.record({ alphabet: fc.constant(alphabet), given: sequences(alphabet, 30) })
);

Deno.test("targets and distances are those of the definition", () => {
  for (const bottom of [true, false]) {
    fc.assert(fc.property(alphabetAndSequences, ({ alphabet, given }) => {
      const induction = task({ alphabet, bottom });
      const expected = bySearch(given, bottom ? alphabet : IGNORED);
      assertEquals([...induction.label(given).targets], expected.targets);
      assertEquals([...induction.distances(given)], expected.distances);
    }));
  }
});

Deno.test("an example by hand: a b a c b a", () => {
  const given = { tokens: Int32Array.of(0, 1, 0, 2, 1, 0), count: 1, length: 6 };
  assertEquals([...task().label(given).targets], [3, 3, 1, 3, 0, 2]);
  assertEquals([...task({ bottom: false }).label(given).targets], [-1, -1, 1, -1, 0, 2]);
  assertEquals([...task().distances(given)], [0, 0, 2, 0, 3, 3]);
});

Deno.test("a symbol that follows itself is its own answer", () => {
  const given = { tokens: Int32Array.of(1, 1, 1), count: 1, length: 3 };
  assertEquals([...task().label(given).targets], [3, 1, 1]);
  assertEquals([...task().distances(given)], [0, 1, 1]);
});

Deno.test("a sequence knows nothing of the one before it", () => {
  const given = { tokens: Int32Array.of(0, 1, 0, 1), count: 2, length: 2 };
  assertEquals([...task().label(given).targets], [3, 3, 3, 3]);
});

Deno.test("⊥ is the class after the symbols, if there is one", () => {
  assertEquals([task({ alphabet: 5 }).vocabulary, task({ alphabet: 5 }).classes], [5, 6]);
  assertEquals([
    task({ alphabet: 5, bottom: false }).vocabulary,
    task({ alphabet: 5, bottom: false }).classes,
  ], [5, 5]);
});

Deno.test("a sample is a labelled batch of the size asked for", () => {
  for (const [count, length] of [[1, 1], [3, 17], [32, 64]]) {
    const batch = task().sample(randomStream(0, "sample"), count, length);
    assertEquals([batch.count, batch.length, batch.tokens.length], [count, length, count * length]);
    assert(batch.tokens.every((token) => token >= 0 && token < 3));
    assertEquals([...batch.targets], bySearch(batch, 3).targets);
  }
});

Deno.test("the same seed gives the same bytes, another one others", () => {
  const sample = (seed: number) => task().sample(randomStream(seed, "batch", 3), 8, 40);
  assertEquals(sample(1), sample(1));
  assertNotEquals(sample(1).tokens, sample(2).tokens);
});

Deno.test("without repeats no symbol follows itself, and both others follow it equally often", () => {
  const { tokens } = task({ repeats: false }).sample(randomStream(0), 100, 300);
  const steps = [0, 0, 0];
  for (let at = 1; at < tokens.length; at++) {
    if (at % 300 !== 0) steps[(tokens[at] - tokens[at - 1] + 3) % 3] += 1;
  }
  assertEquals(steps[0], 0);
  assertEvenly(steps.slice(1));
  assertEvenly(countsOf(tokens, 3));
  // The first of a sequence may be what the one before ended with.
  const firsts = [...tokens.keys()].filter((at) => at > 0 && at % 300 === 0);
  assert(firsts.some((at) => tokens[at] === tokens[at - 1]));
});

Deno.test("without repeats every alphabet keeps the rule", () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 26 }), fc.nat(), (alphabet, seed) => {
    const { tokens, length } = task({ alphabet, repeats: false }).sample(randomStream(seed), 3, 50);
    tokens.forEach((token, at) => {
      assert(token >= 0 && token < alphabet);
      assert(at % length === 0 || token !== tokens[at - 1]);
    });
  }));
});

Deno.test("with repeats symbols are independent and equally frequent", () => {
  for (const alphabet of [2, 3, 26]) {
    const { tokens } = task({ alphabet }).sample(randomStream(alphabet), 100, 500);
    assertEvenly(countsOf(tokens, alphabet));
    // Pairs that do not overlap, so that they are independent.
    const pairs = Int32Array.from(
      { length: tokens.length / 2 },
      (_, i) => tokens[2 * i] * alphabet + tokens[2 * i + 1],
    );
    assertEvenly(countsOf(pairs, alphabet ** 2));
  }
});

Deno.test("⊥ is where it should be by count: 29.5 % of positions at L = 10, 3 % at L = 100", () => {
  // A position i is the first of its symbol with chance (2/3)^i.
  for (const length of [10, 100]) {
    const { targets } = task().sample(randomStream(9), 4000, length);
    const share = targets.reduce((sum, target) => sum + (target === 3 ? 1 : 0), 0) / targets.length;
    assertAlmostEquals(share, 3 * (1 - (2 / 3) ** length) / length, 0.003);
  }
});

Deno.test("the configuration's task is this one", () => {
  const config = { kind: "induction-heads" as const, alphabet: 4, bottom: false, repeats: true };
  const [named, own] = [taskOf(config), inductionHeads(config)];
  assertEquals([named.vocabulary, named.classes], [4, 4]);
  assertEquals(named.sample(randomStream(1), 2, 9), own.sample(randomStream(1), 2, 9));
});

function countsOf(values: Int32Array, kinds: number): number[] {
  const counts = new Array(kinds).fill(0);
  for (const value of values) counts[value] += 1;
  return counts;
}

/** χ² stays below its mean plus five standard deviations. */
function assertEvenly(counts: number[]): void {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  assert(statistic <= freedom + 5 * Math.sqrt(2 * freedom), `χ² ${statistic} of ${counts}`);
}
