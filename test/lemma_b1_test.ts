import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { corollaryB2, lemmaB1, searchLemmaB1 } from "../lib/theory/lemma_b1.ts";
import { softmax } from "../lib/theory/softmax.ts";
import { tsallisEntropy } from "../lib/theory/tsallis.ts";

const rows = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 8 }).map(
  softmax,
);
const settings = { numRuns: 300, seed: 7 };

Deno.test("the sides are those printed: ‖r‖² and (1 − (q−1)S_q)^{2/q}", () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0.2, max: 6, noNaN: true }), (row, q) => {
      const { left, right, slack } = lemmaB1(row, q);
      assertAlmostEquals(left, row.reduce((sum, each) => sum + each * each, 0), 1e-14);
      const printed = (1 - (q - 1) * tsallisEntropy(row, q)) ** (2 / q);
      assertAlmostEquals(right, printed, 1e-12 * (1 + printed));
      assertEquals(slack, right - left);
    }),
    settings,
  );
  const { left, right } = lemmaB1([0.5, 0.3, 0.2], 1.5);
  assertAlmostEquals(left, 0.38, 1e-15);
  assertAlmostEquals(right, 0.5143, 1e-6);
});

Deno.test("it holds for 0 < q ≤ 2 and is turned round for q > 2", () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0.05, max: 2, noNaN: true }), (row, q) => {
      assert(lemmaB1(row, q).slack >= -1e-14);
      assert(lemmaB1(row, 4 / q).slack <= 1e-14);
    }),
    settings,
  );
});

Deno.test("both sides are equal at q = 2 for every row and at one-hot rows for every q, and only there", () => {
  fc.assert(
    fc.property(rows, (row) => assertAlmostEquals(lemmaB1(row, 2).slack, 0, 1e-15)),
    settings,
  );
  for (const q of [0.3, 1, 1.7, 3, 500]) assertEquals(lemmaB1([0, 1, 0], q).slack, 0);
  assert(lemmaB1([0.999, 0.001], 1.99).slack > 0);
  assert(lemmaB1([0.999, 0.001], 2.01).slack < 0);
});

Deno.test("as q → 1 the right side goes to 1, whatever the row", () => {
  const row = softmax([2, -1, 0.5]);
  assertAlmostEquals(lemmaB1(row, 1).right, 1, 1e-15);
  // Its slope there is −2 S_1.
  assertAlmostEquals(lemmaB1(row, 1 + 1e-6).right, 1 - 2e-6 * tsallisEntropy(row, 1), 1e-11);
});

Deno.test("a large q neither underflows nor overflows", () => {
  const { right } = lemmaB1([0.5, 0.5], 1e5);
  assertAlmostEquals(right, 0.25 * 2 ** 2e-5, 1e-15);
});

Deno.test("the corollary adds up the rows", () => {
  const matrix = [softmax([1, 2, 3]), softmax([0, 0, 0]), softmax([9, -9, 0])];
  const { left, right, slack } = corollaryB2(matrix, 1.5);
  assertAlmostEquals(
    left,
    matrix.flatMap((row) => [...row]).reduce((sum, each) => sum + each ** 2, 0),
    1e-14,
  );
  assertAlmostEquals(right, matrix.reduce((sum, row) => sum + lemmaB1(row, 1.5).right, 0), 1e-14);
  assertAlmostEquals(slack, right - left, 1e-15);
});

Deno.test("the search finds a violation for q > 2, none for q ≤ 2, and the same with the same seed", () => {
  for (const q of [2.1, 3, 8]) {
    const found = searchLemmaB1(q, { outcomes: 3, seed: 0 });
    assert(found.slack < -1e-3, `slack ${found.slack} at q = ${q}`);
    assertEquals(lemmaB1(found.row, q).slack, found.slack);
    assertEquals(searchLemmaB1(q, { outcomes: 3, seed: 0 }), found);
  }
  for (const q of [0.5, 1, 1.5, 2]) {
    assert(searchLemmaB1(q, { outcomes: 4, seed: 0 }).slack > -1e-14);
  }
});

Deno.test("with two outcomes the search reaches the largest violation on a fine grid", () => {
  const { slack } = searchLemmaB1(3, { outcomes: 2, seed: 1 });
  const grid = Array.from({ length: 10_001 }, (_, i) => lemmaB1([i / 10_000, 1 - i / 10_000], 3).slack);
  assertAlmostEquals(slack, Math.min(...grid), 1e-6);
});

Deno.test("an index, a row or a number of outcomes out of range is refused", () => {
  assertThrows(() => lemmaB1([0.5, 0.5], 0), RangeError, "q must be > 0");
  assertThrows(() => lemmaB1([0.5, 0.6], 1), RangeError, "add up to 1");
  assertThrows(() => searchLemmaB1(3, { outcomes: 1, seed: 0 }), RangeError, "outcomes");
});
