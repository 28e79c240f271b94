import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import { diagnosisText } from "../lib/commands/doctor.ts";
import type { Diagnosis, Health } from "../lib/doctor/doctor.ts";
import { probe } from "../lib/doctor/probe.ts";
import { doctorWork, prepare } from "../lib/doctor/work.ts";
import { engines } from "../lib/engines/select.ts";
import { eer } from "./eer.ts";
import { objective } from "./reference/forward.ts";
import { smallSettings } from "./small_run.ts";

const root = new URL("../", import.meta.url);

/** Calls the doctor where neither packages' files can be read nor a graphics card's driver is found. */
async function doctorInTrouble(...args: string[]) {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      "--allow-read=.",
      "--allow-env=DENO_WEBGPU_BACKEND",
      "lib/cli.ts",
      "doctor",
      ...args,
    ],
    cwd: root,
    stdin: "null",
    stderr: "null",
    env: { NO_COLOR: "1", VK_DRIVER_FILES: "/dev/null", VK_ICD_FILENAMES: "/dev/null" },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

Deno.test("the doctor tells of every engine and backend, what is broken with reason and fix, and exits 0", async () => {
  const { code, stdout } = await doctorInTrouble("--json");
  assertEquals(code, 0);
  const { ground, engines: healths, auto }: Diagnosis = JSON.parse(stdout);
  assertEquals(ground.deno, Deno.version.deno);
  assertEquals(ground.cores, navigator.hardwareConcurrency);
  assertEquals([ground.simd, ground.sharedMemory], [true, true]);
  const all = Object.entries(engines).flatMap(([engine, backends]) =>
    backends.map((backend) => [engine, backend])
  );
  assertEquals(healths.map(({ engine, backend }) => [engine, backend]), all);

  const health = (backend: string) => healths.find((each) => each.backend === backend)!;
  for (const backend of ["wasm-simd", "cpu"]) {
    assertEquals(health(backend).works, true);
    assertGreater(health(backend).milliseconds!, 0);
  }
  assertEquals(health("wasm-relaxed-simd").works, ground.relaxedSimd);
  assertEquals(auto, { engine: "fused", backend: ground.relaxedSimd ? "wasm-relaxed-simd" : "wasm-simd" });
  for (const backend of ["wasm", "tensorflow"]) {
    assertEquals([health(backend).works, health(backend).milliseconds], [false, undefined]);
    assertStringIncludes(health(backend).reason!, `Cannot run on tfjs backend "${backend}"`);
  }
  assertStringIncludes(health("wasm").fix!, "deno cache --reload npm:@tensorflow/tfjs-backend-wasm");
  if (Deno.build.os === "linux") {
    const onCard = healths.filter(({ backend }) => backend === "webgpu");
    assertEquals(onCard.map(({ engine }) => engine), ["fused", "tfjs"]);
    for (const { engine, reason, fix } of onCard) {
      assertStringIncludes(
        reason!,
        `Cannot run on ${engine} backend "webgpu" as this machine offers no adapter`,
      );
      assertEquals(fix, "sudo apt-get install mesa-vulkan-drivers");
    }
  }
});

Deno.test("the total that engines are held to is the reference's", () => {
  const { problem, parameters, batch } = prepare(doctorWork);
  assert(Math.abs(objective(problem, parameters, batch).total / doctorWork.total! - 1) < 1e-12);
});

Deno.test("an engine that takes too long is given up", async () => {
  const choice = { engine: "tfjs", backend: "cpu" };
  const answer = await probe({ choice, work: doctorWork, time: true }, { limit: 1 });
  assert(answer.kind === "fails");
  assertStringIncludes(answer.reason, "did not finish within 0.001 s");
});

Deno.test("an engine that does not come up is told, not thrown", async () => {
  const answer = await probe({ choice: { engine: "warp" }, work: doctorWork, time: true }, { limit: 60_000 });
  assert(answer.kind === "fails");
  assertStringIncludes(answer.reason, `Cannot use engine "warp"`);
});

Deno.test("train --engine fastest times every engine, trains on the fastest and goes on with it", async () => {
  const out = await Deno.makeTempDir();
  try {
    const config = `${out}/small.json`;
    await Deno.writeTextFile(config, JSON.stringify(smallSettings()));
    const train = ["train", "--config", config, "--engine", "fastest", "--out", `${out}/run`, "--json"];
    const first = await eer(...train);
    assertEquals(first.code, 0, first.stderr);
    const timed = [...first.stderr.matchAll(/a step on (\S+) (\S+) takes ([\d.]+) ms/g)]
      .map(([, engine, backend, milliseconds]) => ({ engine, backend, milliseconds: Number(milliseconds) }));
    for (const each of ["wasm-simd", "wasm", "cpu"]) {
      assert(timed.some(({ backend }) => backend === each), `${each} was not timed`);
    }
    const times = timed.map(({ milliseconds }) => milliseconds);
    assertEquals(times, times.toSorted((a, b) => a - b));
    const { engine, backend } = JSON.parse(first.stdout);
    assertEquals({ engine, backend }, { engine: timed[0].engine, backend: timed[0].backend });

    const resumed = await eer(...train, "--resume");
    assertEquals(resumed.code, 0, resumed.stderr);
    assert(!resumed.stderr.includes("a step on"));
    assertEquals(JSON.parse(resumed.stdout).backend, backend);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("the table is aligned, marks what auto takes, and ends with what helps", () => {
  const ill: Health = {
    engine: "tfjs",
    backend: "webgpu",
    works: false,
    reason: "Cannot see",
    fix: "glasses",
  };
  const text = diagnosisText({
    ground: {
      deno: "2",
      system: "linux x86_64",
      cores: 2,
      simd: true,
      relaxedSimd: false,
      sharedMemory: true,
    },
    engines: [
      { engine: "fused", backend: "wasm-simd", works: true, milliseconds: 9.26 },
      { engine: "tfjs", backend: "cpu", works: true, milliseconds: 3417.2, details: "an abacus" },
      ill,
      { ...ill, backend: "wasm", fix: undefined },
    ],
    auto: { engine: "fused", backend: "wasm-simd" },
  });
  assertEquals(text.split("\n"), [
    "Deno 2, linux x86_64, 2 cores",
    "WebAssembly: SIMD yes, relaxed SIMD no, shared memory yes",
    "",
    "engine  backend    works     step",
    "fused   wasm-simd  yes     9.3 ms  what auto takes",
    "tfjs    cpu        yes    3417 ms  an abacus",
    "tfjs    webgpu     no",
    "tfjs    wasm       no",
    "",
    "A step trains preset eer on 32 sequences of 40 tokens; median after warming up.",
    "",
    "tfjs webgpu: Cannot see",
    "  glasses",
    "",
    "tfjs wasm: Cannot see",
  ]);
});
