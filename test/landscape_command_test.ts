import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { readLandscape } from "../lib/analysis/landscape/stored.ts";
import { readCheckpoint } from "../lib/training/checkpoint.ts";
import { eer, spawnEer } from "./eer.ts";
import { smallSettings } from "./small_run.ts";

const temp = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

const config = `${temp}/small.json`;
await Deno.writeTextFile(config, JSON.stringify(smallSettings()));
const runs = [0, 1, 2].map((seed) => `${temp}/run-${seed}`);
for (const [seed, run] of runs.entries()) {
  const trained = await eer("train", "--config", config, "--seed", `${seed}`, "--trajectory", "--out", run);
  assertEquals(trained.code, 0, trained.stderr);
}
const [run, second, third] = runs;

const landscape = (out: string, ...args: string[]) =>
  eer("landscape", ...args, "--out", `${temp}/${out}`, "--json");

Deno.test("landscape: the contract's columns and description, the centre at the run's own loss", async () => {
  const { code, stdout, stderr } = await landscape(
    "a.csv",
    run,
    "--grid",
    "5",
    "--range",
    "0.5",
    "--seed",
    "7",
  );
  assertEquals(code, 0, stderr);
  const text = await Deno.readTextFile(`${temp}/a.csv`);
  assertEquals(text.split("\n")[0], "alpha,beta,total,task,potential,kinetic,entropy");
  const { rows, norms, plane, configuration, points } = await readLandscape(`${temp}/a.csv`);
  assertEquals(rows.length, 25);
  assertEquals([rows[0].alpha, rows[0].beta, rows[24].alpha, rows[24].beta], [-0.5, -0.5, 0.5, 0.5]);
  assertEquals(plane, { kind: "random", normalize: "filter", seed: 7 });
  assertEquals(configuration, JSON.parse(await Deno.readTextFile(`${run}/config.json`)));
  const metrics = (await Deno.readTextFile(`${run}/metrics.csv`)).trimEnd().split("\n");
  const last = metrics.at(-1)!.split(",").map(Number);
  const column = (name: string) => last[metrics[0].split(",").indexOf(name)];
  assertEquals([rows[12].alpha, rows[12].beta], [0, 0]);
  for (const term of ["total", "task", "potential", "kinetic", "entropy"] as const) {
    assertEquals(rows[12][term], column(term), term);
    assertEquals(points[0][term], column(term), term);
  }
  const answer = JSON.parse(stdout);
  assertEquals([answer.landscape, answer.norms, answer.funnel !== undefined], [`${temp}/a.csv`, norms, true]);
});

Deno.test("landscape: of weights on given tokens, the centre is what loss says", async () => {
  const tokens = `${temp}/tokens.json`;
  await Deno.writeTextFile(tokens, "[[0,1,2,0,1],[2,2,1,0,2]]");
  const weights = `${run}/checkpoint.safetensors`;
  const said = JSON.parse((await eer("loss", "--weights", weights, "--tokens", tokens, "--json")).stdout);
  const given = ["--weights", weights, "--tokens", tokens, "--grid", "3", "--normalize", "layer"];
  const { code, stderr } = await landscape("tokens.csv", ...given);
  assertEquals(code, 0, stderr);
  const { rows, batch } = await readLandscape(`${temp}/tokens.csv`);
  assertEquals([rows[4].total, rows[4].entropy], [said.total, said.entropy]);
  assertEquals([batch.source, batch.sequences, batch.length], ["tokens", 2, 5]);
});

Deno.test("landscape: planes of paths and of solutions tell where these lie", async () => {
  const path = await landscape("pca.csv", run, "--plane", "pca", "--with", second, "--grid", "2");
  assertEquals(path.code, 0, path.stderr);
  const { points } = await readLandscape(`${temp}/pca.csv`);
  assertEquals(points.map(({ name, step }) => [name, step]), [
    ...[0, 2, 4, 6].map((step) => ["run-0", step]),
    ...[0, 2, 4, 6].map((step) => ["run-1", step]),
  ]);
  assert(points.every(({ alpha, beta }) => Math.abs(alpha) <= 0.81 && Math.abs(beta) <= 0.81));

  const three = ["--plane", "solutions", "--with", second, "--with", third, "--grid", "2"];
  const solved = await landscape("three.csv", run, ...three);
  assertEquals(solved.code, 0, solved.stderr);
  const { points: solutions } = await readLandscape(`${temp}/three.csv`);
  assertEquals(solutions.map(({ name }) => name), ["run-0", "run-1", "run-2"]);
  assert(solutions.every(({ distance }) => distance < 1e-5));
});

