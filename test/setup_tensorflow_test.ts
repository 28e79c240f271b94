// deno task setup:tensorflow, with stand-ins for wheels, pip, compiler and server (setup_stage.ts).
import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { UserError } from "../lib/errors.ts";
import {
  addonVersion,
  findInstallation,
  type Installation,
  installationFile,
} from "../lib/setup/installation.ts";
import { wheelsOf, wheelTags } from "../lib/setup/wheels.ts";
import { Child } from "./child.ts";
import { passing, SetupStage } from "./setup_stage.ts";
import { tempDir } from "./temp_dir.ts";

/** A test on a new stage; the stand-ins are shell scripts. */
function test(name: string, run: (stage: SetupStage, root: string) => Promise<void>): void {
  Deno.test({
    name: `setup: ${name}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using directory = await tempDir();
      await run(await SetupStage.create(directory.path), directory.path);
    },
  });
}

/** The one sentence that it is refused with. */
async function refusal(run: () => Promise<unknown>): Promise<string> {
  const { message } = await assertRejects(run, UserError);
  assertMatch(message, /^Cannot [^\n]+$/);
  return message;
}

/** As it is read back from its file. */
function asRead(installation: Installation): Installation {
  return JSON.parse(JSON.stringify(installation));
}

async function names(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
}

test("fetches, unpacks, compiles and checks; a second call does nothing", async (stage) => {
  const checked: string[] = [];
  const check = (addon: string) => {
    checked.push(addon);
    return Promise.resolve(passing);
  };
  const made = await stage.run({ check });
  assertEquals(made, {
    build: "cpu",
    version: "1.0.0",
    addonVersion,
    addon: "cpu-1.0/tfjs_binding.node",
    files: {
      "cpu-1.0/tfjs_binding.node": 6,
      "cpu-1.0/tensorflow/libtensorflow.so": 3500,
      "cpu-1.0/tensorflow/lib/more.so": 0,
    },
    gpu: undefined,
  });
  assertEquals(checked, [join(stage.folder, made.addon)]);
  assertEquals(await names(stage.folder), [".lock", "cpu-1.0", installationFile]);
  assertEquals(await names(join(stage.folder, "cpu-1.0/tensorflow")), ["lib", "libtensorflow.so"]);
  const [download, compile, ...rest] = await stage.calls();
  for (const part of ["--require-hashes", "--platform=linux_a --platform=linux_b", "--only-binary=:all:"]) {
    assertStringIncludes(download, part);
  }
  assertMatch(compile, /compiler .*tfjs_backend\.cc .*tfjs_binding\.cc .*-rpath,\$ORIGIN\/tensorflow/);
  assertEquals(rest, []);

  assertEquals(await stage.run({ check }), asRead(made));
  assertEquals([await stage.calls(), checked.length], [[], 1]);
});

test("an NVIDIA card gets the cuda build, and cpu where that is asked for", async (stage) => {
  await stage.program("nvidia", "echo NVIDIA H100; echo NVIDIA A100");
  const made = await stage.run({ check: () => Promise.resolve({ ...passing, onGpu: true }) });
  assertEquals([made.build, made.gpu], ["cuda", "NVIDIA H100"]);
  assert("cuda-1.0/nvidia/cards/lib/cards.so" in made.files);
  assertEquals((await stage.run({ build: "cpu" })).build, "cpu");
  assertEquals(await names(stage.folder), [".lock", "cpu-1.0", installationFile]);
});

const stops: [at: string, stop: (stage: SetupStage) => Promise<void>, left: string[]][] = [
  ["the first download", (stage) => stage.program("python", `[ "$3" = --version ]`), [
    "tensor-flow",
    "nvidia-cards",
    "compiler",
  ]],
  ["the second download", (stage) => stage.spoilWheel(1), ["nvidia-cards", "compiler"]],
  ["compiling", (stage) => stage.program("compiler", `[ "$1" = --version ]`), ["compiler"]],
];
for (const [at, stop, left] of stops) {
  test(`stopped at ${at} it is not set up, and goes on from there`, async (stage, root) => {
    await stop(stage);
    await refusal(() => stage.run({ build: "cuda" }));
    assertEquals(await findInstallation(stage.folder), undefined);
    assert(!(await names(stage.folder)).includes("under-way"));
    await SetupStage.create(root);
    await stage.calls();
    await stage.run({ build: "cuda" });
    const calls = (await stage.calls()).map((call) => call.startsWith("compiler") ? "compiler" : "download");
    assertEquals(calls, left.map((each) => each === "compiler" ? "compiler" : "download"));
    assert(await findInstallation(stage.folder));
  });
}

for (const [program, calls] of [["python", 2], ["compiler", 1]] as const) {
  test(`killed while ${program} runs it is not set up, and goes on from there`, async (stage, root) => {
    {
      await using child = new Child("setup_runner.ts", root, program);
      await child.firstOutput();
      await assertRejects(() => stage.run(), UserError, "another process");
    }
    assertEquals(await findInstallation(stage.folder), undefined);
    await SetupStage.create(root);
    await stage.calls();
    await stage.run();
    assertEquals((await stage.calls()).length, calls);
    assertEquals(await names(stage.folder), [".lock", "cpu-1.0", installationFile]);
  });
}

test("aborted it stops, and goes on later", async (stage) => {
  const controller = new AbortController();
  const { signal } = controller;
  const line = (text: string) => text.startsWith("compiling") && controller.abort();
  const progress = () => ({ update: () => {}, line, stop: () => {} });
  await assertRejects(() => stage.run({ signal, progress }), DOMException);
  assertEquals(await findInstallation(stage.folder), undefined);
  await stage.calls();
  await stage.run();
  assertEquals((await stage.calls()).length, 1);
});

test("what the setup lost or has cut short is made again", async (stage) => {
  const made = await stage.run();
  for (const damage of [Deno.remove, (path: string) => Deno.truncate(path, 2)]) {
    for (const file of Object.keys(made.files).filter((path) => made.files[path] > 0)) {
      await damage(join(stage.folder, file));
      assertEquals(await findInstallation(stage.folder), undefined);
      assertEquals(await stage.run(), made);
      assertEquals(await findInstallation(stage.folder), asRead(made));
    }
  }
});

test("the setup of another version or a broken record of it does not count", async (stage) => {
  const made = await stage.run();
  const record = join(stage.folder, installationFile);
  for (const content of ["", "{", JSON.stringify({ ...made, addonVersion: "1.0.0" })]) {
    await Deno.writeTextFile(record, content);
    assertEquals(await findInstallation(stage.folder), undefined);
  }
});

test("a library that computes something else, or does not load, is removed", async (stage) => {
  for (const error of [1e-3, NaN]) {
    const message = await refusal(() => stage.run({ check: () => Promise.resolve({ ...passing, error }) }));
    assertStringIncludes(
      message,
      "wrong gradient: it is removed, and deno task setup:tensorflow makes it anew",
    );
    assertEquals(await names(stage.folder), [".lock", "downloads"]);
  }
});

test("what is missing is told before anything is fetched", async (stage) => {
  await stage.without("python");
  assertStringIncludes(await refusal(() => stage.run()), "with pip to download it: install it (Debian");
  await stage.program("python", "echo no module named pip >&2; exit 1");
  assertStringIncludes(await refusal(() => stage.run()), "with pip to download it: install it (Debian");
  await stage.without("compiler");
  assertStringIncludes(await refusal(() => stage.run()), "to compile its addon: install it (Debian");
  assertEquals(await stage.calls(), []);
  assertStringIncludes(
    await refusal(() => stage.run({ wheelsOf: () => undefined })),
    "engine fused and backend wasm",
  );
});

test("a disk without room is told before anything is fetched", async (stage) => {
  const [wheel] = wheelsOf("cpu", { os: "linux", arch: "x86_64" })!;
  const message = await refusal(() => stage.run({ wheelsOf: () => [{ ...wheel, unpacked: 1e18 }] }));
  assertMatch(message, /has \d+ MB free and needs 1000000000274 MB: make room/);
  assertEquals(await stage.calls(), []);
});

const pipSays: [text: string, told: string][] = [
  [
    "WARNING: Retrying after connection broken by NewConnectionError(...)",
    "does not reach its package index",
  ],
  ["ERROR: No matching distribution found for tensor-flow==1.0", "finds no tensor-flow for this system"],
  ["ERROR: Could not install: [Errno 28] No space left on device", "the disk is full"],
  ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "checksum is not the expected one"],
  ["ERROR: Something new", "pip failed (Something new)"],
];
test("why pip failed is told", async (stage) => {
  for (const [text, told] of pipSays) {
    await stage.program("python", `[ "$3" = --version ] || { echo "${text}" >&2; exit 1; }`);
    assertStringIncludes(await refusal(() => stage.run()), told);
  }
});

test("why the compiler failed is told", async (stage) => {
  await stage.program(
    "compiler",
    `[ "$1" = --version ] || { echo "a.cc:1: error: no such thing" >&2; exit 1; }`,
  );
  assertStringIncludes(await refusal(() => stage.run()), "failed (a.cc:1: error: no such thing)");
});

test("a folder that cannot be made is told", async (stage, root) => {
  await Deno.writeTextFile(stage.folder, "");
  assertStringIncludes(await refusal(() => stage.run()), root);
});

/** What the official server has: an archive with the file that each of its two paths should bring. */
async function officialArchives(root: string): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const archives = new Map<string, Uint8Array<ArrayBuffer>>();
  for (
    const [ending, file] of [["4.22.0.tar.gz", "napi-v8/tfjs_binding.node"], [
      "2.9.1.tar.gz",
      "lib/libtensorflow.so",
    ]]
  ) {
    const from = join(root, "official", ending);
    await Deno.mkdir(join(from, file, ".."), { recursive: true });
    await Deno.writeTextFile(join(from, file), file);
    const archive = join(root, "archive");
    await new Deno.Command("tar", { args: ["-czf", archive, "-C", from, "."] }).output();
    archives.set(ending, await Deno.readFile(archive));
  }
  return archives;
}

const servers: [
  name: string,
  answer: (archive: Uint8Array<ArrayBuffer>, md5: string) => Response,
  taken: boolean,
][] = [
  [
    "taken where it can be had",
    (archive, md5) => new Response(archive, { headers: { "x-goog-hash": `md5=${md5}` } }),
    true,
  ],
  [
    "left where its checksum is wrong",
    (archive) => new Response(archive, { headers: { "x-goog-hash": "md5=AAAA" } }),
    false,
  ],
  ["left where it has no checksum", (archive) => new Response(archive), false],
  ["left where it cannot be had", () => new Response("no", { status: 403 }), false],
];
for (const [name, answer, taken] of servers) {
  test(`the official addon is ${name}`, async (stage, root) => {
    const archives = await officialArchives(root);
    await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
      const archive = archives.entries().find(([ending]) => url.endsWith(ending))![1];
      return answer(archive, createHash("md5").update(archive).digest("base64"));
    });
    const officialHost = `http://127.0.0.1:${server.addr.port}`;
    const made = await stage.run({ officialHost });
    assertEquals(
      made.addon,
      taken ? "cpu-official/lib/napi-v8/tfjs_binding.node" : "cpu-1.0/tfjs_binding.node",
    );
    assertEquals((await stage.calls()).length, taken ? 0 : 2);
    assertEquals("cpu-official/deps/lib/libtensorflow.so" in made.files, taken);
    assert(await findInstallation(stage.folder));
    assertEquals((await stage.run({ officialHost, build: "cuda" })).addon, "cuda-1.0/tfjs_binding.node");
  });
}

