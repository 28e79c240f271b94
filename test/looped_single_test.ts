import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { type ArmPoint, studySample, trainArm } from "../lib/analysis/looped_single/arms.ts";
import {
  sampleResult,
  splitAccuracy,
  splitByInformation,
} from "../lib/analysis/looped_single/sample_dynamics.ts";
import { runStudy, type StudyOptions } from "../lib/analysis/looped_single/study.ts";
import { readStudy, type StudyRun } from "../lib/analysis/looped_single/study_files.ts";
import {
  costToReach,
  finalValue,
  meanCurve,
  overSeeds,
  pairedDifference,
  switchOf,
  valueAtCost,
} from "../lib/analysis/looped_single/summary.ts";
import { meanInterval, studentQuantile } from "../lib/analysis/student.ts";
import { arithmetic } from "../lib/bench/flops.ts";
import { engineProblem } from "../lib/engines/engine.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import { UserError } from "../lib/errors.ts";
import { costAgainstAccuracy } from "../lib/figures/cost_against_accuracy.ts";
import { sampleDynamics } from "../lib/figures/sample_dynamics.ts";
import { shiftLoss } from "../lib/figures/shift_loss.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { type Configuration, configuration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { randomStream } from "../lib/random.ts";
import { markovLanguage } from "../lib/tasks/markov_language.ts";
import { IGNORED } from "../lib/tasks/task.ts";
import { readTrajectory } from "../lib/training/trajectory.ts";
import { singleConfiguration } from "../lib/training/shift.ts";
import { eer } from "./eer.ts";
import { flatOf, forward } from "./reference/forward.ts";
import { smallMarkov } from "./small_markov.ts";
import { tempDir } from "./temp_dir.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const small = smallMarkov({ minLength: 6, maxLength: 6, steps: 8, evaluateEvery: 2, evaluateSequences: 9 });
const task = markovLanguage(small.task);
/** Met at step 4, whatever the losses. */
const criterion = { window: 2, plateau: 1e6, stability: 1e6, patience: 1 };
const make = (config: Configuration) => createFusedEngine(engineProblem(task, config), { workers: 1 });
const engines = { single: await make(singleConfiguration(small)), looped: await make(small) };
Deno.test.afterAll(async () => {
  await engines.single.dispose();
  await engines.looped.dispose();
});

Deno.test("a sample is split at the median of the information content", () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), (count, seed) => {
    const { batch, simple, threshold } = splitByInformation(task.sample(randomStream(seed), count, 12));
    assertEquals(simple, [...batch.information].map((bits) => bits < threshold));
    assertEquals(simple.filter((each) => each).length, Math.floor(count / 2));
  }));
});

Deno.test("accuracies are the shares of right answers in either half", () => {
  const sample = splitByInformation(task.sample(randomStream(3), 11, 9));
  const stream = randomStream(4);
  const predictions = Int32Array.from(sample.batch.tokens, () => stream.integer(0, 2));
  const found = splitAccuracy(sample, predictions);
  const share = (wanted: (simple: boolean) => boolean) => {
    const answers = [...sample.batch.targets].flatMap((target, at) =>
      target !== IGNORED && wanted(sample.simple[Math.floor(at / 9)])
        ? [target === predictions[at] ? 1 : 0]
        : []
    );
    return answers.reduce<number>((sum, each) => sum + each, 0) / answers.length;
  };
  assertAlmostEquals(found.all.value, share(() => true), 1e-12);
  assertAlmostEquals(found.simple.value, share((simple) => simple), 1e-12);
  assertAlmostEquals(found.complex.value, share((simple) => !simple), 1e-12);
  assertEquals([found.all.positions, found.simple.positions, found.complex.positions], [88, 40, 48]);
});

Deno.test("loss and predictions of a model are those of the float64 reference", async () => {
  const sample = splitByInformation(task.sample(randomStream(5), 8, 10));
  const parameters = initialParameters(engines.looped.problem, 3).map((value) => 3 * value);
  const found = await sampleResult(engines.looped, { parameters, sample });
  const passes = forward(engines.looped.problem, parameters, sample.batch);
  const logits = flatOf(passes, ({ logits }) => logits.at(-1));
  let [loss, counted] = [0, 0];
  const predictions = Int32Array.from(sample.batch.targets, (target, at) => {
    const row = logits.slice(3 * at, 3 * at + 3);
    if (target !== IGNORED) {
      loss += Math.log(row.reduce((sum, each) => sum + Math.exp(each), 0)) - row[target];
      counted += 1;
    }
    return row.indexOf(Math.max(...row));
  });
  assertAlmostEquals(found.loss, loss / counted, 1e-5);
  assertEquals(found.all, splitAccuracy(sample, predictions).all);
});