Deno.test("landscape: both engines draw the same landscape", async () => {
  const args = [run, "--grid", "3", "--range", "0.3"];
  await landscape("fused.csv", ...args, "--engine", "fused", "--workers", "1");
  await landscape("tfjs.csv", ...args, "--engine", "tfjs", "--backend", "cpu");
  const [fused, tfjs] = await Promise.all(
    ["fused", "tfjs"].map((name) => readLandscape(`${temp}/${name}.csv`)),
  );
  assertEquals([fused.engine.name, tfjs.engine.name], ["fused", "tfjs"]);
  fused.rows.forEach(({ total }, i) => assert(Math.abs(total - tfjs.rows[i].total) < 1e-5 * total));
});

Deno.test("landscape: killed and called again, it goes on to the same bytes", async () => {
  const args = ["landscape", run, "--grid", "13", "--engine", "tfjs", "--backend", "cpu", "--out"];
  assertEquals((await eer(...args, `${temp}/whole.csv`)).code, 0);
  const path = `${temp}/killed.csv`;
  let before = 0;
  for (let kill = 0; kill < 2; kill++) {
    const child = spawnEer(...args, path);
    let size = 0;
    while (size < before + 3_000) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      size = await Deno.stat(`${path}.partial`).then((stat) => stat.size, () => 0);
    }
    child.kill("SIGKILL");
    await child.output();
    const left = (await Deno.stat(`${path}.partial`)).size;
    assertGreater(left, before);
    before = left;
  }
  assertEquals((await eer(...args, path)).code, 0);
  for (const extension of ["csv", "json"]) {
    const [killed, whole] = await Promise.all(
      ["killed", "whole"].map((name) => Deno.readTextFile(`${temp}/${name}.${extension}`)),
    );
    assertEquals(killed, whole);
  }
});

Deno.test("landscape: a user's mistake gets one sentence, and no file is made", async () => {
  const { configuration } = await readCheckpoint(`${run}/checkpoint.safetensors`);
  const other = `${temp}/other.json`;
  await Deno.writeTextFile(other, JSON.stringify({ ...configuration, model: { width: 4, mlpWidth: 4 } }));
  for (
    const [args, reason] of [
      [[], "give one run folder"],
      [[run, second], "give one run folder"],
      [[run, "--weights", run], "give one run folder"],
      [[run, "--grid", "1"], "--grid 1"],
      [[run, "--range", "0"], "--range 0"],
      [[run, "--range", "wide"], "--range wide"],
      [[run, "--range", "Infinity"], "--range Infinity"],
      [[run, "--digits", "18"], "--digits 18"],
      [[run, "--normalize", "batch"], "one of filter, layer, none"],
      [[run, "--plane", "flat"], "one of random, pca, solutions"],
      [[run, "--with", second], "--with"],
      [[run, "--plane", "pca", "--seed", "1"], "--seed"],
      [[run, "--plane", "solutions", "--with", second], "two others"],
      [[run, "--plane", "solutions", "--with", run, "--with", second], "one line"],
      [["--weights", `${run}/checkpoint.safetensors`, "--plane", "pca"], "give DIR"],
      [[`${temp}/none`], "none"],
      [[run, "--config", other], "shape"],
      [[run, "--tokens", `${temp}/none.json`], "none.json"],
    ] as [string[], string][]
  ) {
    const { code, stdout, stderr } = await landscape("mistake.csv", ...args);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
    assertStringIncludes(stderr, reason);
    assert(![...Deno.readDirSync(temp)].some(({ name }) => name.startsWith("mistake")), reason);
  }
  const { code, stderr } = await eer("landscape", run);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--out F.csv");
});
