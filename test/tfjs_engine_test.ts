// The tfjs engine against the float64 forward pass in reference/ and its finite differences.
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import type { Engine, EngineProblem } from "../lib/engines/engine.ts";
import type { TfjsBackend } from "../lib/engines/tfjs/backends.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { randomStream } from "../lib/random.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { type Batch, IGNORED } from "../lib/tasks/task.ts";
import { modelCases, normalParameters } from "./arbitraries.ts";
import { assertAllClose, assertTermsClose } from "./reference/close.ts";
import { differences, gradientByDifferences, nearestTie } from "./reference/finite_differences.ts";
import { flatOf, forward, objective, objectiveOf } from "./reference/forward.ts";

/** Further from a kink than a difference quotient reaches. */
const CLEAR_OF_TIES = 1e-4;

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

/** A configuration's problem, with `count` induction sequences of the given length. */
function caseOf(changes: PartialConfiguration, { count, length }: { count: number; length: number }) {
  const config = configuration(changes);
  const task = taskOf(config.task);
  const { vocabulary, classes } = task;
  return {
    problem: { vocabulary, classes, model: config.model, objective: config.objective },
    batch: task.sample(randomStream(1, "batch"), count, length),
  };
}

/** The preset's own sizes, where it starts. */
function presetCase(changes: PartialConfiguration) {
  const { problem, batch } = caseOf(changes, { count: 4, length: 16 });
  return { problem, batch, parameters: initialParameters(problem, 1) };
}

/** Width 4, two loops, three sequences of 8 tokens. */
function smallCase({ model, objective }: PartialConfiguration = {}) {
  const small = { model: { width: 4, mlpWidth: 6, loops: 2, ...model }, objective };
  const { problem, batch } = caseOf(small, { count: 3, length: 8 });
  return { problem, batch, parameters: normalParameters(problem, 3) };
}

for (const [backend, numRuns] of [["wasm", 60], ["cpu", 12]] as const) {
  Deno.test(`${backend}: logits, terms and gradient of random models are the reference's`, async () => {
    await fc.assert(
      fc.asyncProperty(modelCases, async ({ problem, seed, batch }) => {
        const parameters = normalParameters(problem, seed);
        const passes = forward(problem, parameters, batch);
        fc.pre(nearestTie(passes) > CLEAR_OF_TIES);
        await withEngine(problem, async (engine) => {
          const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
          assertTermsClose(terms, objectiveOf(problem, passes, batch));
          assertAllClose(gradient, gradientByDifferences(problem, parameters, batch), "gradient");
          const logits = await engine.logits(parameters, batch);
          assertAllClose(logits, flatOf(passes, (pass) => pass.logits.at(-1)), "logits");
        }, backend);
      }),
      { seed: 2601, numRuns },
    );
  });

  Deno.test(`${backend}: the trace of random models is the reference's`, async () => {
    await fc.assert(
      fc.asyncProperty(modelCases, async ({ problem, seed, batch }) => {
        const parameters = normalParameters(problem, seed);
        const passes = forward(problem, parameters, batch);
        await withEngine(problem, async (engine) => {
          const trace = await engine.trace(parameters, batch, { attention: true });
          for (const part of ["states", "logits", "attention"] as const) {
            assertEquals(trace[part].length, problem.model.loops + (part === "attention" ? 0 : 1));
            trace[part].forEach((values, t) =>
              assertAllClose(values, flatOf(passes, (pass) => pass[part][t]), `${part}[${t}]`)
            );
          }
        }, backend);
      }),
      { seed: 9588, numRuns },
    );
  });
}

// All 932 partial derivatives would take half a minute a configuration. Three of every parameter are compared
// one by one, and the gradient's product with random directions sees every entry.
const presetChanges: PartialConfiguration[] = [
  { objective: { eta: 0.3 } },
  { model: { recency: 0 }, objective: { eta: 2, q: 2 } },
  { objective: { q: 0.7, kinetic: "norm", lambdaKinetic: 0.1 } },
  { objective: { q: 1, eta: -0.5 } },
  { model: { recency: 0 }, objective: { q: 1.0001, kinetic: "norm" } },
  { objective: { q: 3, lambdaEntropy: 1, lambdaPotential: 1 } },
];
for (const changes of presetChanges) {
  Deno.test(`preset eer with ${JSON.stringify(changes)} is the reference's`, async () => {
    const { problem, parameters, batch } = presetCase(changes);
    const passes = forward(problem, parameters, batch);
    const { terms, gradient, logits } = await withEngine(problem, async (engine) => ({
      ...await engine.lossAndGradient(parameters, batch),
      logits: await engine.logits(parameters, batch),
    }));
    assertTermsClose(terms, objectiveOf(problem, passes, batch));
    assertAllClose(logits, flatOf(passes, (pass) => pass.logits.at(-1)), "logits");

    const start = Float64Array.from(parameters);
    const along = (direction: (i: number) => number) => {
      const moved = (by: number) => start.map((value, i) => value + by * direction(i));
      return differences(([by]) => objective(problem, moved(by), batch).total, Float64Array.of(0))[0];
    };
    const tolerance = 1e-5 * Math.max(...gradient.map(Math.abs));
    const stream = randomStream(5, "directions");
    for (const { name, offset, size } of modelSpecification(problem).entries) {
      for (let draw = 0; draw < 3; draw++) {
        const at = offset + stream.integer(0, size - 1);
        assertAlmostEquals(gradient[at], along((i) => i === at ? 1 : 0), tolerance, `${name}, entry ${at}`);
      }
    }
    for (let draw = 0; draw < 5; draw++) {
      const unit = Float64Array.from(gradient, () => stream.normal() / Math.sqrt(gradient.length));
      const product = gradient.reduce((sum, value, i) => sum + value * unit[i], 0);
      assertAlmostEquals(product, along((i) => unit[i]), tolerance, "along a random direction");
    }
  });
}

