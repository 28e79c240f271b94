// The tfjs engine on WebGPU. Where no graphics card is there, a Vulkan driver in software will do.
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { requestAdapter } from "../lib/engines/adapter.ts";
import { UserError } from "../lib/errors.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { caseOf, engineContract, presetCase, smallCase } from "./engine_contract.ts";

const adapter = await requestAdapter();
/** Sequences of 1000 tokens whose attention is just above what a buffer of the adapter holds. */
const tooMany = adapter ? Math.floor(adapter.limits.maxStorageBufferBindingSize / 4 / 1000 ** 2) + 1 : 0;

if (adapter) {
  engineContract("webgpu", (problem) => createTfjsEngine(problem, { backend: "webgpu" }), { numRuns: 12 });
} else {
  Deno.test({ name: "webgpu: no adapter here (mesa-vulkan-drivers has one)", ignore: true, fn: () => {} });
}

Deno.test({
  name: "webgpu computes and leaves no tensors behind, on the card as in tfjs's books",
  ignore: !adapter,
  fn: async () => {
    const { problem, parameters, batch } = smallCase();
    const engine = await createTfjsEngine(problem, { backend: "webgpu" });
    const call = async () => {
      await engine.lossAndGradient(parameters, batch);
      await engine.logits(parameters, batch);
      await engine.trace(parameters, batch, { attention: true });
      assertEquals(tf.getBackend(), "webgpu");
      const { numTensors, numBytesInGPU } = tf.memory() as tf.MemoryInfo & { numBytesInGPU: number };
      return { numTensors, numBytesInGPU };
    };
    const first = await call();
    for (let again = 0; again < 5; again++) assertEquals(await call(), first);
  },
});

Deno.test({
  name: "webgpu and wasm take turns without disturbing each other",
  ignore: !adapter,
  fn: async () => {
    const { problem, parameters, batch } = smallCase();
    const engines = [
      await createTfjsEngine(problem, { backend: "webgpu" }),
      await createTfjsEngine(problem, { backend: "wasm" }),
    ];
    const traces = engines.map((engine) => () => engine.trace(parameters, batch, { attention: true }));
    const alone = [await traces[0](), await traces[1]()];
    assertEquals(await Promise.all(traces.map((trace) => trace())), alone);
  },
});

Deno.test({
  name: "webgpu: what does not fit the card is refused, not answered with zeros",
  // The engine's own limit comes first where a buffer holds 256 MiB.
  ignore: !adapter || tooMany > 67,
  fn: async () => {
    const { problem, parameters } = presetCase({ model: { loops: 1 } });
    const { batch } = caseOf({}, { count: tooMany, length: 1000 });
    const engine = await createTfjsEngine(problem, { backend: "webgpu" });
    const before = tf.memory().numTensors;
    const error = await assertRejects(() => engine.logits(parameters, batch), UserError);
    assertStringIncludes(error.message, `Cannot compute this on backend "webgpu"`);
    assertEquals(tf.memory().numTensors, before);
    const small = { tokens: batch.tokens.subarray(0, 10), count: 1, length: 10 };
    const wasm = await createTfjsEngine(problem, { backend: "wasm" });
    const [there, here] = [await engine.logits(parameters, small), await wasm.logits(parameters, small)];
    there.forEach((value, i) => assertEquals(Math.abs(value - here[i]) < 1e-4, true));
  },
});
