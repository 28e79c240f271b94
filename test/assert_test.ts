/**
 * What the other tests rely on in `@std/assert`: the same for the real package and for the adapter that takes its
 * place where JSR cannot be reached. Whether it throws is looked at without it.
 */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertExists,
  assertGreater,
  assertLess,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";

const throwRange = () => {
  throw new RangeError("too long");
};
const rejectRange = () => Promise.reject(new RangeError("too long"));

const passing: Record<string, () => unknown> = {
  assert: () => assert(1),
  assertEquals: () =>
    assertEquals({ a: [1, NaN], b: new Float32Array([2]) }, { a: [1, NaN], b: Float32Array.of(2) }),
  assertNotEquals: () => assertNotEquals([1], [2]),
  assertAlmostEquals: () => assertAlmostEquals(1, 1 + 1e-8),
  "assertAlmostEquals with a tolerance": () => assertAlmostEquals(1, 1.1, 0.2),
  "assertAlmostEquals of infinities": () => assertAlmostEquals(Infinity, Infinity),
  assertGreater: () => assertGreater(2, 1),
  assertLess: () => assertLess(1, 2),
  assertExists: () => assertExists(0),
  assertStringIncludes: () => assertStringIncludes("abc", "b"),
  assertMatch: () => assertMatch("abc", /^a/),
  assertThrows: () => assertThrows(throwRange),
  "assertThrows with class and text": () => assertThrows(throwRange, RangeError, "long"),
  "assertThrows with a base class": () => assertThrows(throwRange, Error),
  assertRejects: () => assertRejects(rejectRange),
  "assertRejects with class and text": () => assertRejects(rejectRange, RangeError, "long"),
};

const failing: Record<string, () => unknown> = {
  assert: () => assert(0),
  assertEquals: () => assertEquals({ a: [1, 2] }, { a: [1, 3] }),
  "assertEquals of a missing key": () => assertEquals<unknown>({ a: undefined }, {}),
  "assertEquals of two classes": () => assertEquals<unknown>([1], Float32Array.of(1)),
  "assertEquals of a number and its text": () => assertEquals<unknown>(1, "1"),
  assertNotEquals: () => assertNotEquals([1], [1]),
  assertAlmostEquals: () => assertAlmostEquals(1, 1 + 1e-6),
  "assertAlmostEquals with a tolerance": () => assertAlmostEquals(1, 1.3, 0.2),
  "assertAlmostEquals of NaN": () => assertAlmostEquals(NaN, 1, 10),
  assertGreater: () => assertGreater(1, 1),
  "assertGreater of NaN": () => assertGreater(NaN, 1),
  assertLess: () => assertLess(1, 1),
  assertExists: () => assertExists(null),
  assertStringIncludes: () => assertStringIncludes("abc", "x"),
  assertMatch: () => assertMatch("abc", /^b/),
  assertThrows: () => assertThrows(() => 1),
  "assertThrows with another class": () => assertThrows(throwRange, TypeError),
  "assertThrows with another text": () => assertThrows(throwRange, RangeError, "short"),
  assertRejects: () => assertRejects(() => Promise.resolve(1)),
  "assertRejects with another class": () => assertRejects(rejectRange, TypeError),
  "assertRejects with another text": () => assertRejects(rejectRange, RangeError, "short"),
  "assertRejects of what throws at once": () => assertRejects(throwRange),
};

Deno.test("assertions pass where they should", async () => {
  for (const [name, run] of Object.entries(passing)) {
    const error = await errorOf(run);
    if (error) throw new Error(`Cannot go on as "${name}" failed: ${error.message}`);
  }
});

Deno.test("assertions fail where they should, with an AssertionError", async () => {
  for (const [name, run] of Object.entries(failing)) {
    const error = await errorOf(run);
    if (error?.name !== "AssertionError") throw new Error(`Cannot go on as "${name}" gave ${error}`);
  }
});

Deno.test("a caller's message is part of the failure, and what was thrown is given back", async () => {
  for (
    const run of [
      () => assert(false, "my words"),
      () => assertEquals(1, 2, "my words"),
      () => assertThrows(() => 1, "my words"),
      () => assertThrows(() => 1, Error, "", "my words"),
    ]
  ) {
    const { message } = assertThrows(run, Error);
    if (!message.includes("my words")) throw new Error(`The message lacks the caller's words: ${message}`);
  }
  const error = await assertRejects(rejectRange, RangeError);
  if (error.message !== "too long") throw new Error(`Another error came back: ${error}`);
});

async function errorOf(run: () => unknown): Promise<Error | undefined> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
}
