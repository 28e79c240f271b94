import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { type Engine, engineProblem } from "../lib/engines/engine.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import { UserError } from "../lib/errors.ts";
import type { Configuration } from "../lib/models/config.ts";
import { preset } from "../lib/models/presets.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { positionalEncoding } from "../lib/models/positions.ts";
import { parameterView } from "../lib/parameters.ts";
import { euclideanNorm } from "../lib/vectors.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../lib/training/checkpoint.ts";
import {
  defaultCriterion,
  hasSettled,
  observe,
  plateauStart,
  type ShiftCriterion,
} from "../lib/training/plateau.ts";
import {
  shift,
  type ShiftOptions,
  type ShiftState,
  type ShiftStep,
  singleConfiguration,
} from "../lib/training/shift.ts";
import { heldOutBatch, train, type TrainingState } from "../lib/training/train.ts";
import { smallMarkov } from "./small_markov.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const small = smallMarkov({ minLength: 4, maxLength: 8, steps: 9, evaluateEvery: 4, evaluateSequences: 4 });
const task = taskOf(small.task);
/** Met by the second window of two steps, whatever the losses. */
const early: ShiftCriterion = { window: 2, plateau: 1e6, stability: 1e6, patience: 1 };

const make = (config: Configuration) => createFusedEngine(engineProblem(task, config), { workers: 1 });
const engines = { single: await make(singleConfiguration(small)), looped: await make(small) };
Deno.test.afterAll(async () => {
  await engines.single.dispose();
  await engines.looped.dispose();
});

interface Seen extends Omit<ShiftStep, "state"> {
  readonly state: ShiftState;
}

/** All steps, each with a copy of its state. */
async function steps(options: Partial<ShiftOptions>, config = small): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const step of shift(config, { task, engines, criterion: early, ...options })) {
    seen.push({ ...step, state: structuredClone({ ...step.state }) });
  }
  return seen;
}

const essence = ({ parameters, optimizer }: TrainingState) => ({ parameters, optimizer });