async function curve(arm: "single" | "looped" | "shift", config = small): Promise<ArmPoint[]> {
  const points: ArmPoint[] = [];
  const sample = studySample(config, task);
  for await (const { point } of trainArm(config, arm, { task, engines, criterion, sample })) {
    points.push(point);
  }
  return points;
}

Deno.test("arms start alike, are measured when they should be, and cost what each step's model does", async () => {
  const [single, looped, shift] = [await curve("single"), await curve("looped"), await curve("shift")];
  assertEquals(single.map(({ step, loops }) => [step, loops]), [[0, 1], [2, 1], [4, 1], [6, 1], [8, 1]]);
  assertEquals(looped.map(({ step, loops }) => [step, loops]), [[0, 3], [2, 3], [4, 3], [6, 3], [8, 3]]);
  assertEquals(
    shift.map(({ step, loops }) => [step, loops]),
    [[0, 1], [2, 1], [4, 1], [4, 3], [5, 3], [6, 3], [8, 3]],
  );
  assertEquals(shift.slice(0, 3), single.slice(0, 3));
  const step = (config: Configuration) =>
    arithmetic({ ...task, model: config.model }, { kind: "train", count: 4, length: 6 });
  const [one, three] = [step(singleConfiguration(small)), step(small)];
  const total = ({ products, others }: typeof one) => products + others;
  assertEquals(single.map(({ flops }) => flops), [0, 2, 4, 6, 8].map((steps) => steps * total(one)));
  assertEquals(looped.at(-1)!.flops, 8 * total(three));
  assertEquals(shift.at(-1)!.flops, 4 * total(one) + 4 * total(three));
});

Deno.test("a study that was stopped goes on to the same files as one that was not", async () => {
  await using dir = await tempDir();
  const options: StudyOptions = { directory: `${dir.path}/whole`, seeds: 2, configuration: small, criterion };
  const run = async (study: StudyOptions, stopAfter = Infinity) => {
    const stop = new AbortController();
    let [points, finished] = [0, 0];
    for await (const each of runStudy({ ...study, signal: stop.signal })) {
      finished = each.finished;
      if (each.point && ++points >= stopAfter) stop.abort();
    }
    return finished;
  };
  assertEquals(await run(options), 6);
  const cut = { ...options, directory: `${dir.path}/cut` };
  assertEquals(await run(cut, 8), 1);
  assertEquals(await run(cut, 3), 1);
  assertEquals(await run(cut), 6);
  assertEquals(await files(cut.directory), await files(options.directory));
  assert((await files(cut.directory)).length === 13);

  const study = await readStudy(cut.directory);
  assertEquals(study.configuration, small);
  assertEquals(study.runs.map(({ arm, seed }) => `${arm} ${seed}`), [
    "single 0",
    "looped 0",
    "shift 0",
    "single 1",
    "looped 1",
    "shift 1",
  ]);
  const seedOne = configuration({ ...small, training: { ...small.training, seed: 1 } });
  assertEquals(study.runs[5].points, await curve("shift", seedOne));
  const trajectory = await readTrajectory(`${cut.directory}/single-seed-1`, singleConfiguration(small));
  assertEquals(trajectory.steps, [0, 8]);

  await assertRejects(
    () => run({ ...cut, criterion: { ...criterion, patience: 2 } }),
    UserError,
    `Cannot go on with the study in ${cut.directory} as its criterion is another one: --out names another folder`,
  );
  await assertRejects(
    () => run({ ...cut, configuration: configuration() }),
    UserError,
    "Cannot compare on task induction-heads: simple and complex sequences are those of markov-language",
  );
});

