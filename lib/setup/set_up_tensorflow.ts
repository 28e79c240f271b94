/**
 * Makes TensorFlow's native library and the addon through which Deno reaches it, step by step. Each step's result
 * is renamed into place when it is whole, so that a call that was killed is taken up where it stopped.
 *
 * @module
 */
import { statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Progress, progress } from "../commands/progress.ts";
import { UserError } from "../errors.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import { oneLine } from "../storage/printable.ts";
import { LOCK_FILE, lockDirectory } from "../storage/run_lock.ts";
import { systemReason } from "../storage/system_error.ts";
import type { CheckResult } from "./check_addon.ts";
import { compileAddon } from "./compile_addon.ts";
import { downloadWheel } from "./download_wheel.ts";
import {
  addonVersion,
  findInstallation,
  type Installation,
  installationFile,
  setupCommand,
  type TensorflowBuild,
} from "./installation.ts";
import { fetchOfficialAddon, officialAddon, officialHost } from "./official_addon.ts";
import { runTool } from "./run_tool.ts";
import { unpackWheel } from "./unpack_wheel.ts";
import { Unusable } from "./unusable.ts";
import { type Wheel, wheelsOf, wheelTags } from "./wheels.ts";

/** What is to be set up. */
export interface SetupOptions {
  /** Where all of it goes. */
  readonly folder: string;
  /** Which build; "cuda" where there is an NVIDIA card, else "cpu", unless given. */
  readonly build?: TensorflowBuild;
  readonly signal: AbortSignal;
  /** What the work is done with, the real things unless given. */
  readonly means?: Partial<SetupMeans>;
}

/** What the work is done with; tests have others. */
export interface SetupMeans {
  readonly python: string;
  readonly compiler: string;
  /** The program that lists NVIDIA cards. */
  readonly nvidia: string;
  readonly wheelsOf: (build: TensorflowBuild) => readonly Wheel[] | undefined;
  /** Where the official addon is published; it is not tried without. */
  readonly officialHost: string | undefined;
  readonly check: typeof checkInProcess;
  readonly progress: typeof progress;
}

const realMeans: SetupMeans = {
  python: "python3",
  compiler: "g++",
  nvidia: "nvidia-smi",
  wheelsOf,
  officialHost: Deno.build.os === "linux" && Deno.build.arch === "x86_64" ? officialHost : undefined,
  check: checkInProcess,
  progress,
};

/** What every step of a call needs. */
interface Work extends SetupMeans {
  readonly folder: string;
  readonly build: TensorflowBuild;
  readonly wheels: readonly Wheel[];
  /** For what is under way, and emptied by the next call. */
  readonly scratch: string;
  readonly bar: Progress;
  readonly signal: AbortSignal;
}

/** An addon in place, by its path and that of all that it needs, within the folder. */
interface Made {
  readonly addon: string;
  readonly within: string;
}

const DOWNLOADS = "downloads";
const OFFICIAL = "cpu-official";

/**
 * Sets TensorFlow up in a folder, unless that is done.
 *
 * @throws {UserError} naming what is missing, and what would put it right
 */
export async function setUpTensorflow(
  { folder, build: wanted, signal, means: given }: SetupOptions,
): Promise<Installation> {
  const means = { ...realMeans, ...given };
  const gpu = await nvidiaCard(means.nvidia, signal);
  const build = wanted ?? (gpu !== undefined && means.wheelsOf("cuda") ? "cuda" : "cpu");
  const wheels = means.wheelsOf(build);
  if (!wheels) {
    const { os, arch } = Deno.build;
    const machines = build === "cpu" ? "Linux on x86_64 or aarch64" : "Linux on x86_64";
    throw new UserError(
      `Cannot set up TensorFlow's ${build} build on ${os} ${arch}, only for ${machines}: ` +
        "engine fused and backend wasm need no setup",
    );
  }
  const done = await findInstallation(folder);
  if (done?.build === build) return done;
  try {
    await Deno.mkdir(folder, { recursive: true });
    using _lock = lockDirectory(folder);
    return await setUp({ ...means, folder, build, wheels, signal }, gpu);
  } catch (error) {
    if (signal.aborted || error instanceof UserError) throw error;
    throw new UserError(`Cannot set up TensorFlow in ${folder} as ${systemReason(error)}`);
  }
}