Deno.test("before the switch it is the single layer's training, after it the looped one's from there, to the byte", async () => {
  const seen = await steps({});
  assertEquals(seen.map(({ step }) => step), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(seen.map(({ stage }) => stage), [...Array(5).fill("single"), ...Array(5).fill("looped")]);
  assertEquals(seen.filter(({ switched }) => switched).map(({ step }) => step), [4]);
  assertEquals(seen.filter(({ metrics }) => metrics).map(({ step }) => step), [0, 4, 8, 9]);
  assertEquals(seen.map(({ state }) => state.switchedAt), [...Array(4).fill(undefined), ...Array(6).fill(4)]);

  const apart: TrainingState[] = [];
  const short = { ...small, training: { ...small.training, steps: 4 } };
  for await (const { state } of train(short, { task, engine: engines.single })) {
    apart.push(structuredClone(essence(state)));
  }
  // The optimiser's moments and count go on.
  const state = structuredClone(apart.at(-1)!);
  for await (const each of train(small, { task, engine: engines.looped, state })) {
    apart.push(structuredClone(essence(each.state)));
  }
  assertEquals(seen.map(({ state }) => essence(state)), apart);
});

Deno.test("the report of the switch is of the same parameters in both models", async () => {
  const { switched, state } = (await steps({})).find((step) => step.switched)!;
  for (const stage of ["single", "looped"] as const) {
    const expected = await engines[stage].lossAndGradient(
      state.parameters,
      heldOutBatch(task, small.training),
    );
    assertEquals(switched![stage].terms, expected.terms);
    assertAlmostEquals(switched![stage].gradientNorm, euclideanNorm(expected.gradient), 1e-12);
  }
  assert(switched!.single.terms.task !== switched!.looped.terms.task);
});

Deno.test("going on from any step, through a checkpoint's bytes, ends in the same bytes", async () => {
  const whole = await steps({});
  const end = whole.at(-1)!;
  for (const cut of [0, 1, 3, 4, 5, 8]) {
    const { parameters, optimizer, plateau, switchedAt } = whole[cut].state;
    const bytes = encodeCheckpoint({
      configuration: small,
      parameters,
      optimizer,
      shift: { plateau, switchedAt },
    });
    const stored = decodeCheckpoint(bytes, { label: "checkpoint" });
    const state = { ...stored.shift!, parameters: stored.parameters, optimizer: stored.optimizer! };
    assertEquals((await steps({ state })).at(-1)!.state, end.state);
  }
});

Deno.test("a checkpoint whose shift metadata is something else is refused", () => {
  const parameters = new Float32Array(modelSpecification({ ...task, model: small.model }).size);
  const text = new TextDecoder("latin1").decode(
    encodeCheckpoint({ configuration: small, parameters, shift: { plateau: plateauStart } }),
  );
  for (const [found, put] of [['\\"passed\\":0', '\\"passed\\":x'], ['\\"counted\\":0', '\\"counted\\":-']]) {
    const damaged = text.replace(found, put);
    assert(damaged !== text);
    let message = "";
    try {
      decodeCheckpoint(Uint8Array.from(damaged, (char) => char.charCodeAt(0)), { label: "F" });
    } catch (error) {
      assert(error instanceof UserError);
      message = error.message;
    }
    assertEquals(message, "Cannot read F as its shift metadata is not how far SHIFT is");
  }
});

Deno.test("a criterion that is never met leaves the single layer to the end", async () => {
  const seen = await steps({ criterion: { ...early, patience: 99 } });
  assert(seen.every(({ stage, switched }) => stage === "single" && !switched));
  assertEquals(seen.at(-1)!.step, 9);
});

Deno.test("a signal ends it within either stage", async () => {
  for (const last of [2, 6]) {
    const stop = new AbortController();
    const seen: number[] = [];
    for await (const { step } of shift(small, { task, engines, criterion: early, signal: stop.signal })) {
      seen.push(step);
      if (step === last) stop.abort();
    }
    assertEquals(seen.at(-1), last);
  }
});

Deno.test("thresholds that make no sense and models that differ are refused", async () => {
  for (
    const [wrong, message] of [
      [{ window: 0 }, "Cannot switch by window 0: it must be a whole number ≥ 1"],
      [{ patience: 1.5 }, "Cannot switch by patience 1.5: it must be a whole number ≥ 1"],
      [{ plateau: 0 }, "Cannot switch by plateau 0: it must be a number > 0"],
      [{ stability: NaN }, "Cannot switch by stability NaN: it must be a number > 0"],
    ] as const
  ) {
    await assertRejects(() => steps({ criterion: { ...early, ...wrong } }), UserError, message);
  }
  const { looped } = engines;
  const other: Engine = { ...looped, problem: { ...looped.problem, classes: 7 } };
  await assertRejects(
    () => shift(small, { task, engines: { single: other, looped } }).next(),
    UserError,
    "Cannot train in stages as the two models differ in more than model.loops",
  );
});

/** When the tests are first passed often enough, from the whole record: the definition. */
function byDefinition(
  record: { loss: number; gradientNorm: number }[],
  { window, plateau, stability, patience }: ShiftCriterion,
): number | undefined {
  const mean = (index: number, key: "loss" | "gradientNorm") =>
    record.slice(index * window, (index + 1) * window).reduce((sum, each) => sum + each[key], 0) / window;
  const passes = (index: number) =>
    index >= 1 &&
    mean(index - 1, "loss") - mean(index, "loss") < plateau * Math.abs(mean(index - 1, "loss")) &&
    Math.abs(mean(index, "gradientNorm") - mean(index - 1, "gradientNorm")) <
      stability * mean(index - 1, "gradientNorm");
  for (let index = 0; (index + 1) * window <= record.length; index++) {
    const last = Array.from({ length: patience }, (_, back) => index - back);
    if (last.every(passes)) return (index + 1) * window;
  }
}

Deno.test("it switches at the first window that ends a run of W windows on the plateau", () => {
  // Multiples of 1/8, so that sums are exact in any order.
  const eighths = fc.integer({ min: 1, max: 80 }).map((n) => n / 8);
  const records = fc.array(fc.record({ loss: eighths, gradientNorm: eighths }), { maxLength: 60 });
  const criteria = fc.record({
    window: fc.integer({ min: 1, max: 4 }),
    plateau: fc.constantFrom(0.05, 0.3, 1),
    stability: fc.constantFrom(0.2, 0.5, 2),
    patience: fc.integer({ min: 1, max: 3 }),
  });
  let switched = 0;
  fc.assert(
    fc.property(records, criteria, (record, criterion) => {
      let [state, at] = [plateauStart, undefined as number | undefined];
      record.forEach((each, index) => {
        state = observe(state, each, criterion);
        if (at === undefined && hasSettled(state, criterion)) at = index + 1;
      });
      assertEquals(at, byDefinition(record, criterion));
      if (at !== undefined) switched += 1;
    }),
    { numRuns: 300 },
  );
  assert(switched > 20 && switched < 290, `${switched}`);
});

Deno.test("a falling loss or a restless gradient keeps it from switching, a flat one makes it", () => {
  const run = (of: (step: number) => { loss: number; gradientNorm: number }) => {
    let state = plateauStart;
    for (let step = 0; step < 1000; step++) {
      state = observe(state, of(step), defaultCriterion);
      if (hasSettled(state, defaultCriterion)) return step + 1;
    }
  };
  assertEquals(run(() => ({ loss: 1, gradientNorm: 1 })), 300);
  assertEquals(run((step) => ({ loss: 0.999 ** step, gradientNorm: 1 })), undefined);
  assertEquals(run((step) => ({ loss: 1, gradientNorm: Math.floor(step / 100) % 2 + 1 })), undefined);
});

Deno.test("single-attn and looped-attn have the same parameters and differ in their loops alone", () => {
  const [single, looped] = [preset("single-attn"), preset("looped-attn")];
  assertEquals(singleConfiguration(looped), single);
  assertEquals([single.model.loops, looped.model.loops], [1, 3]);
  const size = (config: Configuration) =>
    modelSpecification({ vocabulary: 4, classes: 4, model: config.model });
  assertEquals(size(single), size(looped));
});

Deno.test("a loop takes u = X + Z to u + Attn(LN u)W_O: three are the same residual layer three times over", async () => {
  const { task: of, model, objective } = preset("looped-attn");
  const shape = { ...taskOf(of), model };
  const specification = modelSpecification(shape);
  const parameters = Float32Array.from({ length: specification.size }, (_, i) => Math.sin(i * i) / 3);
  const get = (name: string) => parameterView(specification, parameters, name);
  const length = 7;
  const tokens = Int32Array.from({ length }, (_, i) => (i * i) % 4);
  const engine = await createFusedEngine(engineProblem(taskOf(of), { model, objective }), { workers: 1 });
  const { states } = await engine.trace(parameters, { tokens, count: 1, length });
  await engine.dispose();

  const d = model.width;
  const positions = positionalEncoding(length, model);
  const x = [...tokens].map((token, i) =>
    Array.from({ length: d }, (_, j) => get("embedding")[token * d + j] + positions[i * d + j])
  );
  const linear = (row: number[], name: string) =>
    Array.from(
      { length: d },
      (_, to) =>
        row.reduce(
          (sum, value, from) => sum + value * get(`${name}.weight`)[from * d + to],
          get(`${name}.bias`)[to],
        ),
    );
  const norm = (row: number[]) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / d;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / d;
    return row.map((value, j) =>
      (value - mean) / Math.sqrt(variance + 1e-5) * get("norm1.gain")[j] + get("norm1.bias")[j]
    );
  };
  const layer = (u: number[][]) => {
    const [q, k, v] = ["query", "key", "value"].map((name) =>
      u.map((row) => linear(norm(row), `attention.${name}`))
    );
    return u.map((row, i) => {
      const scores = k.slice(0, i + 1).map((key) =>
        Math.exp(key.reduce((sum, each, j) => sum + each * q[i][j], 0) / Math.sqrt(d))
      );
      const total = scores.reduce((sum, score) => sum + score, 0);
      const mixed = row.map((_, j) => scores.reduce((sum, score, at) => sum + score / total * v[at][j], 0));
      return linear(mixed, "attention.output").map((each, j) => row[j] + each);
    });
  };
  let u = x;
  for (let t = 1; t <= 3; t++) {
    u = layer(u);
    u.flat().forEach((value, at) => assertAlmostEquals(states[t][at] + x.flat()[at], value, 1e-4));
  }
});
