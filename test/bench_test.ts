import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { parseHTML } from "linkedom";
import { axes } from "../lib/bench/axes.ts";
import { type Contestant, engineContestant, engineRunner } from "../lib/bench/contestant.ts";
import { arithmetic, leastArithmetic, leastWindow } from "../lib/bench/flops.ts";
import { byteText, millisecondText } from "../lib/bench/format.ts";
import { engineBytes, measureGrowth } from "../lib/bench/growth.ts";
import { ratios, takeTurns } from "../lib/bench/interleave.ts";
import { lineUp } from "../lib/bench/line_up.ts";
import { measureLimits } from "../lib/bench/limits.ts";
import { partsOf } from "../lib/bench/parts.ts";
import { compilePeak } from "../lib/bench/peak/build.ts";
import { FLOPS_A_TURN } from "../lib/bench/peak/kernel.ts";
import { measurePeak } from "../lib/bench/peak/peak.ts";
import { peerContestant } from "../lib/bench/peer.ts";
import {
  type BenchResult,
  committedMeasurements,
  readBench,
  readMeasurements,
} from "../lib/bench/results.ts";
import { measureSpeed } from "../lib/bench/speed.ts";
import { logLogSlope } from "../lib/bench/slope.ts";
import { median, quantile } from "../lib/statistics.ts";
import { targets } from "../lib/bench/targets.ts";
import { benchText } from "../lib/bench/text.ts";
import { prepareWork, type Work, works } from "../lib/bench/work.ts";
import { requestAdapter } from "../lib/engines/adapter.ts";
import type { Engine } from "../lib/engines/engine.ts";
import { UserError } from "../lib/errors.ts";
import { costGrowth } from "../lib/figures/cost_growth.ts";
import { figureToPng } from "../lib/figures/save.ts";
import { speedFigure } from "../lib/figures/speed.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { renderReport } from "../lib/report/report.ts";
import { models } from "./arbitraries.ts";
import { eer } from "./eer.ts";
import { countForward } from "./reference/flops.ts";
import { syntheticGrowth, syntheticSpeed } from "./synthetic_bench.ts";

const temp = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

const small: Work = {
  name: "small",
  title: "Small",
  kind: "train",
  count: 4,
  length: 6,
  model: { loops: 2 },
};
const quiet = { rounds: 3, turn: 100 };

/** A contestant whose work takes `milliseconds(call)` by its own account. */
function fake(
  name: string,
  { milliseconds = () => 1, value = 1, log = [] }: {
    milliseconds?: (call: number) => number;
    value?: number;
    log?: string[];
  } = {},
): Contestant {
  let calls = 0;
  return {
    name,
    open: () =>
      Promise.resolve({
        about: `about ${name}`,
        value,
        run: (times) => {
          log.push(`${name}×${times}`);
          return Promise.resolve(times * milliseconds(calls++));
        },
        close: () => {
          log.push(`${name} closed`);
          return Promise.resolve();
        },
      }),
  };
}

Deno.test("contestants take turns, warm up first, and fill their turn", async () => {
  const log: string[] = [];
  const { timings, absences } = await takeTurns(
    [fake("a", { milliseconds: () => 10, log }), fake("b", { milliseconds: () => 200, log })],
    { rounds: 2, turn: 100 },
  );
  const round = ["a×1", "a×10", "b×1"];
  assertEquals(log, ["a×1", "a×1", "b×1", "b×1", ...round, ...round, "a closed", "b closed"]);
  assertEquals(timings.map(({ name, about, rounds }) => [name, about, rounds]), [
    ["a", "about a", [10, 10]],
    ["b", "about b", [200, 200]],
  ]);
  assertEquals(absences, []);
});

