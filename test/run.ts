/**
 * The tasks `test` and `ok`. Arguments go on to `deno test`; the last line printed is `N passed, N failed`.
 *
 * The tests use `jsr:@std/assert`. Where JSR cannot be reached, `deno.offline.json` puts a thin adapter in its
 * place, and nothing else changes.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";

const root = new URL("../", import.meta.url);

/** Runs this Deno in the project's root, its output shown as it comes. */
async function deno(...args: string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: root, stdin: "null" }).spawn()
    .status;
  return success;
}

/** Whether `@std/assert` can be had from JSR (or from Deno's cache of it) without long waiting. */
async function reachesJsr(): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", "--no-config", "jsr:@std/assert@1"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  const { success } = await child.status;
  clearTimeout(timer);
  return success;
}

/** Format, lint and types; the names of those that failed. */
async function checks(config: string): Promise<string[]> {
  const failed: string[] = [];
  if (!await deno("fmt", "--check")) failed.push("format (deno fmt puts it right)");
  if (!await deno("lint")) failed.push("lint");
  if (!await deno("check", "--config", config, "lib", "test")) failed.push("types");
  return failed;
}

/**
 * Runs the tests, and the examples in doc comments with them; shows their output as it comes and counts what
 * Deno's closing line says.
 */
async function runTests(config: string, args: string[]): Promise<{ passed: number; failed: number }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--allow-all", "--doc", "--config", config, ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let tail = "";
  const decoder = new TextDecoder();
  const stdout = Deno.stdout.writable.getWriter();
  for await (const chunk of child.stdout) {
    await stdout.write(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4_000);
  }
  const { success } = await child.status;
  const plain = stripVTControlCharacters(tail);
  const closing = [...plain.matchAll(/\| (\d+) passed.*? \| (\d+) failed/g)].at(-1);
  const [passed, failed] = closing ? closing.slice(1).map(Number) : [0, 0];
  // What fails before any test runs, such as a type error, is a failure as well.
  return { passed, failed: success ? failed : Math.max(failed, 1) };
}

if (import.meta.main) {
  const [task, ...args] = Deno.args;
  const config = await reachesJsr() ? "deno.json" : "deno.offline.json";
  if (config === "deno.offline.json") {
    console.log("JSR is out of reach: @std/assert is test/offline/std_assert.");
  }
  const failedChecks = task === "ok" ? await checks(config) : [];
  const { passed, failed } = await runTests(config, args);
  if (failedChecks.length > 0) console.log(`\nFailed besides the tests: ${failedChecks.join(", ")}.`);
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0 || failedChecks.length > 0) Deno.exitCode = 1;
}
