import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  booleanOf,
  matrixOf,
  numberOf,
  type Problem,
  readProblem,
  vectorOf,
  wholeNumberOf,
} from "../lib/commands/problem.ts";
import { UserError } from "../lib/errors.ts";
import { tempDir } from "./temp_dir.ts";

const keys = ["X", "tau"];

/** What reading a file of the given text throws. */
async function refusal(text: string): Promise<string> {
  await using directory = await tempDir();
  const file = `${directory.path}/F.json`;
  await Deno.writeTextFile(file, text);
  const error = await assertRejects(() => readProblem(file, keys), UserError);
  assertMatch(error.message, /^[^\n]*$/);
  return error.message;
}

Deno.test("a problem has the keys wanted, each and no other", async () => {
  await using directory = await tempDir();
  const file = `${directory.path}/F.json`;
  await Deno.writeTextFile(file, `{"tau": 1, "X": [[1, 2]]}`);
  const problem = await readProblem(file, keys);
  assertEquals(matrixOf(problem, "X"), [[1, 2]]);
  assertEquals(numberOf(problem, "tau"), 1);

  assertStringIncludes(await refusal(`{"tau": 1}`), "as X is missing; its keys are X, tau");
  assertStringIncludes(await refusal(`{"tau": 1, "X": [], "Tau": 2}`), `it has the unknown key "Tau"`);
  assertStringIncludes(
    await refusal(`{"tau": 1, "X": [], "__proto__": {}}`),
    `the unknown key "__proto__"`,
  );
  assertStringIncludes(await refusal(`[]`), "it is an array, not an object");
  assertStringIncludes(await refusal(`null`), "it is null, not an object");
  assertStringIncludes(await refusal(`"X"`), `it is "X", not an object`);
  assertStringIncludes(await refusal(`{"X":\n\n\n NaN}`), "is not JSON");
  assertStringIncludes(await refusal(``), "is not JSON");
  // A line of the terminal cannot be forged.
  assert(!(await refusal(`{"\\n\\u001b[2J": 1}`)).includes("\u001b"));
});

const problem = (X: unknown): Problem => ({ file: "F.json", values: new Map([["X", X]]) });

Deno.test("a matrix that is none: the row or entry is named", () => {
  const cases: [unknown, string][] = [
    [null, "X is null, where an array of rows is wanted"],
    [{}, "X is an object, where an array of rows is wanted"],
    [[], "X has no rows"],
    [[[]], "X[0] is empty"],
    [[1, 2], "X[0] is 1, where a row is wanted"],
    [[[1], null], "X[1] is null, where a row is wanted"],
    [[[1, 2], [3, null]], "X[1][1] is null, where a finite number is wanted"],
    [JSON.parse("[[1, 1e999]]"), "X[0][1] is beyond the range of numbers"],
    [[[1, "2"]], `X[0][1] is "2", where`],
    [[[1, [2]]], "X[0][1] is an array, where"],
    [[[1, true]], "X[0][1] is true, where"],
    [[[1, NaN]], "X[0][1] is NaN, where"],
    [[[1, 2], [3]], "X[1] has 1 entry, but X[0] has 2"],
    [JSON.parse("[".repeat(50_000) + "]".repeat(50_000)), "X[0][0] is an array, where"],
  ];
  for (const [value, message] of cases) {
    assertThrows(
      () => matrixOf(problem(value), "X"),
      UserError,
      `Cannot use problem F.json as ${message}`,
    );
  }
  assertThrows(
    () => matrixOf(problem([[1, 2]]), "X", { rows: 2, columns: 2, because: "Z0 has 2 entries" }),
    UserError,
    "as X is 1 × 2, where 2 × 2 is wanted as Z0 has 2 entries",
  );
});

Deno.test("vectors, numbers and switches: what is wrong and what is wanted", () => {
  assertEquals(vectorOf(problem([1, 2]), "X", { length: 2 }), [1, 2]);
  assertEquals(vectorOf(problem([]), "X"), []);
  assertThrows(() => vectorOf(problem(3), "X"), UserError, "X is 3, where a vector is wanted");
  assertThrows(() => vectorOf(problem([1, null]), "X"), UserError, "X[1] is null");
  assertThrows(
    () => vectorOf(problem([1]), "X", { length: 2, because: "there are 2 steps" }),
    UserError,
    "X has 1 entry, where 2 are wanted as there are 2 steps",
  );

  assertEquals(numberOf(problem(0.5), "X", { above: 0 }), 0.5);
  assertEquals(numberOf(problem(0), "X", { least: 0 }), 0);
  assertThrows(() => numberOf(problem(0), "X", { above: 0 }), UserError, "X is 0, where a finite number > 0");
  assertThrows(() => numberOf(problem(-1), "X", { least: 0 }), UserError, "a finite number ≥ 0 is wanted");
  assertThrows(() => numberOf(problem("1"), "X"), UserError, `X is "1", where a finite number is wanted`);

  assertEquals(wholeNumberOf(problem(3), "X", { least: 1, most: 3 }), 3);
  for (const wrong of [1.5, -1, 4, null, "2", Infinity]) {
    assertThrows(
      () => wholeNumberOf(problem(wrong), "X", { most: 3 }),
      UserError,
      "where a whole number from 0 to 3 is wanted",
    );
  }
  assertThrows(() => wholeNumberOf(problem(2 ** 60), "X"), UserError, "a whole number ≥ 0 is wanted");

  assertEquals(booleanOf(problem(false), "X"), false);
  assertThrows(() => booleanOf(problem(0), "X"), UserError, "X is 0, where true or false is wanted");
});

Deno.test("any JSON is read as it is or refused with one sentence", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      try {
        assertEquals(matrixOf(problem(value), "X") as unknown, value);
      } catch (error) {
        assert(error instanceof UserError, String(error));
        assertMatch(error.message, /^Cannot use problem F\.json as X[^\n]*$/);
      }
    }),
    { seed: 1 },
  );
  const row = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), (rows) => {
      assertEquals(matrixOf(problem(rows), "X", { columns: 3 }), rows);
    }),
    { seed: 1 },
  );
});
