// The fused engine: what every engine must do (engine_contract.ts), and what is its own.
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Engine, EngineProblem } from "../lib/engines/engine.ts";
import { createFusedEngine, fusedCovers } from "../lib/engines/fused/engine.ts";
import { fusedBackends, kernelFiles } from "../lib/engines/fused/kernel_modules.ts";
import { KernelMemory } from "../lib/engines/fused/memory.ts";
import { createPool } from "../lib/engines/fused/pool.ts";
import { UserError } from "../lib/errors.ts";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { normalParameters } from "./arbitraries.ts";
import {
  assertAgreesInPart,
  caseOf,
  type EngineCase,
  engineContract,
  presetCase,
  smallCase,
} from "./engine_contract.ts";
import { assertAllClose, assertTermsClose } from "./reference/close.ts";
import { flatOf, forward, objective, objectiveOf } from "./reference/forward.ts";

for (const backend of fusedBackends) {
  engineContract(
    `fused on ${backend}`,
    (problem) => createFusedEngine(problem, { workers: 1, backend }),
    { numRuns: backend === "wasm-relaxed-simd" ? 60 : 20 },
  );
}

async function withEngines<T>(
  problem: EngineProblem,
  workers: number[],
  use: (...engines: Engine[]) => Promise<T>,
): Promise<T> {
  const engines = await Promise.all(workers.map((workers) => createFusedEngine(problem, { workers })));
  try {
    return await use(...engines);
  } finally {
    await Promise.all(engines.map((engine) => engine.dispose()));
  }
}

/** Two sequences of a length that does not fill its last tile, where the model starts. */
function startCase(changes: PartialConfiguration, length = 13): EngineCase {
  const { problem, batch } = caseOf(changes, { count: 2, length });
  return { problem, batch, parameters: initialParameters(problem, 2) };
}

const larger: [name: string, changes: PartialConfiguration][] = [
  ["width 64 with 4 heads", { model: { width: 64, heads: 4, mlpWidth: 256, loops: 5 } }],
  ["summed full-width heads, plain", {
    model: {
      width: 12,
      heads: 3,
      headWidth: 12,
      output: false,
      mlpWidth: 0,
      norm: "none",
      recurrence: "plain",
      loops: 3,
    },
  }],
  ["concatenated heads, looking both ways", {
    model: {
      width: 16,
      heads: 4,
      output: false,
      causal: false,
      recency: 0.4,
      recurrence: "injected",
      loops: 6,
    },
  }],
  ["one loop over a ⊥-less task", { task: { bottom: false }, model: { loops: 1, bias: false } }],
];
for (const [name, changes] of larger) {
  Deno.test(`fused: ${name} is the reference's`, async () => {
    const given = startCase(changes);
    await withEngines(given.problem, [2], (engine) => assertAgreesInPart(engine, given));
  });
}

Deno.test("fused: the preset at its longest training length is the reference's", async () => {
  const given = startCase({}, 64);
  const { problem, parameters, batch } = given;
  await withEngines(problem, [1], async (engine) => {
    const { terms } = await engine.lossAndGradient(parameters, batch);
    assertTermsClose(terms, objective(problem, parameters, batch));
  });
});

for (const causal of [true, false]) {
  Deno.test(`fused: long sequences (causal: ${causal}) are the reference's`, async () => {
    const { problem, parameters, batch } = startCase({ model: { loops: 3, causal } }, 301);
    const passes = forward(problem, parameters, batch);
    await withEngines(problem, [2], async (engine) => {
      const logits = await engine.logits(parameters, batch);
      assertAllClose(logits, flatOf(passes, (pass) => pass.logits.at(-1)), "logits");
      const { terms } = await engine.lossAndGradient(parameters, batch);
      assertTermsClose(terms, objectiveOf(problem, passes, batch));
    });
  });
}

for (const q of [0.7, 1, 1.5]) {
  Deno.test(`fused: small potential and entropy keep their digits at q = ${q}`, async () => {
    // Next to a row's own key the others weigh e⁻¹² or less.
    const { problem, parameters, batch } = startCase({ model: { loops: 2, recency: 12 }, objective: { q } });
    const expected = objective(problem, parameters, batch);
    assert(expected.potential < 2e-5);
    await withEngines(problem, [1], async (engine) => {
      const { terms } = await engine.lossAndGradient(parameters, batch);
      assertAlmostEquals(terms.potential, expected.potential, 1e-5 * expected.potential);
      assertAlmostEquals(terms.meanEntropy, expected.meanEntropy, 1e-5 * expected.meanEntropy);
    });
  });
}

