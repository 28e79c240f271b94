import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseMetrics } from "../lib/training/metrics.ts";
import { eer, spawnEer, taskArguments } from "./eer.ts";
import { runFiles, smallSettings } from "./small_run.ts";

const temp = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

const config = `${temp}/small.json`;
await Deno.writeTextFile(config, JSON.stringify(smallSettings()));
const trained = `${temp}/trained`;
const training = ["train", "--config", config, "--backend", "cpu", "--seed", "3"];
const first = await eer(...training, "--out", trained, "--json");

Deno.test("train keeps configuration, metrics and checkpoint, and answers in JSON on stdout alone", async () => {
  assertEquals(first.code, 0, first.stderr);
  const result = JSON.parse(first.stdout);
  assertEquals([result.step, result.finished, result.engine, result.backend], [6, true, "tfjs", "cpu"]);
  const { config, metrics } = await runFiles(trained);
  assertEquals(JSON.parse(config).training.seed, 3);
  assertEquals(parseMetrics(metrics).map(({ step }) => step), [0, 2, 4, 6]);
  assertMatch(metrics, /^step,task,potential,kinetic,entropy,total,gradientNorm,accuracy_5\n/);
  assertStringIncludes(first.stderr, "step 2: loss");
});

Deno.test("evaluate repeats the run's own accuracy, for a folder as for a file", async () => {
  const last = parseMetrics((await runFiles(trained)).metrics).at(-1)!;
  for (const path of [trained, `${trained}/checkpoint.safetensors`]) {
    const { code, stdout, stderr } = await eer("evaluate", path, "--backend", "cpu", "--json");
    assertEquals(code, 0, stderr);
    const { accuracy, interval, sequences } = JSON.parse(stdout);
    assertEquals(accuracy, { "5": last.accuracy[5] });
    assertEquals(sequences, 4);
    assert(interval["5"][0] <= accuracy["5"] && accuracy["5"] <= interval["5"][1]);
  }
});

Deno.test("evaluate takes lengths, sequences, loops and a seed", async () => {
  const args = [
    "evaluate",
    trained,
    "--backend",
    "cpu",
    "--json",
    "--lengths",
    "7,12",
    "--sequences",
    "9",
    "--loops",
    "1",
  ];
  const results = await Promise.all(["1", "1", "2"].map((seed) => eer(...args, "--seed", seed)));
  const [one, again, two] = results.map(({ stdout }) => JSON.parse(stdout));
  assertEquals(Object.keys(one.accuracy), ["7", "12"]);
  assertEquals(one, again);
  assertEquals(one.sequences, 9);
  assert(JSON.stringify(one) !== JSON.stringify(two));
});

Deno.test("loss gives one flat object whose parts have the contract's shapes", async () => {
  const tokens = `${temp}/tokens.json`;
  await Deno.writeTextFile(tokens, "[[0,1,2,0,1],[2,2,1,0,0]]");
  const args = [
    "loss",
    "--weights",
    `${trained}/checkpoint.safetensors`,
    "--tokens",
    tokens,
    "--backend",
    "cpu",
  ];
  const { code, stdout, stderr } = await eer(...args, "--json");
  assertEquals(code, 0, stderr);
  const result = JSON.parse(stdout);
  assertEquals(Object.keys(result).sort(), [
    ...[
      "entropy",
      "gradient",
      "gradientNorm",
      "kinetic",
      "logits",
      "meanEntropy",
      "potential",
      "task",
      "total",
    ],
  ]);
  assertEquals([result.logits.length, result.logits[0].length, result.logits[0][0].length], [2, 5, 4]);
  assertEquals(result.gradient["mlp.in.weight"].length, 4);
  assertEquals(result.gradient["mlp.in.weight"][0].length, 8);
  const squares = Object.values(result.gradient).flat(2).map((value) => (value as number) ** 2);
  const norm = Math.sqrt(squares.reduce((sum, value) => sum + value, 0));
  assert(Math.abs(norm - result.gradientNorm) < 1e-6 * norm);
  // --config wins over the configuration in the weights.
  const plain = JSON.parse(await Deno.readTextFile(`${trained}/config.json`));
  await Deno.writeTextFile(`${temp}/ce.json`, JSON.stringify({ ...plain, objective: { lambdaKinetic: 0 } }));
  const other = JSON.parse((await eer(...args, "--config", `${temp}/ce.json`, "--json")).stdout);
  assert(other.total < result.total);
  assertEquals(other.task, result.task);
});

Deno.test("an interrupt stops cleanly, a repeated one too, and --resume goes on to the same bytes", async () => {
  const long = [...training, "--set", "training.steps=400", "--set", "training.evaluateEvery=200"];
  const whole = await eer(...long, "--out", `${temp}/whole`);
  assertEquals(whole.code, 0, whole.stderr);

  const child = spawnEer(...long, "--out", `${temp}/stopped`);
  const reader = child.stderr.getReader();
  await reader.read(); // The line of step 0: training is under way.
  reader.releaseLock();
  child.kill("SIGINT");
  child.kill("SIGINT");
  const { code, stdout } = await child.output();
  assertEquals(code, 130);
  assertMatch(new TextDecoder().decode(stdout), /stopped at step \d+, --resume goes on/);

  const resumed = await eer("train", "--out", `${temp}/stopped`, "--resume");
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(await runFiles(`${temp}/stopped`), await runFiles(`${temp}/whole`));
});

