import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../lib/errors.ts";
import { configuration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { openRunFolder, readRunFolder } from "../lib/training/run_folder.ts";
import { readTrajectory, writeTrajectory } from "../lib/training/trajectory.ts";
import { smallConfiguration, smallEngine, smallSettings, trainSmall } from "./small_run.ts";
import { tempDir } from "./temp_dir.ts";

const small = smallConfiguration();
const bytes = (directory: string) => Deno.readFile(`${directory}/trajectory.safetensors`);

Deno.test("a run keeps the parameters of its start, of each evaluation and of its end", async () => {
  await using directory = await tempDir();
  const temp = directory.path;
  await trainSmall(temp, { trajectory: true });
  const { steps, parameters } = await readTrajectory(temp, small);
  assertEquals(steps, [0, 2, 4, 6]);
  const { classes, vocabulary } = taskOf(small.task);
  const start = initialParameters({ vocabulary, classes, model: small.model }, small.training.seed);
  assertEquals(parameters[0], start);
  assertEquals(parameters[3], (await readRunFolder(temp)).checkpoint.parameters);
});

Deno.test("the trajectory of a run that was interrupted anywhere and resumed has the same bytes", async () => {
  await using directory = await tempDir();
  const temp = directory.path;
  await trainSmall(`${temp}/whole`, { trajectory: true });
  const whole = await bytes(`${temp}/whole`);
  for (const stopAfter of [0, 1, 2, 5]) {
    const stopped = `${temp}/stopped-${stopAfter}`;
    await trainSmall(stopped, { trajectory: true, stopAfter });
    await trainSmall(stopped, { resume: true });
    assertEquals(await bytes(stopped), whole);
  }
});

Deno.test("snapshots later than the checkpoint, as a crash leaves them, are made again", async () => {
  await using directory = await tempDir();
  const temp = directory.path;
  await trainSmall(temp, { trajectory: true });
  const whole = await bytes(temp);
  await trainSmall(`${temp}/short`, { trajectory: true, stopAfter: 2 });
  await Deno.copyFile(`${temp}/trajectory.safetensors`, `${temp}/short/trajectory.safetensors`);
  await trainSmall(`${temp}/short`, { resume: true });
  assertEquals(await bytes(`${temp}/short`), whole);
});

Deno.test("a trajectory is refused of a run that was begun without, and where it lacks a step", async () => {
  await using directory = await tempDir();
  const temp = directory.path;
  await trainSmall(`${temp}/without`, { stopAfter: 2 });
  const resumed = { resume: true, trajectory: true };
  const refused = () => trainSmall(`${temp}/without`, resumed);
  await assertRejects(refused, UserError, "it was begun without --trajectory");

  await trainSmall(`${temp}/lacking`, { trajectory: true, stopAfter: 4 });
  const { steps, parameters } = await readTrajectory(`${temp}/lacking`, small);
  const without = { steps: [steps[0], steps[2]], parameters: [parameters[0], parameters[2]] };
  await writeTrajectory(`${temp}/lacking`, without, small);
  await assertRejects(() => trainSmall(`${temp}/lacking`, resumed), UserError, "lacks step 2");
});

Deno.test("a trajectory of another model, with NaN or with steps out of order is refused", async () => {
  await using directory = await tempDir();
  const temp = directory.path;
  const read = () => readTrajectory(temp, small);
  await assertRejects(read, UserError, "trajectory.safetensors");
  await using folder = await openRunFolder(temp, { configuration: () => small });
  assertEquals(folder.step, 0);
  const { size } = (await smallEngine(small)).specification;
  const snapshot = new Float32Array(size);
  await writeTrajectory(temp, { steps: [2, 0], parameters: [snapshot, snapshot] }, small);
  await assertRejects(read, UserError, "ascending");
  await writeTrajectory(temp, { steps: [0], parameters: [snapshot.with(3, NaN)] }, small);
  await assertRejects(read, UserError, "NaN");
  await writeTrajectory(temp, { steps: [0], parameters: [snapshot] }, small);
  const wider = configuration({ ...smallSettings(), model: { width: 8 } });
  await assertRejects(() => readTrajectory(temp, wider), UserError, `snapshots have ${size} parameters`);
});
