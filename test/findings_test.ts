import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Share } from "../lib/analysis/interval.ts";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import type { ReportRun } from "../lib/report/data.ts";
import { findings } from "../lib/report/findings.ts";
import { resultsTable } from "../lib/report/results_table.ts";

const share = (value: number, half = 0.01, positions = 1000): Share => ({
  value,
  interval: [value - half, value + half],
  positions,
});

/** A run that was right at `value` of all positions of length 1000. */
function runOf(name: string, value: number, changes: PartialConfiguration = {}): ReportRun {
  const metrics = {
    step: 9500,
    task: 0,
    total: 0,
    gradientNorm: 0,
    entropy: 1.2,
    potential: 1.1,
    kinetic: 20,
    accuracy: {},
  };
  const byDistance = [{ distance: 2, ...share(0.9, 0, 900) }, { distance: 6, ...share(0.5, 0, 100) }, {
    distance: 7,
    ...share(0.25, 0, 100),
  }];
  return {
    name,
    about: "",
    configuration: configuration(changes),
    parameters: 932,
    step: 10_000,
    engine: { name: "fused", backend: "wasm-simd" },
    seconds: 1,
    metrics: [metrics],
    evaluation: [
      { length: 10, sequences: 100, all: share(0.5), matched: share(0.5), byDistance: [] },
      { length: 1000, sequences: 100, all: share(value), matched: share(value), byDistance },
    ],
  };
}

const asWritten = { model: { recency: 0 } };
const plain = { objective: { lambdaPotential: 0, lambdaKinetic: 0, lambdaEntropy: 0 } };
const spaces = (text: string) => text.replaceAll("\u202f", " ");

Deno.test("findings tell one seed's interval and several seeds' range", () => {
  const [one] = findings([runOf("eer", 0.8)]);
  assertStringIncludes(spaces(one), "10,000 of the paper's 20,000 steps (50.0 %), on one seed");
  assertStringIncludes(spaces(one), "80.0 % [79.0, 81.0] at $L=1000$");
  const [three] = findings([0.7, 0.8, 0.9].map((value) => runOf("eer", value)));
  assertStringIncludes(spaces(three), "on 3 seeds");
  assertStringIncludes(spaces(three), "80.0 % (seeds 70.0 to 90.0) at $L=1000$");
});

Deno.test("systems are compared where one thing differs, and said to overlap only where they do", () => {
  const comparisons = (runs: ReportRun[]) => findings(runs).filter((each) => each.includes("overlap"));
  const [apart] = comparisons([runOf("eer", 0.8), runOf("eer-as-written", 0.4, asWritten)]);
  assertStringIncludes(apart, "Recency bias 0.25 against 0, regularisers on");
  assertStringIncludes(apart, "do not overlap");
  const [overlapping] = comparisons([runOf("eer", 0.8), runOf("ce", 0.79, plain)]);
  assertStringIncludes(overlapping, "Regularisers on against off, recency bias 0.25");
  assert(!overlapping.includes("do not overlap"));
  assertEquals(comparisons([runOf("eer", 0.8), runOf("ce-as-written", 0.4, { ...asWritten, ...plain })]), []);
});

Deno.test("Table 2 is quoted at the last step that it shares with all seeds", () => {
  const at = (...steps: number[]) => {
    const run = runOf("eer", 0.8);
    return { ...run, metrics: steps.map((step) => ({ ...run.metrics[0], step })) };
  };
  const said = (runs: ReportRun[]) => findings(runs).find((each) => each.includes("beside Table 2"));
  assertStringIncludes(
    said([at(0, 9500, 20_000)])!,
    "beside Table 2 at step 9,500, one seed: entropy 1.200 (paper 1.134), potential 1.100 (paper 1.064), kinetic 20.0 (paper 36.6)",
  );
  assertStringIncludes(said([at(0, 500, 9500), at(0, 500)])!, "beside Table 2 at step 500, 2 seeds");
  assertEquals(said([at(0, 120)]), undefined);
});

Deno.test("a run of another task is not held against the paper's numbers", () => {
  const said = (changes: PartialConfiguration) => findings([runOf("mine", 0.5, changes)]).join(" ");
  assertStringIncludes(said({}), "of the paper's 20,000 steps");
  assertStringIncludes(said({}), "beside Table 2");
  const other = said({ task: { kind: "markov-language", bottom: false } });
  assertStringIncludes(other, "mine was trained for 10,000 steps, on one seed");
  assertEquals([other.includes("paper"), other.includes("Table 2")], [false, false]);
});

Deno.test("the step at which long sequences are solved best is told, of the mean over seeds", () => {
  const curve = (values: number[]) => {
    const run = runOf("eer", 0.8);
    const metrics = values.map((value, i) => ({
      ...run.metrics[0],
      step: 500 * i,
      accuracy: { 10: 0, 1000: value },
    }));
    return { ...run, metrics };
  };
  const said = (runs: ReportRun[]) => spaces(findings(runs).find((each) => each.startsWith("While"))!);
  assertStringIncludes(
    said([curve([0.3, 0.9, 0.5]), curve([0.3, 0.7, 0.9])]),
    "at $L=1000$ (mean of 2 seeds) is highest at step 500, 80.0 %; at step 1,000 it is 70.0 %.",
  );
  assertStringIncludes(said([curve([0.3, 0.5, 0.9])]), "is highest at step 1,000, 90.0 %, its last.");
});

Deno.test("near and far matches are told apart by all their positions", () => {
  const sentence = findings([runOf("eer", 0.8)]).find((each) => each.includes("tokens back"))!;
  // (900·0.9 + 100·0.5)/1000 of the near ones, 1000 of 1100 in all.
  assertStringIncludes(spaces(sentence), "91 % of the matches lie at most 6 tokens back");
  assertStringIncludes(spaces(sentence), "86.0 % of these right and 25.0 % of the farther ones");
});

Deno.test("the table of results has the paper's last row and each system's mean and range", () => {
  const rows = spaces(resultsTable([runOf("eer", 0.7), runOf("eer", 0.9), runOf("ce", 0.5, plain)])).split(
    "\n",
  );
  assertEquals(rows.length, 5);
  assertEquals(
    rows[2],
    "| W.-L. Lam, Table 2 | 10,000 | – | 92.8 % | 96.6 % | 93.8 % | 1.071 | 1.002 | 26.9 |",
  );
  assertStringIncludes(
    rows[3],
    "| `eer` | 10,000 | 2 | 50.0 % (50.0 % – 50.0 %) | – | 80.0 % (70.0 % – 90.0 %) |",
  );
  assertStringIncludes(rows[4], "| `ce` | 10,000 | 1 | 50.0 % | – | 50.0 % |");
});
