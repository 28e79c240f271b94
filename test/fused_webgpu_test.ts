// The fused engine on WebGPU. Where no graphics card is there, a Vulkan driver in software will do.
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { requestAdapter } from "../lib/engines/adapter.ts";
import type { Engine, EngineProblem } from "../lib/engines/engine.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import { createFusedWebgpuEngine, fusedWebgpuCovers } from "../lib/engines/fused/webgpu/engine.ts";
import { sequencesAtOnce, spans } from "../lib/engines/fused/webgpu/plan.ts";
import { RowWeights } from "../lib/engines/fused/webgpu/row_weights.ts";
import { createEngine } from "../lib/engines/select.ts";
import { UserError } from "../lib/errors.ts";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { modelCases, normalParameters } from "./arbitraries.ts";
import { caseOf, engineContract, presetCase, smallCase } from "./engine_contract.ts";
import { assertAllClose, assertTermsClose } from "./reference/close.ts";

const adapter = await requestAdapter();

if (adapter) {
  engineContract("fused on webgpu", createFusedWebgpuEngine, { numRuns: 6 });
} else {
  Deno.test({
    name: "fused on webgpu: no adapter here (mesa-vulkan-drivers has one)",
    ignore: true,
    fn() {},
  });
}

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `fused on webgpu: ${name}`, ignore: !adapter, fn });
}

/** Both engines for a problem, the one on the card first. */
async function withEngines(
  problem: EngineProblem,
  use: (card: Engine, processor: Engine) => Promise<void>,
): Promise<void> {
  const engines = [await createFusedWebgpuEngine(problem), await createFusedEngine(problem, { workers: 1 })];
  try {
    await use(engines[0], engines[1]);
  } finally {
    for (const engine of engines) await engine.dispose();
  }
}

async function assertSame(changes: PartialConfiguration, size: { count: number; length: number }) {
  const { problem, batch } = caseOf(changes, size);
  const parameters = initialParameters(problem, 2);
  await withEngines(problem, async (card, processor) => {
    const [actual, expected] = [
      await card.lossAndGradient(parameters, batch),
      await processor.lossAndGradient(parameters, batch),
    ];
    assertTermsClose(actual.terms, expected.terms);
    assertAllClose(actual.gradient, expected.gradient, "gradient");
  });
}

test("random models have the gradient that the processor finds", async () => {
  await fc.assert(
    fc.asyncProperty(modelCases, async ({ problem, seed, batch }) => {
      const parameters = normalParameters(problem, seed);
      await withEngines(problem, async (card, processor) => {
        const [actual, expected] = [
          await card.lossAndGradient(parameters, batch),
          await processor.lossAndGradient(parameters, batch),
        ];
        assertTermsClose(actual.terms, expected.terms);
        assertAllClose(actual.gradient, expected.gradient, "gradient");
      });
    }),
    { seed: 4242, numRuns: 6 },
  );
});

test("sequences longer than a workgroup, in several launches, have the processor's gradient", async () => {
  await assertSame({}, { count: 1, length: 300 });
  await assertSame({ model: { causal: false, loops: 3, recurrence: "plain" }, objective: { q: 2 } }, {
    count: 2,
    length: 70,
  });
});

test("a sequence of 1000 tokens has the processor's logits", async () => {
  const { problem, batch } = caseOf({}, { count: 1, length: 1000 });
  const parameters = initialParameters(problem, 2);
  await withEngines(problem, async (card, processor) => {
    const logits = await card.logits(parameters, batch);
    assertAllClose(logits, await processor.logits(parameters, batch), "logits");
  });
});

test("two engines give the same bytes", async () => {
  const { problem, parameters, batch } = presetCase({ objective: { eta: 0.3 } });
  const results = [];
  for (let run = 0; run < 2; run++) {
    const engine = await createFusedWebgpuEngine(problem);
    results.push([await engine.lossAndGradient(parameters, batch), await engine.logits(parameters, batch)]);
    await engine.dispose();
  }
  assertEquals(results[0], results[1]);
});

test("more sequences than go at once are done in parts", async () => {
  const { problem, parameters } = smallCase({ model: { mlpWidth: 0, loops: 1 } });
  const count = 4100;
  const tokens = Int32Array.from({ length: count }, (_, i) => i % 3);
  const batch = { tokens, targets: tokens, count, length: 1 };
  await withEngines(problem, async (card, processor) => {
    const actual = await card.lossAndGradient(parameters, batch);
    const expected = await processor.lossAndGradient(parameters, batch);
    assertTermsClose(actual.terms, expected.terms);
    assertAllClose(actual.gradient, expected.gradient, "gradient");
    const logits = await card.logits(parameters, batch);
    assertAllClose(logits, await processor.logits(parameters, batch), "logits");
  });
});

test("NaN and infinite parameters come out as NaN", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngines(problem, async (card) => {
    for (const value of [NaN, Infinity]) {
      const { terms } = await card.lossAndGradient(parameters.with(40, value), batch);
      assert(Number.isNaN(terms.total), `the total is ${terms.total}`);
    }
  });
});