Deno.test("who fails, is too slow or computes something else is absent, and is closed", async () => {
  const log: string[] = [];
  const here = new URL("../lib/engines", import.meta.url).pathname;
  const broken: Contestant = { name: "broken", open: () => Promise.reject(new UserError(`No ${here}`)) };
  const { timings, absences } = await takeTurns([
    fake("first", { value: 2, log }),
    broken,
    fake("wrong", { value: 2.1, log }),
    fake("slow", { value: 2, milliseconds: () => 5000, log }),
    fake("nothing", { value: NaN, log }),
    fake("near", { value: 2.0001, log }),
  ], { ...quiet, patience: 1000 });
  assertEquals(timings.map(({ name }) => name), ["first", "near"]);
  assertEquals(absences, [
    { name: "broken", reason: "No lib/engines" },
    { name: "wrong", reason: "its result is 2.1, not 2 as about first has it" },
    { name: "slow", reason: "it takes 5.00 s each time, too long to be repeated" },
    { name: "nothing", reason: "its result is NaN, not 2 as about first has it" },
  ]);
  assertEquals(log.filter((line) => line.endsWith("closed")).length, 5);
});

Deno.test("all are closed when one fails on the way", async () => {
  const log: string[] = [];
  const failing = fake("failing", {
    log,
    milliseconds: (call) => {
      if (call > 1) throw new Error("gone");
      return 1;
    },
  });
  await assertRejects(() => takeTurns([fake("other", { log }), failing], quiet), Error, "gone");
  assert(log.includes("other closed") && log.includes("failing closed"));
});

Deno.test("ratios are medians of the rounds' ratios, which a drift of the machine leaves alone", async () => {
  const drift = (call: number) => 1 + call;
  const { timings } = await takeTurns([
    fake("fast", { milliseconds: (call) => 200 * drift(call) }),
    fake("slow", { milliseconds: (call) => 600 * drift(call) }),
  ], { rounds: 5, turn: 1 });
  assertEquals(ratios(timings), [{ slow: "slow", fast: "fast", median: 3, middle: [3, 3] }]);
  assertEquals(ratios([...timings, { ...timings[0], name: "third" }]).length, 3);
});

Deno.test("an engine's time is its clock's, and a train step changes a copy of the parameters", async () => {
  const prepared = prepareWork(small, { seed: 3 });
  const before = prepared.parameters.slice();
  let time = 0;
  const seen: Float32Array[] = [];
  const engine = {
    name: "fake",
    backend: "paper",
    lossAndGradient: (parameters: Float32Array) => {
      time += 7;
      seen.push(parameters.slice());
      return Promise.resolve({ terms: { total: 1.5 }, gradient: parameters.map(() => 1) });
    },
  } as unknown as Engine;
  const runner = await engineRunner(engine, { prepared, now: () => time });
  assertEquals([runner.value, runner.about], [1.5, "fake on paper"]);
  assertEquals(await runner.run(3), 21);
  assertEquals(seen.length, 4);
  assertEquals(seen[1], before);
  // AdamW's first step is the learning rate, and the decay.
  const [from, to] = [before[0], seen[2][0]];
  assertAlmostEquals(to, from - 1e-3 - 1e-4 * from, 1e-6);
  assertEquals(prepared.parameters, before);
});

Deno.test("the engines that take part have the same result, for training and forward", async () => {
  for (const kind of ["train", "forward"] as const) {
    const prepared = prepareWork({ ...small, kind }, { seed: 1 });
    const choices = [{ engine: "fused", workers: 1 }, { engine: "fused", workers: 2 }, {
      engine: "tfjs",
      backend: "cpu",
    }];
    const { timings, absences } = await takeTurns(
      choices.map((choice, i) => engineContestant(String(i), { prepared, choice })),
      { rounds: 1, turn: 1 },
    );
    assertEquals(absences, []);
    assert(timings.every(({ rounds: [time] }) => time > 0));
  }
});

