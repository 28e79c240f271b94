/** The tfjs engine: the contract of every engine on its portable backends, and what is particular to it. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import type { Engine, EngineProblem } from "../lib/engines/engine.ts";
import type { TfjsBackend } from "../lib/engines/tfjs/backends.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { UserError } from "../lib/errors.ts";
import { caseOf, engineContract, presetCase, smallCase } from "./engine_contract.ts";

for (const [backend, numRuns] of [["wasm", 60], ["cpu", 12]] as const) {
  engineContract(`tfjs on ${backend}`, (problem) => createTfjsEngine(problem, { backend }), { numRuns });
}

async function withEngine<T>(
  problem: EngineProblem,
  use: (engine: Engine) => Promise<T>,
  backend: TfjsBackend = "wasm",
): Promise<T> {
  const engine = await createTfjsEngine(problem, { backend });
  try {
    return await use(engine);
  } finally {
    await engine.dispose();
  }
}

Deno.test("calls on two backends that overlap do not disturb each other", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngine(problem, (wasm) =>
    withEngine(problem, async (cpu) => {
      const trace = (engine: Engine) => engine.trace(parameters, batch, { attention: true });
      const alone = [await trace(wasm), await trace(cpu)];
      assertEquals(await Promise.all([trace(wasm), trace(cpu)]), alone);
    }, "cpu"));
});

Deno.test("no tensors are left behind, by calls that fail neither", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngine(problem, async (engine) => {
    const before = tf.memory().numTensors;
    for (let call = 0; call < 20; call++) {
      await engine.lossAndGradient(parameters, batch);
      await engine.logits(parameters, batch);
      await engine.trace(parameters, batch, { attention: true });
      await assertRejects(() => engine.logits(parameters.subarray(1), batch), RangeError);
      await assertRejects(() => engine.lossAndGradient(parameters, { ...batch, count: 0 }), RangeError);
      assertEquals(tf.memory().numTensors, before);
    }
  });
});

Deno.test("the backend that was asked for is the one that computes", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngine(problem, (wasm) =>
    withEngine(problem, async (cpu) => {
      assertEquals([wasm.name, wasm.backend, cpu.backend], ["tfjs", "wasm", "cpu"]);
      for (const engine of [wasm, cpu, wasm]) {
        await engine.logits(parameters, batch);
        assertEquals(tf.getBackend(), engine.backend);
      }
    }, "cpu"));
});

Deno.test("attention that is too large to hold is refused in a sentence", async () => {
  const { problem, parameters } = presetCase({ model: { loops: 1 } });
  const { batch } = caseOf({}, { count: 1, length: 8193 });
  await withEngine(problem, async (engine) => {
    const error = await assertRejects(() => engine.logits(parameters, batch), UserError);
    assertStringIncludes(error.message, "use shorter ones or --engine fused");
  });
});