async function files(directory: string): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    if (isDirectory) {
      found.push(...(await files(path)).map(([file, text]): [string, string] => [`${name}/${file}`, text]));
    } else if (name !== ".lock") {
      found.push([name, new TextDecoder("latin1").decode(await Deno.readFile(path))]);
    }
  }
  return found.sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("a damaged study is refused with what is wrong", async () => {
  await using dir = await tempDir();
  const refused = (message: string) => assertRejects(() => readStudy(dir.path), UserError, message);
  await refused(`Cannot read a study in ${dir.path} as it holds no study.json`);
  const settings = `${dir.path}/study.json`;
  await Deno.writeTextFile(settings, "null");
  await refused(`Cannot use study ${settings}: it must hold a configuration and a criterion`);
  await Deno.writeTextFile(
    settings,
    JSON.stringify({ configuration: small, criterion: { ...criterion, window: "x" } }),
  );
  await refused("Cannot switch by window x: it must be a whole number ≥ 1");
  await Deno.writeTextFile(settings, JSON.stringify({ configuration: small, criterion }));
  assertEquals((await readStudy(dir.path)).runs, []);
  const path = `${dir.path}/single-seed-0/curve.csv`;
  await Deno.mkdir(`${dir.path}/single-seed-0`);
  await Deno.writeTextFile(path, "a,b\n");
  await refused(`Cannot read ${path} as its header is`);
  const header = "step,loops,flops,loss,gradientNorm,accuracy,simple,complex\n";
  await Deno.writeTextFile(path, header);
  await refused(`Cannot read ${path} as `);
  await Deno.writeTextFile(path, `${header}0,1,0,1,1,0.5,0.5,0.5\n50,1,0,,1,0.5,0.5,0.5\n`);
  await refused(`Cannot read ${path} as line 3 does not hold 8 numbers`);
});

const point = (step: number, changes: Partial<ArmPoint> = {}): ArmPoint => ({
  step,
  loops: 1,
  flops: 10 * step,
  loss: 1,
  gradientNorm: 1,
  accuracy: step / 100,
  simple: 0.5,
  complex: 0.4,
  ...changes,
});
const shifted: StudyRun = {
  arm: "shift",
  seed: 4,
  points: [
    point(0, { loss: 3 }),
    point(10, { loss: 2 }),
    point(10, { loss: 4, loops: 3 }),
    point(11, { loss: 2.5, loops: 3, flops: 130 }),
    point(12, { loss: 2, loops: 3, flops: 160 }),
    point(20, { loss: 1, loops: 3, flops: 400 }),
  ],
};
const looped = (seed: number, gain: number): StudyRun => ({
  arm: "looped",
  seed,
  points: [0, 5, 10, 15, 19, 20].map((step) =>
    point(step, { loops: 3, accuracy: step / 100 + gain, flops: 30 * step })
  ),
});

Deno.test("what is read off a run, by hand", () => {
  const at = switchOf(shifted)!;
  assertEquals([at.seed, at.step, at.before.loss, at.after.loss, at.recovery], [4, 10, 2, 4, 2]);
  assertEquals(switchOf(looped(0, 0)), undefined);
  assertEquals(switchOf({ ...shifted, points: shifted.points.slice(0, 4) })!.recovery, Infinity);
  // Of the steps beyond 18: 19 and 20.
  assertAlmostEquals(finalValue(looped(0, 0.5), "accuracy"), 0.695, 1e-12);
  assertEquals(costToReach(looped(0, 0), 0.1), 300);
  assertEquals(costToReach(looped(0, 0), 0.9), Infinity);
  assertAlmostEquals(valueAtCost(shifted, 280, "loss"), 1.5, 1e-12);
  assertEquals(valueAtCost(shifted, 9999, "loss"), 1);
  assertEquals(valueAtCost(shifted, 0, "loss"), 3);
});

Deno.test("runs are compared within their seed, and averaged at the steps they share", () => {
  const left = [looped(1, 0.3), looped(2, 0.1), looped(7, 0)];
  const right = [looped(2, 0), looped(1, 0.1)];
  const difference = pairedDifference({ left, right }, (run) => finalValue(run, "accuracy"));
  assertAlmostEquals(difference.value, 0.15, 1e-12);
  assertEquals(difference.count, 2);
  // Two values 0.2 and 0.1: standard error 0.05, t = 12.706.
  assertAlmostEquals(difference.interval[1], 0.15 + 0.05 * 12.7062047, 1e-6);
  assertAlmostEquals(overSeeds(left, ({ seed }) => seed).value, 10 / 3, 1e-12);
  const points = meanCurve([shifted, looped(1, 0)], "loss");
  assertEquals(points.map(({ step }) => step), [0, 10, 20]);
  // At the switch the model that was trained until then.
  assertEquals(points.map(({ mean }) => mean.value), [2, 1.5, 1]);
  assertEquals(points.map(({ flops }) => flops), [0, 200, 500]);
});