Deno.test("the line-up has peers where there is a Python, compiled ones if asked for", () => {
  const prepared = prepareWork(small, { seed: 0 });
  const names = (options: Parameters<typeof lineUp>[1]) => lineUp(prepared, options).map(({ name }) => name);
  const ours = names({ cores: 2, compile: true });
  assertEquals(ours.slice(0, 2), ["fused, 1 worker", "fused, 2 workers"]);
  assert(ours.includes("tfjs on wasm") && !ours.includes("tfjs on cpu"));
  assertEquals(names({ cores: 2, compile: false, python: "python3" }).slice(ours.length), [
    "PyTorch eager, 1 thread",
    "PyTorch eager, 2 threads",
    "JAX jit",
  ]);
  assertEquals(
    names({ cores: 1, compile: true, python: "python3" }).filter((name) => /^(fused|torch)/.test(name)),
    [
      "fused, 1 worker",
      "fused on webgpu",
      "torch.compile, 1 thread",
    ],
  );
});

Deno.test("what computes in a graphics card's stead is not timed", async () => {
  const adapter = await requestAdapter();
  const contestants = lineUp(prepareWork(small, { seed: 0 }), { cores: 1, compile: false })
    .filter(({ name }) => name.endsWith("on webgpu"));
  assertEquals(contestants.map(({ name }) => name), ["fused on webgpu", "tfjs on webgpu"]);
  if (!adapter?.info.isFallbackAdapter) return;
  for (const { name, open } of contestants) {
    const error = await assertRejects(open, UserError);
    assertStringIncludes(error.message, `Cannot time ${name} as there is no graphics card`);
  }
});

Deno.test("a peer gets the very numbers; what it says and how it ends is told", async () => {
  const prepared = prepareWork(small, { seed: 0 });
  const script = new URL("./fake_peer.ts", import.meta.url).pathname;
  const peer = (...trouble: string[]) =>
    peerContestant("peer", {
      command: [Deno.execPath(), "run", "--no-lock", "--quiet", script, ...trouble],
      settings: { threads: 2 },
      prepared,
    });
  await using stack = new AsyncDisposableStack();
  const runner = await peer("talk").open();
  stack.defer(() => runner.close());
  assertEquals(JSON.parse(runner.about), { kind: "train", threads: 2, tokens: [4, 6], targets: [4, 6] });
  assertEquals(runner.value, 32);
  assertEquals(await runner.run(5), 25);
  await assertRejects(() => peer("error").open(), Error, "Python has no module torch");
  await assertRejects(() => peer("crash").open(), Error, "it ended: out of memory");
  const none = peerContestant("none", { command: [`${temp}/no-python`], settings: {}, prepared });
  await assertRejects(() => none.open(), UserError, `Cannot start ${temp}/no-python`);
});

Deno.test("forward FLOPs are those counted one by one, for any model", () => {
  const shapes = fc.record({
    vocabulary: fc.constant(3),
    classes: fc.integer({ min: 2, max: 5 }),
    model: models,
  });
  const size = fc.record({ count: fc.integer({ min: 1, max: 3 }), length: fc.integer({ min: 1, max: 12 }) });
  fc.assert(
    fc.property(shapes, size, fc.integer({ min: 1, max: 14 }), (shape, { count, length }, window) => {
      assertEquals(
        arithmetic(shape, { kind: "forward", count, length, window }),
        countForward(shape, { count, length, window }),
      );
      assertEquals(
        arithmetic(shape, { kind: "forward", count, length }),
        countForward(shape, { count, length }),
      );
    }),
    { seed: 1 },
  );
});

Deno.test("FLOPs of the paper's train step are those of a count by hand", () => {
  const { problem, work } = prepareWork(works[0], { seed: 0 });
  // 32 sequences of 40 tokens, 25 loops; 820 pairs in a sequence.
  const tokens = 32 * 40, pairs = 32 * 820;
  const aToken = 2 * (4 * 8 * 8 + 2 * 8 * 32), aPair = 2 * 2 * 8;
  const products = 3 * (25 * (tokens * aToken + pairs * aPair) + tokens * 2 * 8 * 4);
  assertEquals(products, 210_677_760);
  // biases 72 × 2, norms 16 × 18, GELU 32 × 14, states 32 × 2; a pair 17; the read-out 4 × (2 + 6)
  const others = 25 * (tokens * (144 + 288 + 448 + 64) + pairs * 17) + tokens * 32;
  assertEquals(arithmetic(problem, work), { products, others });
});