Deno.test("keys that tie share the potential's gradient", async () => {
  // Without positions and recency the same token twice has the same key, whatever the parameters.
  const { problem, parameters, batch } = smallCase({
    model: { recency: 0, positions: { kind: "none" }, causal: false },
    objective: { lambdaPotential: 1 },
  });
  const { gradient } = await withEngine(problem, (engine) => engine.lossAndGradient(parameters, batch));
  assertAllClose(gradient, gradientByDifferences(problem, parameters, batch), "gradient");
});

for (const q of [0.5, 1, 1.5, 3]) {
  Deno.test(`attention that underflows single precision gives a right gradient at q = ${q}`, async () => {
    const { problem, parameters, batch } = smallCase({
      model: { recency: 40 },
      objective: { q, lambdaEntropy: 1 },
    });
    await withEngine(problem, async (engine) => {
      const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
      assertTermsClose(terms, objective(problem, parameters, batch));
      assertAllClose(gradient, gradientByDifferences(problem, parameters, batch), "gradient");
    });
  });
}

Deno.test("the plain norm's gradient is finite at Z_T = Z_0, its kink", async () => {
  const { problem, parameters, batch } = smallCase({ objective: { kinetic: "norm", lambdaKinetic: 1 } });
  for (const { name, offset, size } of modelSpecification(problem).entries) {
    if (/^(attention\.output|mlp\.out)/.test(name)) parameters.fill(0, offset, offset + size);
  }
  const { terms, gradient } = await withEngine(
    problem,
    (engine) => engine.lossAndGradient(parameters, batch),
  );
  assertAlmostEquals(terms.kinetic, 0, 1e-12);
  assert(gradient.every(Number.isFinite));
});

Deno.test("positions without a target do not count", async () => {
  const { problem, parameters, batch } = smallCase();
  const some = { ...batch, targets: batch.targets.map((target, i) => i % 3 === 0 ? IGNORED : target) };
  const none = { ...batch, targets: batch.targets.map(() => IGNORED) };
  await withEngine(problem, async (engine) => {
    for (const given of [some, none]) {
      const { terms, gradient } = await engine.lossAndGradient(parameters, given);
      assertTermsClose(terms, objective(problem, parameters, given));
      assertAllClose(gradient, gradientByDifferences(problem, parameters, given), "gradient");
    }
    assertEquals((await engine.lossAndGradient(parameters, none)).terms.task, 0);
  });
});

Deno.test("a sequence of one token attends to itself alone", async () => {
  const { problem, parameters } = smallCase();
  const batch: Batch = { tokens: Int32Array.of(2), targets: Int32Array.of(3), count: 1, length: 1 };
  await withEngine(problem, async (engine) => {
    const { attention } = await engine.trace(parameters, batch, { attention: true });
    assertEquals(attention.map((rows) => [...rows]), [[1], [1]]);
    const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
    assertTermsClose(terms, objective(problem, parameters, batch));
    assertAllClose(gradient, gradientByDifferences(problem, parameters, batch), "gradient");
  });
});

Deno.test("a causal model's logits do not depend on later tokens", async () => {
  const { problem, parameters, batch } = smallCase();
  const changed = batch.tokens.map((token, i) => i % 8 >= 5 ? (token + 1) % 3 : token);
  await withEngine(problem, async (engine) => {
    const before = await engine.logits(parameters, batch);
    const after = await engine.logits(parameters, { ...batch, tokens: changed });
    const position = (i: number) => Math.floor(i / problem.classes) % 8;
    assertEquals(before.filter((_, i) => position(i) < 5), after.filter((_, i) => position(i) < 5));
    assert(before.every((value, i) => position(i) < 5 || value !== after[i]));
  });
});