test("what does not fit the card is refused in a sentence, and the engine goes on", async () => {
  const { problem, parameters, batch } = smallCase();
  const length = Math.ceil(Math.sqrt(2 ** 30 / 4)) + 1;
  const long = { tokens: new Int32Array(length), count: 1, length };
  await withEngines(problem, async (card) => {
    const error = await assertRejects(() => card.trace(parameters, long, { attention: true }), UserError);
    assertMatch(
      error.message,
      /^Cannot run a sequence of length \d+ on fused backend "webgpu", as this would take/,
    );
    await card.lossAndGradient(parameters, batch);
  });
});

test("a card that is lost while it computes ends the call with a sentence, and so does every later one", async () => {
  const { problem, parameters, batch } = presetCase({});
  const request = GPUAdapter.prototype.requestDevice;
  let device: GPUDevice | undefined;
  GPUAdapter.prototype.requestDevice = async function (...options) {
    return device = await request.apply(this, options);
  };
  let engine: Engine;
  try {
    engine = await createFusedWebgpuEngine(problem);
  } finally {
    GPUAdapter.prototype.requestDevice = request;
  }
  await engine.logits(parameters, batch);
  const running = engine.lossAndGradient(parameters, batch);
  device!.destroy();
  for (const call of [() => running, () => engine.logits(parameters, batch)]) {
    const error = await assertRejects(call, UserError);
    assertStringIncludes(error.message, "the graphics card was lost");
  }
  await engine.dispose();
});

test("a disposed engine refuses", async () => {
  const { problem, parameters, batch } = smallCase();
  const engine = await createFusedWebgpuEngine(problem);
  const running = engine.logits(parameters, batch);
  const failed = assertRejects(() => running, Error, "disposed");
  await engine.dispose();
  await failed;
  await assertRejects(() => engine.logits(parameters, batch), Error, "disposed");
  await engine.dispose();
});

for (const [what, ending] of [["after dispose", "await engine.dispose();"], ["without dispose", ""]]) {
  test(`a process with an engine ends by itself ${what}`, async () => {
    const script = `
      import { createFusedWebgpuEngine } from "${new URL("../lib/mod.ts", import.meta.url)}";
      import { configuration } from "${new URL("../lib/models/config.ts", import.meta.url)}";
      const { model, objective } = configuration({ model: { loops: 1 } });
      const engine = await createFusedWebgpuEngine({ vocabulary: 3, classes: 4, model, objective });
      const parameters = new Float32Array(engine.specification.size);
      const logits = await engine.logits(parameters, { tokens: Int32Array.of(0, 1, 2), count: 1, length: 3 });
      console.log(logits.length);
      ${ending}`.replace("lib/mod.ts", "lib/engines/fused/webgpu/engine.ts");
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    try {
      await Deno.writeTextFile(file, script);
      const config = new URL("../deno.offline.json", import.meta.url).pathname;
      const { code, stdout } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "--no-prompt",
          "--allow-read",
          "--allow-env=DENO_WEBGPU_BACKEND",
          "--config",
          config,
          file,
        ],
        signal: AbortSignal.timeout(60_000),
      }).output();
      assertEquals({ code, output: new TextDecoder().decode(stdout) }, { code: 0, output: "12\n" });
    } finally {
      await Deno.remove(file);
    }
  });
}

test("auto takes it where backend webgpu is asked for, but leaves wide models to tfjs", async () => {
  const { problem } = smallCase();
  const { model } = configuration({ model: { width: 256 } });
  const wide = { ...problem, model };
  assertEquals(fusedWebgpuCovers(problem), undefined);
  assertStringIncludes(fusedWebgpuCovers(wide)!, "256 wide");
  const error = await assertRejects(() => createFusedWebgpuEngine(wide), UserError);
  assertStringIncludes(
    error.message,
    `Cannot use fused backend "webgpu" as the model or its heads are 256 wide`,
  );
  for (const [given, expected] of [[problem, "fused"], [wide, "tfjs"]] as const) {
    const engine = await createEngine(given, { backend: "webgpu" });
    assertEquals([engine.name, engine.backend], [expected, "webgpu"]);
    await engine.dispose();
  }
});

Deno.test("fused on webgpu: spans cover every loop once, and software's limit is kept", () => {
  fc.assert(
    fc.property(
      modelCases,
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 100 }),
      (given, length, loops) => {
        const problem = { ...given.problem, model: { ...given.problem.model, loops } };
        const all = spans(problem, new RowWeights(problem), { length, group: 256, software: true });
        let next = 0;
        for (const { firstLoop, endLoop } of all) {
          assertEquals(firstLoop, next);
          assert(endLoop > firstLoop);
          next = endLoop;
        }
        assertEquals(next, loops);
      },
    ),
    { seed: 7, numRuns: 50 },
  );
  const { problem } = presetCase({});
  const weights = new RowWeights(problem);
  assertEquals(spans(problem, weights, { length: 40, group: 64, software: true }).length, 1);
  assert(spans(problem, weights, { length: 4000, group: 256, software: false }).length > 1);
  const tooLong = () => spans(problem, weights, { length: 4000, group: 256, software: true });
  assertStringIncludes(assertThrows(tooLong, UserError).message, "leaves long loops unfinished");
  assertEquals(sequencesAtOnce({ state: 100, sums: 10 }, { length: 8, most: 1000 }), 10);
});
