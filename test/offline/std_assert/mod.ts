/**
 * The part of `jsr:@std/assert` that the tests use, over `node:assert`: it takes the real package's place where
 * JSR cannot be reached (`deno.offline.json`). Names, arguments and what counts as a failure are the real
 * package's; the wording of a failure differs.
 *
 * @module
 */
import nodeAssert, { AssertionError } from "node:assert";
import { isDeepStrictEqual } from "node:util";

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

/** Fails unless `condition` is truthy. */
export function assert(condition: unknown, message?: string): asserts condition {
  if (!condition) fail("Expected a truthy value", message);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  try {
    // Stricter than the real package in what no test should lean on: 0 and −0 differ, and so do two errors of
    // different texts.
    nodeAssert.deepStrictEqual(actual, expected);
  } catch (error) {
    fail((error as Error).message, message);
  }
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  if (isDeepStrictEqual(actual, expected)) fail("Expected two values that are not deeply equal", message);
}

/** Fails unless both differ by at most `tolerance` (without one: 1e-7 of the expected value). */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void {
  if (Object.is(actual, expected)) return;
  const allowed = tolerance ?? (Number.isFinite(expected) ? Math.abs(expected * 1e-7) : 1e-7);
  if (Math.abs(expected - actual) <= allowed) return;
  fail(`Expected ${actual} to be within ${allowed} of ${expected}`, message);
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) fail(`Expected ${actual} > ${expected}`, message);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) fail(`Expected ${actual} < ${expected}`, message);
}

/** Fails if `actual` is null or undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) fail(`Expected a value, got ${actual}`, message);
}

/** Fails unless `actual` holds `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) fail(`Expected "${actual}" to hold "${expected}"`, message);
}

/** Fails unless `expected` matches `actual`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (actual.search(expected) < 0) fail(`Expected "${actual}" to match ${expected}`, message);
}

/** Fails unless `run` throws; with a class and a text, unless the error is of it and its message holds it. */
export function assertThrows(run: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error = Error>(
  run: () => unknown,
  errorClass: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): E;
export function assertThrows(run: () => unknown, ...expected: unknown[]): unknown {
  try {
    run();
  } catch (error) {
    return checkError(error, expected);
  }
  fail("Expected the function to throw", expected);
}

/** Fails unless `run` rejects; class and text as with {@linkcode assertThrows}. */
export function assertRejects(run: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
export function assertRejects<E extends Error = Error>(
  run: () => PromiseLike<unknown>,
  errorClass: ErrorClass<E>,
  messageIncludes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  run: () => PromiseLike<unknown>,
  ...expected: unknown[]
): Promise<unknown> {
  let promise: PromiseLike<unknown>;
  try {
    promise = run();
  } catch {
    fail("Expected the function to reject, but it threw", expected);
  }
  try {
    await promise;
  } catch (error) {
    return checkError(error, expected);
  }
  fail("Expected the function to reject", expected);
}

function checkError(error: unknown, expected: unknown[]): unknown {
  const [errorClass, messageIncludes] = expected;
  if (typeof errorClass !== "function") return error;
  if (!(error instanceof errorClass)) {
    fail(`Expected a ${errorClass.name}, got ${error}`, expected);
  }
  const { message } = error as Error;
  if (typeof messageIncludes === "string" && !message.includes(messageIncludes)) {
    fail(`Expected the message "${message}" to hold "${messageIncludes}"`, expected);
  }
  return error;
}

/** `own` is the caller's message, or the arguments of which the last is one if no class was given. */
function fail(text: string, own: string | unknown[] | undefined): never {
  const message = !Array.isArray(own) ? own : typeof own[0] === "function" ? own[2] : own[0];
  throw new AssertionError({ message: message ? `${text}: ${message}` : text });
}
