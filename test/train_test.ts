import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { configuration } from "../lib/models/config.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { adamwStart } from "../lib/training/adamw.ts";
import { DivergenceError, train, trainingBatch, type TrainingState } from "../lib/training/train.ts";
import { smallConfiguration, smallEngine, spoiled } from "./small_run.ts";

const copy = ({ parameters, optimizer }: TrainingState): TrainingState =>
  structuredClone({ parameters, optimizer });

async function trained(steps: number, state?: TrainingState): Promise<TrainingState> {
  const small = smallConfiguration({ steps });
  const engine = await smallEngine(small);
  let last = state;
  for await (const step of train(small, { task: taskOf(small.task), engine, state })) last = step.state;
  return copy(last!);
}

Deno.test("training on from a state gives the same bytes as never having stopped", async () => {
  const whole = await trained(6);
  const half = await trained(3);
  assertEquals(await trained(6, copy(half)), whole);

  const cold = copy(half);
  const restarted = await trained(6, {
    parameters: cold.parameters,
    optimizer: { ...adamwStart(cold.parameters.length), step: 3 },
  });
  assertNotEquals(restarted.parameters, whole.parameters);
});

Deno.test("another seed gives another run", async () => {
  const first = await trained(2);
  const small = smallConfiguration({ steps: 2, seed: 1 });
  const engine = await smallEngine(small);
  for await (const { state } of train(small, { task: taskOf(small.task), engine })) {
    assertNotEquals(state.parameters, first.parameters);
  }
});

Deno.test("metrics come at the start, every so often and at the end", async () => {
  const small = smallConfiguration({ steps: 5, evaluateEvery: 2 });
  const engine = await smallEngine(small);
  const steps: number[] = [];
  for await (const { metrics, step, batch } of train(small, { task: taskOf(small.task), engine })) {
    if (metrics) steps.push(metrics.step);
    assertEquals(batch === undefined, step === 0);
  }
  assertEquals(steps, [0, 2, 4, 5]);
});

Deno.test("training lowers the objective", async () => {
  const small = smallConfiguration({ steps: 60, evaluateEvery: 60, learningRate: 1e-2 });
  const engine = await smallEngine(small);
  const totals: number[] = [];
  for await (const { metrics } of train(small, { task: taskOf(small.task), engine })) {
    if (metrics) totals.push(metrics.total);
  }
  assert(totals[1] < 0.9 * totals[0], `from ${totals[0]} to ${totals[1]}`);
});

Deno.test("a number that is not finite ends training and names the step", async () => {
  const small = smallConfiguration();
  // Calls: held-out batch, step 0, step 1, held-out batch, step 2.
  const broken = spoiled(
    await smallEngine(small),
    5,
    (result) => ({ ...result, gradient: result.gradient.fill(NaN, 3, 4) }),
  );
  const run = async () => {
    for await (const _ of train(small, { task: taskOf(small.task), engine: broken }));
  };
  await assertRejects(run, DivergenceError, "Training stopped at step 2 as the gradient norm is NaN");
});

Deno.test("every batch has one length within the curriculum's bounds, and uses both ends", () => {
  fc.assert(fc.property(
    fc.constantFrom("uniform", "growing"),
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 0, max: 20 }),
    (curriculum, minLength, more) => {
      const { training, task } = configuration({
        training: { curriculum, minLength, maxLength: minLength + more, steps: 400, batch: 1 },
      });
      const lengths = Array.from(
        { length: 400 },
        (_, step) => trainingBatch(taskOf(task), training, step).length,
      );
      assert(lengths.every((length) => length >= minLength && length <= minLength + more));
      assert(lengths.slice(200).includes(minLength + more) && lengths.includes(minLength));
      if (curriculum === "growing") {
        assertEquals(lengths[0], minLength);
        const early = lengths.slice(0, 100);
        assert(early.every((length) => length <= Math.round(minLength + more / 2)));
      }
    },
  ));
});