Deno.test("the least window leaves out what weighs less than 2^-27 of a row", () => {
  for (const recency of [0.1, 0.25, 0.3, 1]) {
    const window = leastWindow(recency);
    const beyond = (from: number) => Math.exp(-recency * from) / -Math.expm1(-recency);
    assert(beyond(window) <= 2 ** -27 * (1 + 1e-9));
    assert(beyond(window - 1) > 2 ** -27);
  }
  assertEquals(leastWindow(0), Infinity);
  const { problem, work } = prepareWork(works[1], { seed: 0 });
  assertEquals(leastArithmetic(problem, work), arithmetic(problem, { ...work, window: leastWindow(0.25) }));
  assertEquals(
    leastArithmetic(problem, { ...work, kind: "train" }),
    arithmetic(problem, { ...work, kind: "train" }),
  );
});

Deno.test("slopes of powers are their exponents", () => {
  const xs = [1, 3, 10, 40];
  fc.assert(
    fc.property(
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (power, factor) =>
        assertAlmostEquals(logLogSlope(xs.map((x) => ({ x, y: factor * x ** power }))), power, 1e-9),
    ),
    { seed: 1 },
  );
  // By hand: logs 0, 1, 2 (base 10) and 0, 2, 2 have slope 1.
  assertAlmostEquals(logLogSlope([{ x: 1, y: 1 }, { x: 10, y: 100 }, { x: 100, y: 100 }]), 1, 1e-12);
  assert(Number.isNaN(logLogSlope([{ x: 2, y: 1 }])));
  assertEquals([median([3, 1, 2]), median([4, 1, 2, 3]), quantile([0, 10], 0.25), median([])], [
    2,
    2.5,
    2.5,
    NaN,
  ]);
});

Deno.test("parts of a step add up to it, and find what was put in", () => {
  const loops = 25, length = 40;
  const put = { pairs: 3, mlp: 6, rest: 4, once: 0.5 };
  const looped = put.pairs + put.mlp + put.rest;
  const split = partsOf({ loops, length })({
    whole: looped + put.once,
    withoutMlp: looped - put.mlp + put.once,
    short: looped - put.pairs * (1 - 9 / 41) + put.once,
    oneLoop: looped / 25 + put.once,
  });
  split.forEach((value, i) => assertAlmostEquals(value, Object.values(put)[i], 1e-9));
});

Deno.test("the peak's kernel is what its source compiles to, and counts its FLOPs right", async () => {
  const committed = await Deno.readFile(new URL("../lib/bench/peak/peak.wasm", import.meta.url));
  assertEquals(await compilePeak(), committed);
  const { instance } = await WebAssembly.instantiate(committed);
  const run = instance.exports.run as (turns: number, a: number, b: number) => number;
  // A lane begins with a and takes up a·b with every multiply-add, which is 2 FLOPs in each of four lanes.
  const sums = 12, turns = 5;
  const additions = turns * FLOPS_A_TURN / 8 / sums;
  assertEquals(run(turns, 2, 4), sums * (2 + additions * 8));
  assert(await measurePeak(2, { milliseconds: 5 }) > 0);
});

Deno.test("speed: shares of the peak are FLOPs over time over peak, and results come as they are made", async () => {
  const seen: BenchResult[] = [];
  const peaks = [10, 20, 12, 18];
  const result = await measureSpeed({
    command: "test",
    seed: 0,
    machine: { cores: 2, system: "none" },
    versions: {},
  }, {
    ...quiet,
    works: [small],
    lineUp: () => [
      fake("fused, 1 worker", { milliseconds: () => 4 }),
      fake("fused, 2 workers", { milliseconds: () => 2 }),
      fake("other"),
    ],
    peak: () => Promise.resolve(peaks.shift()),
    parts: () => Promise.resolve([{ name: "all", milliseconds: 1, flops: 2 }]),
    limits: () => Promise.resolve([{ name: "as it is", milliseconds: 1 }]),
    onResult: (result) => void seen.push(result),
  });
  const { products, others } = result.works[0].flops;
  const rate = (products + others) / 1e6;
  assertEquals(result.peak, { one: 12, all: 20 });
  assertEquals(result.works[0].timings.map(({ share }) => share), [rate / 4 / 12, rate / 2 / 20, undefined]);
  assertEquals(seen.map((each) => each.kind === "speed" && each.parts.length), [0, 1]);
  await Deno.writeTextFile(`${temp}/speed.json`, JSON.stringify(result));
  assertEquals(await readBench(`${temp}/speed.json`), JSON.parse(JSON.stringify(result)));
});