Deno.test("fused: the far keys that an evaluation leaves out weigh less than 2⁻²⁷", async () => {
  // Twelvefold weights make some queries prefer a far key to their own: nothing that matters may be left out.
  const { problem, parameters, batch } = startCase({ model: { loops: 1, heads: 2, recency: 0.5 } }, 300);
  for (const [size, some] of [[1, true], [12, false]] as const) {
    const scaled = parameters.slice();
    for (const { name, offset, size: numbers } of modelSpecification(problem).entries) {
      if (!/^attention\.(query|key)/.test(name)) continue;
      for (let i = offset; i < offset + numbers; i++) scaled[i] *= size;
    }
    const passes = forward(problem, scaled, batch);
    await withEngines(problem, [1], async (engine) => {
      const { attention: [actual] } = await engine.trace(scaled, batch, { attention: true });
      let leftOut = 0;
      passes.flatMap((pass) => pass.attention.flat(2)).forEach((row, r) => {
        let share = 0;
        row.forEach((p, j) => {
          const found = actual[r * row.length + j];
          assert(Math.abs(found - p) < 1e-4, `row ${r}, key ${j}: ${found}, not ${p}`);
          if (found === 0 && p > 0) {
            share += p;
            leftOut++;
          }
        });
        assert(share < 2 ** -27, `the keys left out of row ${r} weigh ${share}`);
      });
      if (some) assert(leftOut > actual.length / 10, `only ${leftOut} entries are left out`);
    });
  }
});

Deno.test("fused: rows of attention made anew on the way back give the bytes that kept rows give", async () => {
  const { problem, parameters, batch } = startCase({ model: { heads: 2, loops: 3 } }, 45);
  const memory = new KernelMemory(problem, 1);
  const module = await WebAssembly.compile(await Deno.readFile(kernelFiles["wasm-simd"]));
  const pool = await createPool({ module, memory: memory.memory, workers: 1 });
  const layout = memory.prepare({ call: "gradient", count: 2, length: 45, attention: false });
  assertEquals(layout.shared.keepRows, 1);
  memory.write(layout, parameters, batch);
  memory.writeTargets(layout, batch);
  const settings = { ...layout.shared, ...memory.objectiveSettings(batch, 1) };
  const results = [];
  for (const keepRows of [1, 0]) {
    await pool.run({ call: "gradient", ...layout, shared: { ...settings, keepRows }, tasks: layout.groups });
    results.push(memory.gradient(layout, parameters));
  }
  await pool.close();
  assertEquals(results[0], results[1]);
});

for (const q of [0.05, 1 - 1e-7, 1 + 1e-7, 1 + 1e-13, 1.5, 40]) {
  Deno.test(`fused: S_q keeps its digits at q = ${q}, close to one-hot rows as well`, async () => {
    const given = presetCase({ model: { loops: 2 }, objective: { q, lambdaEntropy: 1 } });
    for (const size of [1, 4]) {
      const parameters = given.parameters.map((value) => size * value);
      await withEngines(given.problem, [1], async (engine) => {
        const { terms } = await engine.lossAndGradient(parameters, given.batch);
        assertTermsClose(terms, objective(given.problem, parameters, given.batch));
      });
    }
    await withEngines(given.problem, [1], (engine) => assertAgreesInPart(engine, given));
  });
}

Deno.test("fused: the bytes do not depend on the number of workers", async () => {
  for (const changes of [{}, { model: { heads: 2, causal: false, recurrence: "injected" as const } }]) {
    const { problem, batch } = caseOf({ model: { loops: 4 }, ...changes }, { count: 7, length: 21 });
    const parameters = normalParameters(problem, 4);
    await withEngines(problem, [1, 2, 3], async (one, ...others) => {
      const expected = [
        await one.lossAndGradient(parameters, batch),
        await one.logits(parameters, batch),
        await one.trace(parameters, batch, { attention: true }),
      ];
      for (const engine of others) {
        assertEquals(await engine.lossAndGradient(parameters, batch), expected[0]);
        assertEquals(await engine.logits(parameters, batch), expected[1]);
        assertEquals(await engine.trace(parameters, batch, { attention: true }), expected[2]);
      }
    });
  }
});

Deno.test("fused: the sign of mean S_q − η is that of the call, whatever it was at the last", async () => {
  const { problem, parameters, batch } = smallCase({ objective: { lambdaEntropy: 1, eta: 0.4, q: 2 } });
  const sharp = parameters.map((value) => 8 * value);
  await withEngines(problem, [1, 1], async (fresh, used) => {
    const { terms } = await used.lossAndGradient(sharp, batch);
    const expected = await fresh.lossAndGradient(parameters, batch);
    assert(terms.meanEntropy < 0.4 && expected.terms.meanEntropy > 0.4);
    assertEquals(await used.lossAndGradient(parameters, batch), expected);
  });
});

Deno.test("fused: NaN and infinite parameters come out as NaN, not as numbers or a hang", async () => {
  const { problem, parameters, batch } = smallCase({ objective: { eta: 0.4 } });
  for (const value of [NaN, Infinity]) {
    await withEngines(problem, [1], async (engine) => {
      const { terms } = await engine.lossAndGradient(parameters.with(40, value), batch);
      assert(Number.isNaN(terms.total));
    });
  }
});

