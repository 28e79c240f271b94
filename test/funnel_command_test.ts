import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  compareFunnels,
  type MeasuredSurface,
  measureStudy,
  readLandscapes,
} from "../lib/analysis/landscape/study.ts";
import { funnelFindings } from "../lib/report/funnel_findings.ts";
import { funnelTable } from "../lib/report/funnel_table.ts";
import { randomStream } from "../lib/random.ts";
import { eer } from "./eer.ts";
import { smallSettings } from "./small_run.ts";

const temp = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

/** Made-up measures: EER's minima are one more than CE's in all seeds, its roughness is noise. */
function surfaces(): MeasuredSurface[] {
  const stream = randomStream(0, "surfaces");
  return [0, 1, 2].flatMap((trainingSeed) =>
    [0, 1, 2, 3, 4, 5, 6, 7].flatMap((directionSeed) =>
      ([["eer", "own"], ["eer", "cross-entropy"], ["ce", "own"]] as const).map(([system, objective]) => ({
        system,
        objective,
        trainingSeed,
        directionSeed,
        measures: {
          roughness: stream.normal(),
          minima: (system === "eer" ? 2 : 1) + 0.1 * stream.normal(),
          basinShare: 0.5,
          quasiConvexShare: trainingSeed === 0 ? (system === "eer" ? 0 : 0.1) : system === "eer" ? 1 : 0,
          widthAt2: system === "eer" ? 0.3 + 0.01 * stream.normal() : 0.1,
          widthAt10: system === "eer" && objective === "own" ? 0.6 : 0.4,
        },
      }))
    )
  );
}

Deno.test("comparisons of funnels: what differs in every training seed is told, with its side, and nothing else", () => {
  const comparisons = compareFunnels(surfaces());
  assertEquals(comparisons.length, 18);
  const of = (comparison: string, measure: string) =>
    comparisons.find((each) => each.comparison === comparison && each.measure === measure)!;
  for (const comparison of ["figure 1", "same objective"]) {
    assertEquals([of(comparison, "minima").differs, of(comparison, "minima").favours], [true, "right"]);
    assertEquals([of(comparison, "widthAt2").differs, of(comparison, "widthAt2").favours], [true, "left"]);
    // Significant over all pairs, but not of one sign.
    const disputed = of(comparison, "quasiConvexShare");
    assertEquals([disputed.corrected < 0.05, disputed.differs, disputed.favours], [true, false, undefined]);
  }
  assertEquals([of("figure 1", "basinShare").p, of("figure 1", "basinShare").differs], [1, false]);
  const penalties = comparisons.filter(({ comparison, differs }) => comparison === "same weights" && differs);
  assertEquals(penalties.map(({ measure }) => measure), ["widthAt10"]);
  assert(!of("figure 1", "roughness").differs);
  const table = funnelTable(comparisons);
  assertEquals(table.match(/no verdict: the seeds disagree/g)?.length, 2);
  assertEquals(table.match(/\| right \|$/gm)?.length, 2);
  const findings = funnelFindings(comparisons);
  assertEquals(findings.length, 6);
  assertStringIncludes(
    findings[0],
    "the first is more of a funnel in width at twice the loss and width at ten times the loss, the second in local minima;",
  );
  assertStringIncludes(findings[2], "in width at ten times the loss, the second in nothing");
  assertStringIncludes(findings[3], "quasi-convex on 3.33 % of the lines");
  assertStringIncludes(findings[4], "in 2 and loses in 1: the measures disagree");
  assertStringIncludes(findings[5], "The penalties' own: width at ten times the loss.");
});

Deno.test("funnel: computes, compares, goes on, and leaves what is finished", async () => {
  const config = `${temp}/small.json`;
  await Deno.writeTextFile(config, JSON.stringify(smallSettings()));
  const runs: string[] = [];
  for (const seed of ["0", "1"]) {
    for (const system of ["eer", "ce"]) {
      const run = `${temp}/${system}-${seed}`;
      const off = ["lambdaPotential", "lambdaKinetic", "lambdaEntropy"].flatMap((
        name,
      ) => ["--set", `objective.${name}=0`]);
      await eer("train", "--config", config, "--seed", seed, ...system === "ce" ? off : [], "--out", run);
      runs.push(run);
    }
  }
  const out = `${temp}/study`;
  const args = ["funnel", ...runs, "--directions", "2", "--grid", "5", "--out", out];
  const { code, stdout, stderr } = await eer(...args, "--json");
  assertEquals(code, 0, stderr);
  const landscapes = await readLandscapes(out);
  assertEquals(landscapes.length, 8);
  assertEquals(measureStudy(landscapes).length, 12);
  const { comparisons } = JSON.parse(stdout);
  assertEquals(comparisons, compareFunnels(measureStudy(landscapes)));
  assertEquals(comparisons[0].pairs, 4);

  const before = Deno.statSync(`${out}/eer-seed-0-directions-0.csv`).mtime;
  const again = await eer(...args);
  assertEquals(Deno.statSync(`${out}/eer-seed-0-directions-0.csv`).mtime, before);
  assertStringIncludes(again.stdout, "**same weights**");

  for (
    const [wrong, reason] of [
      [["funnel", "--out", out], "give run folders"],
      [["funnel", ...runs], "--out DIR"],
      [["funnel", ...runs.slice(1), "--out", out], "with them there are seeds 1 and without 0, 1"],
      [["funnel", runs[0], "--out", out], "without none"],
      [["funnel", `${temp}/none`, "--out", out], "none"],
    ] as [string[], string][]
  ) {
    const { code, stdout, stderr } = await eer(...wrong);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
    assertStringIncludes(stderr, reason);
  }
});