Deno.test("a sequence's logits do not depend on the others of its batch", async () => {
  const { problem, parameters, batch } = smallCase({ model: { causal: false, heads: 2 } });
  await withEngine(problem, async (engine) => {
    const all = await engine.logits(parameters, batch);
    const second = { tokens: batch.tokens.subarray(8, 16), count: 1, length: 8 };
    const size = 8 * problem.classes;
    assertAllClose(await engine.logits(parameters, second), all.subarray(size, 2 * size), "logits", {
      tolerance: 1e-6,
    });
  });
});

Deno.test("attention is left out of a trace unless asked for", async () => {
  const { problem, parameters, batch } = smallCase();
  const trace = await withEngine(problem, (engine) => engine.trace(parameters, batch));
  assertEquals([trace.states.length, trace.logits.length, trace.attention.length], [3, 3, 0]);
});

Deno.test("the same call gives the same bytes, whatever ran in between, and changes no input", async () => {
  const { problem, parameters, batch } = smallCase();
  const other = smallCase({ model: { heads: 2, recurrence: "plain" } });
  const inputs = structuredClone({ parameters, batch });
  await withEngine(problem, (engine) =>
    withEngine(other.problem, async (second) => {
      const first = await engine.lossAndGradient(parameters, batch);
      await second.lossAndGradient(other.parameters, other.batch);
      await engine.trace(parameters, batch, { attention: true });
      await engine.logits(parameters, batch);
      assertEquals(await engine.lossAndGradient(parameters, batch), first);
    }));
  assertEquals({ parameters, batch }, inputs);
});

Deno.test("calls that overlap do not disturb each other", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngine(problem, async (engine) => {
    const alone = await engine.lossAndGradient(parameters, batch);
    const together = await Promise.all([
      engine.lossAndGradient(parameters, batch),
      engine.trace(parameters, batch),
      engine.logits(parameters, batch),
      engine.lossAndGradient(parameters, batch),
    ]);
    assertEquals([together[0], together[3]], [alone, alone]);
    assertEquals(together[1].logits.at(-1), together[2]);
  });
});

Deno.test("calls on two backends that overlap do not disturb each other", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngine(problem, (wasm) =>
    withEngine(problem, async (cpu) => {
      const trace = (engine: Engine) => engine.trace(parameters, batch, { attention: true });
      const alone = [await trace(wasm), await trace(cpu)];
      assertEquals(await Promise.all([trace(wasm), trace(cpu)]), alone);
    }, "cpu"));
});

Deno.test("no tensors are left behind", async () => {
  const { problem, parameters, batch } = smallCase();
  await withEngine(problem, async (engine) => {
    const before = tf.memory().numTensors;
    for (let call = 0; call < 20; call++) {
      await engine.lossAndGradient(parameters, batch);
      await engine.logits(parameters, batch);
      await engine.trace(parameters, batch, { attention: true });
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

Deno.test("wrong inputs raise a RangeError and leave no tensors behind", async () => {
  const { problem, parameters, batch } = smallCase();
  const size = parameters.length;
  const withToken = (token: number) => ({ ...batch, tokens: batch.tokens.with(5, token) });
  const withTarget = (target: number) => ({ ...batch, targets: batch.targets.with(5, target) });
  const nothing = { tokens: new Int32Array(), targets: new Int32Array(), count: 0, length: 8 };
  const mistakes: [said: string, Float32Array, Batch][] = [
    ["token 3 (sequence 0, position 5)", parameters, withToken(3)],
    ["token -1", parameters, withToken(-1)],
    [`${size - 1} parameters as this model has ${size}`, parameters.subarray(1), batch],
    [`${size + 1} parameters`, Float32Array.of(...parameters, 0), batch],
    ["23 tokens", parameters, { ...batch, tokens: batch.tokens.subarray(1) }],
    ["0 sequences", parameters, nothing],
    ["target 4 (sequence 0, position 5)", parameters, withTarget(4)],
    ["target -2", parameters, withTarget(-2)],
    ["23 targets", parameters, { ...batch, targets: batch.targets.subarray(1) }],
  ];
  await withEngine(problem, async (engine) => {
    const before = tf.memory().numTensors;
    for (const [said, theta, wrong] of mistakes) {
      const calls = [() => engine.lossAndGradient(theta, wrong)] as (() => Promise<unknown>)[];
      if (!said.includes("target")) {
        calls.push(() => engine.logits(theta, wrong), () => engine.trace(theta, wrong));
      }
      for (const call of calls) {
        const error = await assertRejects(call, RangeError);
        assertStringIncludes(error.message, said);
      }
    }
    assertEquals(tf.memory().numTensors, before);
  });
});