const mistakes: [string, string[], string][] = [
  ["no command", ["fly"], `Cannot run "fly": the commands are`],
  ["no folder", ["train"], "Cannot train without --out DIR"],
  ["an unknown option", ["train", "--fast"], "Unknown option '--fast'"],
  [
    "an unknown preset",
    ["train", "--preset", "x", "--out", `${temp}/x`],
    "it must be one of eer, eer-as-written",
  ],
  ["an unknown key", ["train", "--set", "model.size=3", "--out", `${temp}/x`], "unknown key model.size"],
  ["an unknown part", ["train", "--set", "optimizer.lr=3", "--out", `${temp}/x`], "unknown key optimizer"],
  [
    "a wrong type",
    ["train", "--set", "model.width=wide", "--out", `${temp}/x`],
    "model.width: expected number",
  ],
  ["steps that are no number", ["train", "--steps", "many", "--out", `${temp}/x`], "--steps many"],
  ["an existing run", ["train", "--out", trained], "as it holds a run"],
  ["another seed", ["train", "--out", trained, "--resume", "--seed", "4"], "training.seed is 3, not 4"],
  [
    "another engine",
    ["train", "--out", trained, "--resume", "--backend", "wasm"],
    "--engine tfjs --backend cpu",
  ],
  ["an unknown engine", ["evaluate", trained, "--engine", "warp"], `Cannot use engine "warp"`],
  ["an unknown backend", ["evaluate", trained, "--backend", "warp"], `backend "warp"`],
  ["a folder that is a file", ["train", "--out", config], config],
  [
    "length 0",
    ["evaluate", trained, "--lengths", "0"],
    "Cannot use --lengths 0: it must be a whole number ≥ 1",
  ],
  ["lengths with a hole", ["evaluate", trained, "--lengths", "10,,20"], "Cannot use --lengths"],
  ["no sequences", ["evaluate", trained, "--sequences", "0"], "Cannot use --sequences 0"],
  ["a missing file", ["evaluate", `${temp}/none`], `Cannot read ${temp}/none`],
  ["an empty folder", ["evaluate", temp], "checkpoint.safetensors"],
  ["weights that are none", ["evaluate", config], config],
  [
    "a missing tokens file",
    ["loss", "--weights", trained, "--tokens", `${temp}/none`],
    `Cannot read ${temp}/none`,
  ],
];

for (const [what, args, message] of mistakes) {
  Deno.test(`${what}: one clear sentence and exit code 1`, async () => {
    const { code, stdout, stderr } = await eer(...args);
    assertEquals(code, 1);
    assertEquals(stdout, "");
    assertMatch(stderr, /^eer: [^\n]+\n$/);
    assertStringIncludes(stderr, message);
  });
}

const badTokens: [string, string][] = [
  ["{}", "it must be an array of sequences"],
  ["[]", "it must be an array of sequences"],
  ["[[]]", "sequence 0 is empty"],
  ["[[0,1],[0]]", "sequence 1 has 1 tokens, but sequence 0 has 2"],
  ["[[0,3]]", "sequence 0 has 3 at position 1: tokens must be whole numbers ≥ 0 and < 3"],
  ["[[0,-1]]", "sequence 0 has -1 at position 1"],
  ["[[0,1.5]]", "sequence 0 has 1.5 at position 1"],
  ["[[0,null]]", "sequence 0 has null at position 1"],
  ["[[0,1]", "is not JSON"],
];

Deno.test("tokens that are none: one clear sentence each", async () => {
  for (const [text, message] of badTokens) {
    const file = `${temp}/bad.json`;
    await Deno.writeTextFile(file, text);
    const { code, stderr } = await eer("loss", "--weights", trained, "--tokens", file);
    assertEquals(code, 1);
    assertMatch(stderr, /^eer: [^\n]+\n$/);
    assertStringIncludes(stderr, message);
  }
});

Deno.test("help is printed for the kit and for every command", async () => {
  const overview = await eer("--help");
  assertEquals(overview.code, 0);
  for (const command of ["train", "evaluate", "loss"]) {
    assertStringIncludes(overview.stdout, command);
    const { code, stdout } = await eer(command, "--help");
    assertEquals(code, 0);
    assertStringIncludes(stdout, `usage: deno task eer ${command}`);
    assertStringIncludes(stdout, "--json");
  }
});

Deno.test("the command line may read and write, but neither reach the network nor start a process", () => {
  const flags = taskArguments().filter((argument) => argument.startsWith("-"));
  for (const flag of flags) assert(!/^(-A|--allow-(all|net|run|import))/.test(flag), flag);
  // Native code from nowhere but where setup:tensorflow puts it, and no sight of the environment's secrets.
  assertEquals(flags.find((flag) => flag.startsWith("--allow-ffi")), "--allow-ffi=.tensorflow");
  assertMatch(flags.find((flag) => flag.startsWith("--allow-env"))!, /^--allow-env=[A-Z0-9_,]+$/);
});