Deno.test("fused: what cannot be used is said in a sentence", async () => {
  const { problem, parameters } = smallCase();
  assertEquals(fusedCovers(problem), undefined);
  for (const workers of [0, 1.5, -1, NaN]) {
    const error = await assertRejects(() => createFusedEngine(problem, { workers }), UserError);
    assertStringIncludes(error.message, "must be a whole number ≥ 1");
  }
  const { model } = configuration({ model: { width: 1024, mlpWidth: 8192, heads: 64, headWidth: 1024 } });
  const huge = { ...problem, model };
  assertMatch(fusedCovers(huge)!, /^the model has \d+ weights/);
  const error = await assertRejects(() => createFusedEngine(huge), UserError);
  assertStringIncludes(error.message, 'Cannot use engine "fused" as the model has');
  await withEngines(problem, [1], async (engine) => {
    const tokens = new Int32Array(20_000_000);
    const long = { tokens, count: 1, length: tokens.length };
    const error = await assertRejects(() => engine.logits(parameters, long), UserError);
    assertStringIncludes(error.message, "4 GB that WebAssembly can address");
    await engine.logits(parameters, { tokens: new Int32Array(8), count: 1, length: 8 });
  });
});

Deno.test("fused: a disposed engine refuses", async () => {
  const { problem, parameters, batch } = smallCase();
  const engine = await createFusedEngine(problem, { workers: 2 });
  const running = engine.logits(parameters, batch);
  const failed = assertRejects(() => running, Error, "disposed");
  await engine.dispose();
  await failed;
  await assertRejects(() => engine.logits(parameters, batch), Error, "disposed");
  await engine.dispose();
});

Deno.test("fused: a worker that fails is told of, and the rest end", async () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
  const module = await WebAssembly.compile(await Deno.readFile(kernelFiles["wasm-simd"]));
  const pool = await createPool({ module, memory, workers: 2 });
  const job = { call: "logits", own: {}, workerBytes: 0, tasks: 4 } as const;
  // An address beyond the memory.
  const shared = { length: 8, tiles: 1, width: 4, widthPadded: 4, tokens: 2 ** 30 };
  await assertRejects(() => pool.run({ ...job, shared }), Error, "a worker of the fused engine failed");
  await assertRejects(() => pool.run({ ...job, shared }), Error, "failed");
  await pool.close();
});

Deno.test("fused: a worker that ends in the middle of a step gives an error, not a hang", async () => {
  const { problem, batch } = caseOf({}, { count: 32, length: 64 });
  const parameters = initialParameters(problem, 1);
  const engine = await createFusedEngine(problem, { workers: 2 });
  const threads = new Set<Worker>();
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (...given: Parameters<typeof post>) {
    threads.add(this);
    return post.apply(this, given);
  };
  try {
    const step = engine.lossAndGradient(parameters, batch);
    const failed = assertRejects(() => step, Error, "a worker of the fused engine ended");
    while (threads.size < 2) await new Promise((resolve) => setTimeout(resolve, 0));
    await [...threads][0].terminate();
    await failed;
  } finally {
    Worker.prototype.postMessage = post;
    await engine.dispose();
  }
});

/** Runs a script that makes an engine, with read permission alone. */
async function run(ending: string): Promise<{ code: number; output: string }> {
  const script = `
    import { createFusedEngine } from "${new URL("../lib/engines/fused/engine.ts", import.meta.url)}";
    import { configuration } from "${new URL("../lib/models/config.ts", import.meta.url)}";
    const { model, objective } = configuration();
    const engine = await createFusedEngine({ vocabulary: 3, classes: 4, model, objective }, { workers: 2 });
    const parameters = new Float32Array(engine.specification.size);
    const logits = await engine.logits(parameters, { tokens: Int32Array.of(0, 1, 2), count: 1, length: 3 });
    console.log(logits.length);
    ${ending}`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, script);
    const config = new URL("../deno.offline.json", import.meta.url).pathname;
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--config", config, file],
      signal: AbortSignal.timeout(30_000),
    }).output();
    return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(file);
  }
}

for (const [what, ending] of [["after dispose", "await engine.dispose();"], ["without dispose", ""]]) {
  Deno.test(`fused: a process with an engine ends by itself ${what}`, async () => {
    assertEquals(await run(ending), { code: 0, output: "12\n" });
  });
}

Deno.test("fused: the committed modules are what the kernel's source compiles to", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const build = fileURLToPath(new URL("../lib/engines/fused/build.ts", import.meta.url));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-lock", build, folder],
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    for (const file of Object.values(kernelFiles)) {
      const committed = await Deno.readFile(file);
      const compiled = await Deno.readFile(join(folder, basename(file.pathname)));
      assert(
        committed.length === compiled.length && committed.every((byte, i) => byte === compiled[i]),
        `${basename(file.pathname)} is not: run lib/engines/fused/build.ts and commit what it writes`,
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