Deno.test("growth: slopes are those of what was measured, and of the arithmetic", async () => {
  const result = await measureGrowth({
    command: "test",
    seed: 0,
    machine: { cores: 2, system: "none" },
    versions: {},
  }, {
    ...quiet,
    axes: axes(4),
    resident: () => Promise.resolve([{ after: "start", bytes: 1 }]),
    contestant: (name, { work }, workers) =>
      fake(name, { milliseconds: () => work.length ** 2 * work.count / workers }),
  });
  const slopes = (name: string) => result.axes.find((axis) => axis.name === name)!.slopes;
  assertAlmostEquals(slopes("length-train").all.time, 2, 1e-9);
  assertAlmostEquals(slopes("batch").all.time, 1, 1e-9);
  assertAlmostEquals(slopes("workers").all.time, -1, 1e-9);
  assertAlmostEquals(slopes("loops").all.time, 0, 1e-9);
  // Quadratic at last, linear with far keys left out; each loop, sequence and worker alike.
  assert(slopes("length-train").last.arithmetic > 1.9 && slopes("length-train").last.arithmetic < 2);
  assert(Math.abs(slopes("length-forward").last.arithmetic - 1) < 0.03);
  assertAlmostEquals(slopes("loops").all.arithmetic, 1, 0.01);
  assertAlmostEquals(slopes("batch").all.arithmetic, 1, 1e-9);
  assertAlmostEquals(slopes("workers").all.arithmetic, -1, 1e-9);
  assert(slopes("width").last.arithmetic > 1.8 && slopes("width").last.arithmetic < 2);
  assertEquals(result.axes.find(({ name }) => name === "workers")?.points.map(({ x }) => x), [1, 2, 4]);
  assert(axes(1).every(({ name }) => name !== "workers"));
  await Deno.writeTextFile(`${temp}/growth.json`, JSON.stringify(result));
  assertEquals(await readBench(`${temp}/growth.json`), JSON.parse(JSON.stringify(result)));
});

Deno.test("growth: what takes too long is left out, but not all of it", async () => {
  const [axis] = axes(2);
  const within = (patience: number) =>
    measureGrowth({ command: "", seed: 0, machine: { cores: 1, system: "" }, versions: {} }, {
      ...quiet,
      patience,
      axes: [axis],
      resident: () => Promise.resolve([]),
      contestant: (name, { work }) => fake(name, { milliseconds: () => work.length }),
    });
  const { axes: [{ points, slopes }] } = await within(600);
  assertEquals(points.map(({ x }) => x), axis.values.filter((x) => x <= 600));
  assertAlmostEquals(slopes.all.time, 1, 1e-9);
  const error = await assertRejects(() => within(15), UserError);
  assertEquals(
    error.message,
    "Cannot tell how cost grows along L as at L = 20 it takes 20.0 ms each time, too long to be repeated",
  );
});

Deno.test("the memory of length 1000 is small, and of length 4000 fits", () => {
  const bytes = (kind: Work["kind"], length: number) =>
    engineBytes(prepareWork({ ...small, kind, count: 4, length, model: {} }, { seed: 0 }), { workers: 2 });
  assert(bytes("forward", 1000) < 10e6);
  assert(bytes("train", 4000) < 500e6);
});

