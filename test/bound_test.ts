import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { counterexample } from "../lib/theory/contraction/examples.ts";
import { normalRows } from "./contraction_arbitraries.ts";
import { eer } from "./eer.ts";
import { tempDir } from "./temp_dir.ts";

/** What `eer bound` makes of the text of a file. */
async function bound(content: unknown, ...args: string[]) {
  await using folder = await tempDir();
  const file = `${folder.path}/problem.json`;
  await Deno.writeTextFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return await eer("bound", file, ...args);
}

const known = { ...counterexample(4), q: 2 };

Deno.test("bound gives the contract's keys at full precision", async () => {
  const { code, stdout, stderr } = await bound(known, "--json");
  assertEquals([code, stderr], [0, ""]);
  const { jacobianNorm, stated, corrected, local, residual, ...more } = JSON.parse(stdout);
  assertEquals(more, {});
  [[jacobianNorm, 8], [stated, 4.5], [corrected, 8.5], [local, 8.5], [residual, 0]].forEach(
    ([value, expected]) => assertAlmostEquals(value, expected, 1e-12),
  );
  const text = await bound(known);
  assertStringIncludes(text.stdout, "corrected     8.5");
});

Deno.test("bound takes 512 tokens of width 8", async () => {
  const seed = 1;
  const [WQ, WK, WV] = ["WQ", "WK", "WV"].map((name) => normalRows([8, 8], { seed, name }));
  const [X, Z] = ["X", "Z"].map((name) => normalRows([512, 8], { seed, name, scale: 0.5 }));
  const problem = { X, Z, WQ, WK, WV, transposed: false, logitScale: 1 / Math.sqrt(8), q: 1.5 };
  const { code, stdout, stderr } = await bound(problem, "--json");
  assertEquals(code, 0, stderr);
  const { jacobianNorm, local, residual } = JSON.parse(stdout);
  assert(jacobianNorm > 0 && jacobianNorm <= local && residual <= 1e-9 * jacobianNorm);
});

Deno.test("bound refuses what is no problem, each in one sentence", async () => {
  const json = JSON.stringify(known);
  const cases: [unknown, string][] = [
    [{ ...known, Z: [[1, 2]] }, "Z is 1 × 2, where 2 × 2 is wanted as X is 2 × 2"],
    [{ ...known, X: [[1, null], [1, 2]] }, "X[0][1] is null, where a finite number is wanted"],
    [json.replace('"q":2', '"q":1e999'), "q is"],
    [json.replace('"WV":[[0.5', '"WV":[[1e999'), "WV[0][0] is"],
    [{ ...known, WK: [[1, 2], [3]] }, "WK[1] has 1 entry"],
    [{ ...known, WK: [[1], [3]] }, "WK is 2 × 1, where 2 × 2 is wanted"],
    [{ ...known, WQ: [[1, 2, 3]] }, "WQ is 1 × 3, where 2 × 3 is wanted"],
    [{ ...known, q: 0 }, "q is 0"],
    [{ ...known, logitScale: -1 }, "logitScale is -1"],
    [{ ...known, transposed: 1 }, "transposed is 1"],
    [{ ...known, tau: 1 }, "tau"],
    [{ X: [[1]] }, "Z is missing"],
    [{ ...known, X: [[1e200, 0], [0, 1e200]], WQ: [[1e200, 0], [0, 0]] }, "beyond double precision"],
    [{ ...known, X: Array(4097).fill([1, 2]) }, "X has 4097 rows"],
    ["[]", "not an object"],
    ["{", "not JSON"],
  ];
  for (const [content, why] of cases) {
    const { code, stdout, stderr } = await bound(content, "--json");
    assertEquals([code, stdout], [1, ""], why);
    assertStringIncludes(stderr, why);
    assertEquals(stderr.trim().split("\n").length, 1);
  }
  const { code, stderr } = await eer("bound");
  assertEquals(code, 1);
  assertStringIncludes(stderr, "give one file with the keys X, Z, WQ");
});