test("an official addon that does not work gives way to one compiled here", async (stage, root) => {
  const archives = await officialArchives(root);
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, ({ url }) => {
    const archive = archives.entries().find(([ending]) => url.endsWith(ending))![1];
    const md5 = createHash("md5").update(archive).digest("base64");
    return new Response(archive, { headers: { "x-goog-hash": `md5=${md5}` } });
  });
  const made = await stage.run({
    officialHost: `http://127.0.0.1:${server.addr.port}`,
    check: (addon) => Promise.resolve({ ...passing, error: addon.includes("official") ? NaN : 0 }),
  });
  assertEquals(made.addon, "cpu-1.0/tfjs_binding.node");
  assertEquals(await names(stage.folder), [".lock", "cpu-1.0", installationFile]);
});

Deno.test("setup: the pinned wheels are told apart, and the addon is the package's in deno.json", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("../deno.json", import.meta.url)));
  assertEquals(imports["@tensorflow/tfjs-node-gpu"], `npm:@tensorflow/tfjs-node-gpu@${addonVersion}`);
  const x86 = { os: "linux", arch: "x86_64" };
  for (
    const wheels of [
      wheelsOf("cpu", x86)!,
      wheelsOf("cuda", x86)!,
      wheelsOf("cpu", { ...x86, arch: "aarch64" })!,
    ]
  ) {
    assertEquals(new Set(wheels.map(({ folder }) => folder)).size, wheels.length);
    for (const wheel of wheels) {
      assertMatch(wheel.sha256, /^[0-9a-f]{64}$/);
      const { version, platforms } = wheelTags(wheel);
      assertMatch(version, /^\d+(\.\d+)+$/);
      for (const platform of platforms) assertMatch(platform, /^manylinux\w*_(x86_64|aarch64)$/);
    }
  }
  assertEquals(wheelsOf("cuda", { os: "linux", arch: "aarch64" }), undefined);
  assertEquals(wheelsOf("cpu", { os: "darwin", arch: "aarch64" }), undefined);
});