Deno.test("figures of measurements are drawn, also of none", async () => {
  const figures = [
    speedFigure(syntheticSpeed),
    speedFigure({ works: [] }),
    speedFigure({ works: [{ ...syntheticSpeed.works[0], timings: [], ratios: [] }] }),
    costGrowth(syntheticGrowth),
    costGrowth(syntheticGrowth, { quantity: "memory", width: 320 }),
    costGrowth({ axes: [] }),
  ];
  for (const figure of figures) await figureToPng(figureToSvg(figure), { scale: 0.1 });
  const text = (figure: typeof figures[number]) => figure.textContent ?? "";
  for (const part of ["fused, 2 workers", "5.00 ms", "61.0 ms, 12×", "550 ms, 100×"]) {
    assertStringIncludes(text(figures[0]), part);
  }
  assertStringIncludes(text(figures[3]), "Forward against L: slope 1.00");
  assertStringIncludes(text(figures[3]), "slope −1.00");
  assertStringIncludes(text(figures[4]), "slope 0.50");
});

Deno.test("the report shows measurements where there are any", () => {
  const data = {
    command: "deno task reproduce",
    versions: {},
    cores: 2,
    seconds: 1,
    runs: [],
    findings: [],
    assumptions: [],
  };
  const page = (bench: Parameters<typeof renderReport>[0]["bench"]) =>
    parseHTML(renderReport({ ...data, bench })).document as unknown as Document;
  const whole = page({ speed: syntheticSpeed, growth: syntheticGrowth });
  const cells = (table: number) =>
    [...whole.querySelectorAll(`#table-${table} tbody tr`)].map((row) =>
      [...row.children].map((cell) =>
        cell.textContent?.replaceAll(/\s+/g, " ").replaceAll("\u2060", "").trim()
      )
    );
  assertEquals(cells(4)[1].slice(1, 5), [
    "PyTorch eager, 1 thread",
    "61.0 ms",
    "60.0 ms",
    "12.00 [11.00, 12.20]",
  ]);
  assertEquals(cells(4)[0].slice(5), ["50.00", "50.0 %"]);
  assertEquals(cells(5)[0], ["MLP", "6.00 ms", "60.0 %", "25.0", "50.0 %"]);
  assertEquals(cells(6)[1].slice(0, 4), ["Step against workers", "1–2", "−1.00", "1.00"]);
  assertEquals(cells(7)[1], ["forward, B = 4, L = 1000", "110 MB"]);
  const text = whole.body.textContent!.replaceAll(/\s+/g, " ");
  for (
    const part of [
      "2 cores of Some CPU",
      "load 0.1",
      "Made up.",
      "JAX jit: Python has no module jax",
      "50.0 GFLOP/s",
    ]
  ) {
    assertStringIncludes(text, part);
  }
  assertEquals(whole.querySelectorAll("figure svg[role=img]").length, 3);
  assertEquals(page({ growth: syntheticGrowth }).querySelectorAll("#table-4").length, 0);
  assert(!page(undefined).body.textContent!.includes("Speed"));
});