/** Does it, under the folder's lock. */
async function setUp(work: Omit<Work, "scratch" | "bar">, gpu: string | undefined): Promise<Installation> {
  const { folder, build, wheels } = work;
  const scratch = join(folder, "under-way");
  await remove(scratch);
  await Deno.mkdir(scratch);
  const size = wheels.reduce((sum, { bytes }) => sum + 2 * bytes, 0);
  const bar = work.progress("setup", Math.ceil(size / 1e6));
  try {
    const all: Work = { ...work, scratch, bar };
    const { made, result } = await official(all) ?? await own(all);
    if (build === "cuda" && !result.onGpu) {
      bar.line("TensorFlow finds no graphics card that it can use here, and computes on the processor");
    }
    for (const { name } of Deno.readDirSync(folder)) {
      if (name !== LOCK_FILE && name !== made.within) await remove(join(folder, name));
    }
    const installation: Installation = {
      build,
      version: result.version,
      addonVersion,
      addon: made.addon,
      files: loadedFiles(folder, made.within),
      gpu,
    };
    await writeFileAtomically(join(folder, installationFile), `${JSON.stringify(installation, null, 1)}\n`);
    return installation;
  } finally {
    bar.stop();
    await remove(scratch);
  }
}

/** The official addon, if it is for this build, can be had and works. */
async function official(work: Work) {
  const { folder, build, officialHost: host, scratch, bar, signal } = work;
  const made = { addon: `${OFFICIAL}/${officialAddon}`, within: OFFICIAL };
  // Once begun, our own is taken to its end.
  if (build !== "cpu" || host === undefined || exists(join(folder, DOWNLOADS))) return undefined;
  const into = join(folder, OFFICIAL);
  try {
    if (!exists(into)) {
      bar.line("looking for the official prebuilt addon");
      await fetchOfficialAddon({ into, scratch, host, signal });
    }
    return { made, result: await check(work, made) };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    bar.line(`the official prebuilt addon is not taken as ${error.message}: one is compiled instead`);
    await remove(into);
    return undefined;
  }
}

/** The addon compiled here against the library of the wheels. */
async function own(work: Work) {
  const { folder, build, wheels, compiler, scratch, bar, signal } = work;
  const { version } = wheelTags(wheels[0]);
  const within = `${build}-${version}`;
  const made = { addon: `${within}/tfjs_binding.node`, within };
  const isUnpacked = (wheel: Wheel) => sizeOf(join(folder, within, wheel.folder)) === wheel.unpacked;
  const missing = wheels.filter((wheel) => !isUnpacked(wheel));
  await assertCanBegin(work, missing);

  await Deno.mkdir(join(folder, DOWNLOADS), { recursive: true });
  let done = wheels.reduce((sum, wheel) => sum + (missing.includes(wheel) ? 0 : 2 * wheel.bytes), 0);
  for (const wheel of missing) done = await fetchWheel(wheel, { ...work, into: join(folder, within), done });

  bar.line("compiling the addon (some 20 seconds)");
  await compileAddon(join(folder, within), { into: join(folder, made.addon), scratch, compiler, signal });
  try {
    return { made, result: await check(work, made) };
  } catch (error) {
    if (!(error instanceof Unusable)) throw error;
    await remove(join(folder, within));
    throw new UserError(
      `Cannot use the TensorFlow made here as ${error.message}: it is removed, and ${setupCommand} makes it anew`,
    );
  }
}

/** Downloads and unpacks one wheel; returns the bytes done after it. */
async function fetchWheel(
  wheel: Wheel,
  { into, done, folder, python, scratch, bar, signal }: Work & { into: string; done: number },
): Promise<number> {
  const { package: name, version } = wheelTags(wheel);
  const file = join(folder, DOWNLOADS, wheel.file);
  const tell = (doing: string, start: number) => (bytes: number) =>
    bar.update(Math.round((start + bytes) / 1e6), `MB, ${doing} ${name}`);
  if (!exists(file)) {
    bar.line(`downloading ${name} ${version} (${megabytes(wheel.bytes)})`);
    await downloadWheel(wheel, { into: file, scratch, python, signal, onBytes: tell("downloading", done) });
  }
  bar.line(`unpacking ${name} (${megabytes(wheel.unpacked)})`);
  const target = join(into, wheel.folder);
  await remove(target);
  await unpackWheel(wheel, {
    from: file,
    into: target,
    scratch,
    signal,
    onBytes: tell("unpacking", done + wheel.bytes),
  });
  await remove(file);
  return done + 2 * wheel.bytes;
}