Deno.test("Student's quantiles are those of the tables, and of the density integrated", () => {
  for (
    const [freedom, value] of [[1, 12.706205], [2, 4.302653], [4, 2.776445], [9, 2.262157], [30, 2.042272]]
  ) {
    assertAlmostEquals(studentQuantile(freedom), value, 1e-6);
  }
  for (const freedom of [1, 2, 3, 6, 11]) {
    for (const share of [0.5, 0.9, 0.99]) {
      const end = studentQuantile(freedom, share);
      const density = (t: number) => (1 + t * t / freedom) ** (-(freedom + 1) / 2);
      // Both over t = √ν·tan θ, so that the whole line is a finite range.
      const area = (to: number) => {
        const cells = 20_000;
        let sum = 0;
        for (let cell = 0; cell < cells; cell++) {
          const angle = (cell + 0.5) / cells * to;
          sum += density(Math.sqrt(freedom) * Math.tan(angle)) / Math.cos(angle) ** 2;
        }
        return sum * to / cells;
      };
      assertAlmostEquals(area(Math.atan(end / Math.sqrt(freedom))) / area(Math.PI / 2), share, 1e-5);
    }
  }
});

Deno.test("intervals of means cover the truth about 95 times in a hundred", () => {
  let covered = 0;
  for (let draw = 0; draw < 2000; draw++) {
    const stream = randomStream(1, "cover", draw);
    const { interval: [low, high] } = meanInterval(Array.from({ length: 5 }, () => 3 + stream.normal()));
    if (low <= 3 && 3 <= high) covered += 1;
  }
  assertAlmostEquals(covered / 2000, 0.95, 5 * Math.sqrt(0.95 * 0.05 / 2000));
  assertEquals(meanInterval([2]), { value: 2, interval: [-Infinity, Infinity], count: 1 });
});

Deno.test("figures show each arm, its switch and what it is held against", () => {
  const single = looped(4, -0.05).points.map((each) => ({ ...each, loops: 1 }));
  const study = {
    runs: [shifted, looped(4, 0), looped(5, 0.01), { arm: "single", seed: 4, points: single } as const],
  };
  const dynamics = figureToSvg(
    sampleDynamics(study, { references: [{ label: "Bayes-optimal", simple: 0.8, complex: 0.6 }] }),
  );
  for (const text of ["Single-Attn", "Looped-Attn", "SHIFT", "Bayes-optimal", "simple", "complex"]) {
    assertStringIncludes(dynamics, text);
  }
  assertStringIncludes(figureToSvg(shiftLoss(study)), "steps since the switch");
  assertStringIncludes(figureToSvg(shiftLoss({ runs: [looped(1, 0)] })), "no run switched");
  const cost = figureToSvg(
    costAgainstAccuracy([{ study, label: "W = 2" }, {
      study: { runs: [{ ...shifted, seed: 9 }] },
      label: "W = 9",
    }], {
      best: () => 0.5,
    }),
  );
  for (const text of ["W = 2", "W = 9", "GFLOP", "Bayes-optimal"]) assertStringIncludes(cost, text);
});

Deno.test("eer shift says what is wrong, and makes a study that is read again", async () => {
  await using dir = await tempDir();
  for (
    const [args, message] of [
      [[], "Cannot run the study without --out DIR"],
      [["--out", dir.path, "--delta1", "no"], "Cannot use --delta1 no: it must be a number > 0"],
      [
        ["--out", dir.path, "--arm", "both"],
        "Cannot train --arm both: it must be one of single, looped, shift",
      ],
      [["--out", dir.path, "--preset", "eer"], "Cannot compare on task induction-heads"],
    ] as const
  ) {
    const { code, stderr } = await eer("shift", ...args);
    assertEquals(code, 1);
    assertStringIncludes(stderr, message);
    assertEquals(stderr.trim().split("\n").length, 1);
  }
  const arms = ["--arm", "shift", "--arm", "single", "--seeds", "1", "--steps", "4"];
  const sizes = ["--set", "training.evaluateSequences=8", "--set", "model.width=4", "--workers", "1"];
  const { code, stdout } = await eer("shift", "--out", `${dir.path}/study`, ...arms, ...sizes, "--json");
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout), { directory: `${dir.path}/study`, finished: true, runs: 2 });
  const { runs } = await readStudy(`${dir.path}/study`);
  assertEquals(runs.map(({ arm, points }) => [arm, points.at(-1)!.step]), [["single", 4], ["shift", 4]]);
});
