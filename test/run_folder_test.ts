import { assert, assertEquals, assertNotEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { UserError } from "../lib/errors.ts";
import { configuration } from "../lib/models/config.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { openRunFolder, readRunFolder } from "../lib/training/run_folder.ts";
import {
  runFiles,
  smallConfiguration,
  smallEngine,
  smallSettings,
  spoiled,
  trainSmall,
} from "./small_run.ts";

async function inTemp(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Opens for resuming and closes again, for what that refuses. */
async function reopen(directory: string, small = smallConfiguration()): Promise<void> {
  await using _ = await openRunFolder(directory, { configuration: () => small, resume: true });
}

Deno.test("a run that was interrupted anywhere and resumed has the same bytes", () =>
  inTemp(async (temp) => {
    await trainSmall(`${temp}/whole`);
    const whole = await runFiles(`${temp}/whole`);
    for (const stopAfter of [0, 1, 2, 5]) {
      const directory = `${temp}/stopped-${stopAfter}`;
      await trainSmall(directory, { stopAfter });
      const { checkpoint } = await readRunFolder(directory);
      assertEquals(checkpoint.optimizer?.step, stopAfter);
      await trainSmall(directory, { resume: true });
      assertEquals(await runFiles(directory), whole);
    }
  }));

Deno.test("a finished run that is resumed stays as it is", () =>
  inTemp(async (temp) => {
    await trainSmall(`${temp}/run`);
    const before = await runFiles(`${temp}/run`);
    await trainSmall(`${temp}/run`, { resume: true });
    assertEquals(await runFiles(`${temp}/run`), before);
  }));

Deno.test("a run resumed with more steps has the bytes of one that had them from the start", () =>
  inTemp(async (temp) => {
    await trainSmall(`${temp}/long`, { small: smallConfiguration({ steps: 6 }) });
    await trainSmall(`${temp}/short`, { small: smallConfiguration({ steps: 3 }) });
    await trainSmall(`${temp}/short`, { small: smallConfiguration({ steps: 6 }), resume: true });
    assertEquals(await runFiles(`${temp}/short`), await runFiles(`${temp}/long`));
  }));

Deno.test("without --resume an existing run is refused, with it a missing one starts", () =>
  inTemp(async (temp) => {
    await trainSmall(`${temp}/run`, { resume: true });
    await assertRejects(() => trainSmall(`${temp}/run`), UserError, "as it holds a run");
  }));

Deno.test("a run of another configuration, or a longer one, is refused and keeps its bytes", () =>
  inTemp(async (temp) => {
    await trainSmall(temp);
    const before = await runFiles(temp);
    const other = configuration({ ...smallSettings(), objective: { q: 2 } });
    await assertRejects(() => reopen(temp, other), UserError, "its objective.q is 1.5, not 2");
    await assertRejects(
      () => reopen(temp, smallConfiguration({ seed: 5 })),
      UserError,
      "its training.seed is 0, not 5",
    );
    await assertRejects(
      () => reopen(temp, smallConfiguration({ steps: 2 })),
      UserError,
      "its checkpoint is at step 6, beyond training.steps 2",
    );
    assertEquals(await runFiles(temp), before);
  }));

Deno.test("a growing curriculum cannot be given more steps afterwards", () =>
  inTemp(async (temp) => {
    await trainSmall(temp, { small: smallConfiguration({ curriculum: "growing" }) });
    const longer = smallConfiguration({ curriculum: "growing", steps: 8 });
    await assertRejects(() => reopen(temp, longer), UserError, "its training.steps is 6, not 8");
  }));

Deno.test("another engine or backend is refused on resume", () =>
  inTemp(async (temp) => {
    await trainSmall(temp);
    await using folder = await openRunFolder(temp, {
      configuration: () => smallConfiguration(),
      resume: true,
    });
    assertEquals(folder.engineChoice({ workers: 3 }), { engine: "tfjs", backend: "cpu", workers: 3 });
    assertEquals(folder.engineChoice({ engine: "auto" }), { engine: "tfjs", backend: "cpu" });
    let message = "";
    try {
      folder.engineChoice({ backend: "wasm" });
    } catch (error) {
      message = (error as Error).message;
    }
    assertStringIncludes(message, "it was trained with --engine tfjs --backend cpu");
  }));

Deno.test("two writers cannot have one folder", () =>
  inTemp(async (temp) => {
    await using _ = await openRunFolder(temp, { configuration: () => smallConfiguration() });
    await assertRejects(() => reopen(temp), UserError, "another process");
  }));

Deno.test("a diverging run keeps its last good checkpoint", () =>
  inTemp(async (temp) => {
    const small = smallConfiguration();
    // Calls: held-out, step 0, step 1, held-out (evaluation at 2), step 2, step 3.
    const broken = spoiled(
      await smallEngine(small),
      6,
      (result) => ({ ...result, terms: { ...result.terms, total: Infinity } }),
    );
    await assertRejects(() => trainSmall(temp, { engine: broken }), UserError, "Training stopped at step 3");
    const { checkpoint, metrics } = await readRunFolder(temp);
    assertEquals(checkpoint.optimizer?.step, 2);
    assertEquals(metrics.map(({ step }) => step), [0, 2]);
    // And it can go on from there, to the same end as if nothing had happened.
    await trainSmall(temp, { resume: true });
    await trainSmall(`${temp}/whole`);
    assertEquals(await runFiles(temp), await runFiles(`${temp}/whole`));
  }));

Deno.test("a damaged folder is told in one sentence", () =>
  inTemp(async (temp) => {
    await trainSmall(temp);
    const metrics = await Deno.readTextFile(`${temp}/metrics.csv`);
    await Deno.writeTextFile(`${temp}/metrics.csv`, metrics.replace(/^2,.*$/m, "2,abc"));
    await assertRejects(() => reopen(temp), UserError, "metrics.csv: Cannot read metrics: line 3");
    await Deno.remove(`${temp}/metrics.csv`);
    await assertRejects(() => reopen(temp), UserError, "metrics.csv");
    await Deno.writeTextFile(`${temp}/config.json`, "{");
    await assertRejects(() => reopen(temp), UserError, "is not JSON");
    await Deno.remove(`${temp}/config.json`);
    await assertRejects(() => reopen(temp), UserError, "it holds a checkpoint but no config.json");
  }));

Deno.test("leaving the loop early keeps the steps that were done", () =>
  inTemp(async (temp) => {
    const small = smallConfiguration({ evaluateEvery: 100 });
    {
      await using folder = await openRunFolder(temp, { configuration: () => small });
      const engine = await smallEngine(small);
      for await (const { step } of folder.train({ task: taskOf(small.task), engine })) if (step === 3) break;
    }
    const { checkpoint } = await readRunFolder(temp);
    assertEquals(checkpoint.optimizer?.step, 3);
    assert(checkpoint.parameters.length > 0);
    const other = await readRunFolder(temp);
    assertNotEquals(other.checkpoint.parameters, new Float32Array(other.checkpoint.parameters.length));
  }));
