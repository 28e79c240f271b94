import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../lib/errors.ts";
import { formatMetrics, type Metrics, parseMetrics } from "../lib/training/metrics.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const lengths = [10, 100, 1000];
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // no −0
const rows: fc.Arbitrary<Metrics[]> = fc.array(
  fc.record({
    step: fc.nat(),
    task: finite,
    potential: finite,
    kinetic: finite,
    entropy: finite,
    total: finite,
    gradientNorm: finite,
    accuracy: fc.record({ 10: finite, 100: finite, 1000: finite }, { noNullPrototype: true }),
  }, { noNullPrototype: true }),
);

const row: Metrics = {
  step: 500,
  task: 0.1,
  potential: 1 / 3,
  kinetic: 1e-9,
  entropy: 1.25,
  total: 1e21,
  gradientNorm: 2,
  accuracy: { 10: 0.25, 100: 1, 1000: 0 },
};

Deno.test("what was written is read back to the last digit", () => {
  fc.assert(fc.property(rows, (given) => assertEquals(parseMetrics(formatMetrics(given, lengths)), given)));
});

Deno.test("the columns are those of the contract, one row a line", () => {
  assertEquals(
    formatMetrics([row, row], lengths),
    "step,task,potential,kinetic,entropy,total,gradientNorm,accuracy_10,accuracy_100,accuracy_1000\n" +
      "500,0.1,0.3333333333333333,1e-9,1.25,1e+21,2,0.25,1,0\n".repeat(2),
  );
});

Deno.test("columns may come in any order and be more, as in the paper's Table 2 extended", () => {
  const text = "accuracy_10,step,note,total,gradientNorm,task,potential,kinetic,entropy\n" +
    "0.5,3,77,6,7,1,2,4,5\n";
  assertEquals(parseMetrics(text), [
    {
      step: 3,
      task: 1,
      potential: 2,
      kinetic: 4,
      entropy: 5,
      total: 6,
      gradientNorm: 7,
      accuracy: { 10: 0.5 },
    },
  ]);
});

Deno.test("what is no such table is refused with the line that is wrong", () => {
  const good = formatMetrics([row, row, row], lengths);
  const spoilt = (change: (line: string) => string) =>
    good.split("\n").map((line, i) => i === 2 ? change(line) : line).join("\n");
  const cases: [text: string, said: string][] = [
    ["", 'no column "step"'],
    [good.replace("gradientNorm", "gradient"), 'no column "gradientNorm"'],
    [spoilt((line) => line.slice(0, line.lastIndexOf(","))), "line 3"],
    [spoilt((line) => line + ",1"), "line 3"],
    [spoilt((line) => line.replace("0.25", "")), "line 3"],
    [spoilt((line) => line.replace("0.25", "NaN")), "line 3"],
    [spoilt((line) => line.replace("0.25", "much")), "line 3"],
    [spoilt(() => ""), "line 3"],
    // A write that was cut short.
    [good.slice(0, -20), "line 4"],
  ];
  for (const [text, said] of cases) assertThrows(() => parseMetrics(text), UserError, said);
});
