import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { engineProblem } from "../lib/engines/engine.ts";
import { createEngine } from "../lib/engines/select.ts";
import { UserError } from "../lib/errors.ts";
import { plan } from "../lib/reproduce/plan.ts";
import { runInWorker, type RunProgress } from "../lib/reproduce/run_in_worker.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { parseMetrics } from "../lib/training/metrics.ts";
import { eer } from "./eer.ts";
import { runFiles, smallConfiguration, trainSmall } from "./small_run.ts";

const temp = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

Deno.test("the quick plan goes as far as Table 2, the full one as far as Table 1 on three seeds", () => {
  const quick = plan("out", { full: false });
  assertEquals(quick.map(({ preset }) => preset), ["eer", "eer-as-written"]);
  assert(
    quick.every(({ configuration: { training } }) =>
      training.steps === 10_000 && training.evaluateEvery === 500
    ),
  );
  const full = plan("out", { full: true });
  assertEquals(full.length, 12);
  assertEquals(new Set(full.map(({ directory }) => directory)).size, 12);
  assert(full.every(({ configuration: { training } }) => training.steps === 20_000));
});

Deno.test("a run in a worker has the bytes of one without, also when stopped in between", async () => {
  const configuration = smallConfiguration({ steps: 60, evaluateEvery: 20 });
  const engine = await createEngine(engineProblem(taskOf(configuration.task), configuration));
  await trainSmall(`${temp}/plain`, { small: configuration, engine });
  const job = { directory: `${temp}/worker`, configuration, engine: { workers: 2 } };

  const stop = new AbortController();
  const stopped = await runInWorker(job, {
    signal: stop.signal,
    onProgress: (progress) => progress.kind === "step" && progress.step >= 5 && stop.abort(),
  });
  assert(stopped.step < 60);
  assertEquals(stopped.measurements, undefined);

  const seen: RunProgress[] = [];
  const { step, parameters, metrics, measurements } = await runInWorker(job, {
    signal: new AbortController().signal,
    onProgress: (progress) => seen.push(progress),
  });
  assertEquals(await runFiles(`${temp}/worker`), await runFiles(`${temp}/plain`));
  assertEquals([step, metrics.map((row) => row.step)], [60, [0, 20, 40, 60]]);
  assertEquals(measurements?.evaluation.map(({ length }) => length), [10, 20, 50, 100, 200, 500, 1000]);
  assertEquals(measurements?.loops.accuracy.length, 2 * configuration.model.loops + 1);
  assert(parameters > 0 && seen.some(({ kind }) => kind === "measuring"));
});

Deno.test("what a run in a worker cannot do is told in one sentence", async () => {
  const job = { directory: `${temp}/none`, configuration: smallConfiguration(), engine: { engine: "warp" } };
  const options = { signal: new AbortController().signal, onProgress: () => {} };
  await assertRejects(() => runInWorker(job, options), UserError, `Cannot use engine "warp"`);
});

Deno.test("reproduce trains, measures and reports within its minutes", async () => {
  const out = `${temp}/out`;
  const { code, stdout, stderr } = await eer("reproduce", "--minutes", "1", "--out", out);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, /eer was trained for [\d,]+ of the paper's 20,000 steps/);
  assertStringIncludes(stdout, `Report: ${out}/report.html`);
  for (const preset of ["eer", "eer-as-written"]) {
    const { metrics } = await runFiles(`${out}/quick/${preset}-seed-0`);
    assertEquals(parseMetrics(metrics)[0].step, 0);
  }
  const page = await Deno.readTextFile(`${out}/report.html`);
  const figures = [...Deno.readDirSync(`${out}/figures`)].map(({ name }) => name);
  for (const format of ["svg", "png", "pdf"]) {
    assert(figures.filter((name) => name.endsWith(`.${format}`)).length >= 5);
  }
  for (const figure of figures) assertStringIncludes(page, `figures/${figure}`);
});

Deno.test("report measures run folders and names what it cannot read", async () => {
  const directory = `${temp}/reported`;
  await trainSmall(directory);
  const { code, stdout, stderr } = await eer(
    "report",
    directory,
    "--sequences",
    "2",
    "--out",
    `${temp}/report`,
    "--json",
  );
  assertEquals(code, 0, stderr);
  const { report, figures } = JSON.parse(stdout);
  assertStringIncludes(await Deno.readTextFile(report), "own configuration");
  for (const figure of figures) assert((await Deno.stat(figure)).size > 0);

  const missing = await eer("report", `${temp}/missing`);
  assertEquals([missing.code, missing.stdout], [1, ""]);
  assertMatch(missing.stderr, /^eer: Cannot read [^\n]*missing[^\n]*\n$/);
});
