import { assert, assertAlmostEquals, assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { exactHessian } from "../lib/analysis/hessian/exact.ts";
import { gradientOf } from "../lib/analysis/hessian/gradient.ts";
import { spectrumOf } from "../lib/analysis/hessian/spectrum.ts";
import { readHessians } from "../lib/analysis/hessian/stored.ts";
import { engineProblem } from "../lib/engines/engine.ts";
import { createEngine } from "../lib/engines/select.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { readRunFolder } from "../lib/training/run_folder.ts";
import { heldOutBatch } from "../lib/training/train.ts";
import { readTrajectory } from "../lib/training/trajectory.ts";
import { eer } from "./eer.ts";
import { trainSmall } from "./small_run.ts";
import { tempDir } from "./temp_dir.ts";

/** A JSON answer. */
// deno-lint-ignore no-explicit-any
type Answer = any;

Deno.test("hessian: the contract, on a run folder and on weights, configuration and tokens", async () => {
  await using dir = await tempDir();
  const run = join(dir.path, "run");
  await trainSmall(run);
  const out = join(dir.path, "hessian.json");
  const { code, stdout, stderr } = await eer("hessian", run, "--json", "--vectors", "2", "--out", out);
  assertEquals([code, stderr], [0, ""]);
  const answer: Answer = JSON.parse(stdout);
  assertEquals(JSON.parse(await Deno.readTextFile(out)), answer);

  const { configuration, checkpoint: { parameters } } = await readRunFolder(run);
  const task = taskOf(configuration.task);
  const batch = heldOutBatch(task, configuration.training);
  const engine = await createEngine(engineProblem(task, configuration), { workers: 1 });
  const expected = spectrumOf(await exactHessian(gradientOf(engine, batch), parameters));
  await engine.dispose();
  assertEquals(answer.eigenvalues, [...expected.eigenvalues]);
  assertEquals(answer.eigenvalues, answer.eigenvalues.toSorted((a: number, b: number) => a - b));
  const trace = answer.eigenvalues.reduce((sum: number, value: number) => sum + value, 0);
  assertAlmostEquals(answer.trace, trace, 1e-9 * Math.abs(trace));
  assert(answer.symmetryError > 0 && answer.symmetryError < 0.05, `${answer.symmetryError}`);
  assertEquals(answer.vectors.length, 2);
  assertAlmostEquals(Math.hypot(...answer.vectors[0]), 1, 1e-9);

  // The same weights and the same sequences by their files.
  const tokens = join(dir.path, "tokens.json");
  const rows = Array.from(
    { length: batch.count },
    (_, b) => [...batch.tokens.subarray(b * batch.length, (b + 1) * batch.length)],
  );
  await Deno.writeTextFile(tokens, JSON.stringify(rows));
  const weights = join(run, "checkpoint.safetensors");
  const config = join(run, "config.json");
  const named = await eer(
    ...["hessian", "--weights", weights, "--config", config, "--tokens", tokens, "--json"],
  );
  assertEquals(JSON.parse(named.stdout).eigenvalues, answer.eigenvalues);

  const lanczos = await eer("hessian", run, "--lanczos", "--iterations", "60", "--probes", "2", "--json");
  const estimate: Answer = JSON.parse(lanczos.stdout);
  assertEquals(estimate.method, "lanczos");
  const largest = answer.eigenvalues.at(-1);
  assertLess(Math.abs(estimate.eigenvalues.at(-1) - largest), 0.02 * largest);

  const text = await eer("hessian", run);
  assertStringIncludes(text.stdout, "matrixEntropy");
});

Deno.test("hessian --trajectory: grows, goes on, and follows single steps", async () => {
  await using dir = await tempDir();
  const run = join(dir.path, "run");
  await trainSmall(run, { trajectory: true });
  const out = join(dir.path, "hessians.json");
  const at = (steps: string) => ["hessian", run, "--trajectory", "--at", steps, "--out", out];
  assertEquals((await eer(...at("0"))).code, 0);
  const first = await readHessians(out);
  assertEquals((await eer(...at("0,2,6"), "--walk", "8")).code, 0);
  const { snapshots, walks, every } = await readHessians(out);
  assertEquals(snapshots.map(({ step }) => step), [0, 2, 6]);
  assertEquals(snapshots[0], first.snapshots[0]);
  assertEquals(every, 2);

  // Lengths do not depend on the basis.
  const { configuration } = await readRunFolder(run);
  const { parameters } = await readTrajectory(run, configuration);
  const moved = Math.hypot(...parameters[1].map((value, i) => value - parameters[0][i]));
  assertAlmostEquals(Math.hypot(...snapshots[0].departure!), moved, 1e-4 * moved);
  assertAlmostEquals(Math.hypot(...snapshots[1].arrival!), moved, 1e-4 * moved);
  assertEquals(snapshots[0].arrival, undefined);
  assertEquals(snapshots[2].departure, undefined);

  for (const { points } of walks) {
    assertEquals(points.map(({ step }) => step), [0, 4, 8]);
    const [start] = points;
    assertEquals([start.along, start.across], [0, 0]);
    assertEquals([start.riverLoss, start.valleyLoss], [start.loss, start.loss]);
  }
  // A lower threshold moves directions from the river to the valley.
  const across = walks.map(({ acrossShare }) => acrossShare);
  assertEquals(across, across.toSorted((a, b) => b - a));

  const other = await eer(...at("0"), "--sequences", "2");
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, "made with another configuration, engine or batch");
  assertEquals((await readHessians(out)).snapshots.length, 3);
});

Deno.test("hessian: mistakes get one clear sentence", async () => {
  await using dir = await tempDir();
  const run = join(dir.path, "run");
  await trainSmall(run);
  const mistakes: [string[], string][] = [
    [[], "give one run folder"],
    [[run, "--weights", "x"], "give one run folder"],
    [[run, "--probes", "2"], "--probes is for --lanczos"],
    [[run, "--at", "0"], "--at is for --trajectory"],
    [[run, "--lanczos", "--vectors", "2"], "--vectors needs the exact Hessian"],
    [[run, "--trajectory"], "--trajectory needs a run folder and --out"],
    [[run, "--sequences", "99"], "Cannot use --sequences 99 as the batch has 4"],
    [[run, "--out", join(dir.path, "no", "where.json")], "there is no directory"],
    [[join(dir.path, "nothing")], "Cannot read"],
  ];
  for (const [args, message] of mistakes) {
    const { code, stdout, stderr } = await eer("hessian", ...args);
    assertEquals([code, stdout], [1, ""], args.join(" "));
    assertStringIncludes(stderr, message);
    assert(!stderr.includes("    at "), stderr);
  }
});