Deno.test("targets are reached where the middle half of the rounds is", () => {
  const rounds = (name: string, rounds: number[]) => ({ name, about: name, rounds, median: 1, min: 1 });
  const [first] = syntheticSpeed.works;
  const timings = [
    rounds("fused, 1 worker", [9, 10, 11]),
    rounds("fused, 2 workers", [6, 6, 6]),
    { ...rounds("PyTorch eager, 1 thread", [66, 60, 63]), median: 63 },
    { ...rounds("PyTorch eager, 2 threads", [600, 600, 600]), median: 600 },
    rounds("torch.compile, 1 thread", [24, 25, 26]),
    rounds("JAX jit", [50, 70, 60]),
  ];
  const speed = { ...syntheticSpeed, works: [{ ...first, timings }] };
  const found = targets({ speed, growth: syntheticGrowth });
  assertEquals(found.map(({ what, target, measured, verdict }) => [what, target, measured, verdict]), [
    ["Train step, d = 8, 1 head: PyTorch eager, 1 thread over fused, 2 workers", "10 ×", "11 ×", "reached"],
    [
      "Train step, d = 8, 1 head: torch.compile, 1 thread over fused, 2 workers",
      "5.0 ×",
      "4.2 ×",
      "not reached",
    ],
    ["Train step, d = 8, 1 head: JAX jit over fused, 2 workers", "10 ×", "10 ×", "undecided"],
    ["Train step, d = 8, 1 head: fused, 1 worker over fused, 2 workers", "1.7 ×", "1.7 ×", "undecided"],
    ["Train step, d = 8, 1 head: share of the measured peak, one worker", "30 %", "50 %", "reached"],
    ["Resident memory after forward, B = 4, L = 1000", "< 400 MB", "110 MB", "reached"],
    [
      "Growth of resident memory from 1000 to 10000 train steps, B = 32, L = 40",
      "≤ 5 %",
      "20 %",
      "not reached",
    ],
  ]);
  assertEquals(found[0].middle, "10 × – 11 ×");
  assertEquals(
    found[1].limit,
    "V8: Train step, d = 8, 1 head, of 10.0 ms, would take 8.00 ms without checks",
  );
  assertEquals(found[0].limit, undefined);
});

Deno.test("limits are measured in processes of their own, which do the same work", async () => {
  const work = {
    name: "small",
    title: "Small",
    kind: "train",
    count: 2,
    length: 8,
    model: { loops: 2 },
  } as const;
  const limits = await measureLimits(work, { seed: 0, rounds: 1, turn: 1 });
  assertEquals(limits.length, 3);
  assert(limits.every(({ milliseconds }) => milliseconds > 0));
});

Deno.test("the committed measurements are there and name no machine", async () => {
  const { speed, growth } = await committedMeasurements();
  assert(speed && growth);
  assert(growth.axes.some(({ points }) => points.some(({ x }) => x === 4000)));
  assert(!/[/\\](home|root|work|tmp|Users)\b/.test(JSON.stringify([speed, growth])));
});

Deno.test("files that are no measurements, or two of a kind, are refused in one sentence", async () => {
  const [file, copy] = [`${temp}/a.json`, `${temp}/b.json`];
  for (const path of [file, copy]) await Deno.writeTextFile(path, JSON.stringify(syntheticSpeed));
  await assertRejects(() => readMeasurements([file, copy]), UserError, "one file with speed was given");
  assertEquals(await readMeasurements([file]), { speed: syntheticSpeed });
  for (const wrong of [{}, [], { ...syntheticSpeed, works: [{ name: 1 }] }, { ...syntheticSpeed, more: 1 }]) {
    await Deno.writeTextFile(file, JSON.stringify(wrong));
    await assertRejects(
      () => readBench(file),
      UserError,
      `Cannot use measurements ${file} as eer bench did not write`,
    );
  }
});

Deno.test("bench on the command line: what it cannot do", async () => {
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await eer("bench", ...args);
    assertEquals([code, stdout], [1, ""]);
    return stderr;
  };
  assertStringIncludes(await refused("--python", "python3"), "use deno task bench");
  assertStringIncludes(await refused("fast"), `Cannot bench "fast"`);
  assertStringIncludes(await refused("--rounds", "0"), "must be a whole number ≥ 1");
});

Deno.test("measurements as text", () => {
  const speed = benchText(syntheticSpeed);
  for (
    const part of ["12.00 × fused, 2 workers", "50 % of the peak", "absent, Python has no module jax", "MLP"]
  ) {
    assertStringIncludes(speed, part);
  }
  assertStringIncludes(benchText(syntheticGrowth), "slope: time 1.00 (arithmetic 1.00), memory 0.50");
  assertEquals([0.0123, 5, 61.04, 999.6, 12_345].map(millisecondText), [
    "12.3 µs",
    "5.00 ms",
    "61.0 ms",
    "1000 ms",
    "12.3 s",
  ]);
  assertEquals([94_900, 4_730_000, 1.2e9].map(byteText), ["94.9 kB", "4.73 MB", "1.20 GB"]);
});