/** @throws {UserError} if a program or room on the disk is missing, before anything is begun */
async function assertCanBegin(work: Work, missing: readonly Wheel[]): Promise<void> {
  const { folder, compiler, python, signal } = work;
  const again = `then run ${setupCommand} again`;
  if (!(await runTool(compiler, ["--version"], { signal }))?.success) {
    throw new UserError(
      `Cannot set up TensorFlow as there is no ${compiler} to compile its addon: install it ` +
        `(Debian and Ubuntu: apt-get install g++, Fedora: dnf install gcc-c++), ${again}`,
    );
  }
  const toDownload = missing.filter(({ file }) => !exists(join(folder, DOWNLOADS, file)));
  if (toDownload.length > 0 && !(await runTool(python, ["-m", "pip", "--version"], { signal }))?.success) {
    throw new UserError(
      `Cannot set up TensorFlow as there is no ${python} with pip to download it: install it ` +
        `(Debian and Ubuntu: apt-get install python3-pip, Fedora: dnf install python3-pip), ${again}`,
    );
  }
  const needed = missing.reduce((sum, { unpacked }) => sum + unpacked, 0) +
    Math.max(0, ...toDownload.map(({ bytes }) => bytes));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < needed) {
    throw new UserError(
      `Cannot set up TensorFlow as ${folder} has ${megabytes(bavail * bsize)} free and needs ` +
        `${megabytes(needed)}: make room, ${again}`,
    );
  }
}

/** @throws {Unusable} if the addon does not load, or does not compute what it should */
async function check({ folder, bar, signal, check }: Work, { addon }: Made): Promise<CheckResult> {
  bar.line("checking that it computes");
  const result = await check(join(folder, addon), { folder, signal });
  if (!(result.error < 1e-5)) {
    throw new Unusable("it computes a wrong gradient");
  }
  return result;
}

/** Runs `check_addon.ts` with no more permissions than the engine has. */
async function checkInProcess(
  addon: string,
  { folder, signal }: { folder: string; signal: AbortSignal },
): Promise<CheckResult> {
  const program = fileURLToPath(new URL("./check_addon.ts", import.meta.url));
  const permissions = ["--no-prompt", "--allow-read", `--allow-ffi=${folder}`, "--allow-env"];
  const result = await runTool(Deno.execPath(), ["run", "--quiet", ...permissions, program, addon], {
    signal,
    env: { NO_COLOR: "1" },
  });
  if (result?.success) return JSON.parse(result.stdout);
  const reason = result?.stderr.split("\n").find((line) => /error/i.test(line)) ?? "it dies without a word";
  throw new Unusable(`it does not work (${oneLine(reason, 300)})`);
}

/** Sizes of the files of an addon and its libraries by their paths within the folder; the compiler's are left out. */
function loadedFiles(folder: string, within: string): Record<string, number> {
  const entries = filesIn(join(folder, within)).map(({ path, size }) =>
    [relative(folder, path), size] as const
  );
  return Object.fromEntries(entries.filter(([path]) => !path.includes("/include/")));
}

/** What the machine's first NVIDIA card is called. */
async function nvidiaCard(program: string, signal: AbortSignal): Promise<string | undefined> {
  const result = await runTool(program, ["--query-gpu=name", "--format=csv,noheader"], { signal });
  return result?.success ? oneLine(result.stdout.trim().split("\n")[0], 100) || undefined : undefined;
}

/** Removes a file or folder; it need not exist. */
async function remove(path: string): Promise<void> {
  if (exists(path)) await Deno.remove(path, { recursive: true });
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** Bytes in all the files below a folder, 0 if it does not exist. */
function sizeOf(folder: string): number {
  return exists(folder) ? filesIn(folder).reduce((sum, { size }) => sum + size, 0) : 0;
}

/** The files below a folder. */
function filesIn(folder: string): { path: string; size: number }[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    return isDirectory ? filesIn(path) : [{ path, size: Deno.statSync(path).size }];
  });
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
