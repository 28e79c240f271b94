/**
 * Fetches wheels with pip, which knows this machine's mirrors, proxies and certificates.
 *
 * @module
 */
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { oneLine } from "../storage/printable.ts";
import { runTool } from "./run_tool.ts";
import { setupCommand } from "./installation.ts";
import { type Wheel, wheelTags } from "./wheels.ts";

/**
 * Downloads a wheel to `into`. There it is whole, and has the right checksum, or is not at all.
 *
 * @param options.scratch an existing folder on the same file system for what is under way
 * @param options.onBytes is told now and then how many bytes have come
 * @throws {UserError} if it cannot be had
 */
export async function downloadWheel(
  wheel: Wheel,
  { into, scratch, python, signal, onBytes }: {
    into: string;
    scratch: string;
    python: string;
    signal: AbortSignal;
    onBytes: (bytes: number) => void;
  },
): Promise<void> {
  const { package: name, version, platforms } = wheelTags(wheel);
  const folder = await Deno.makeTempDir({ dir: scratch });
  const requirements = join(folder, "requirements.txt");
  await Deno.writeTextFile(requirements, `${name}==${version} --hash=sha256:${wheel.sha256}\n`);
  // A wheel of another Python and another system than pip's own is wanted here, hence the many options.
  const args = [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-cache-dir",
    "--disable-pip-version-check",
    "--no-deps",
  ];
  args.push("--only-binary=:all:", "--implementation=cp", "--python-version=3.12");
  args.push(...platforms.map((platform) => `--platform=${platform}`));
  args.push("--require-hashes", "-r", requirements, "-d", join(folder, "done"));
  const timer = setInterval(() => onBytes(Math.min(largestFile(folder), wheel.bytes)), 250);
  try {
    // pip collects the file in TMPDIR; the system's own may be small.
    const result = await runTool(python, args, { signal, env: { TMPDIR: folder } });
    if (!result?.success) {
      const reason = pipFailure(result?.stderr ?? "", name);
      throw new UserError(`Cannot download ${name} ${version} as ${reason}, then run ${setupCommand} again`);
    }
    await Deno.rename(join(folder, "done", wheel.file), into);
  } finally {
    clearInterval(timer);
  }
  onBytes(wheel.bytes);
  await Deno.remove(folder, { recursive: true });
}

/** Why pip failed and what to do, as a part of a sentence. */
function pipFailure(stderr: string, name: string): string {
  if (/\[Errno 28\]|No space left/.test(stderr)) return "the disk is full: make room";
  if (/DO NOT MATCH THE HASHES/.test(stderr)) {
    return "pip got a file whose checksum is not the expected one: look at the index that pip config names";
  }
  if (
    /NewConnectionError|Connection (broken|refused|reset)|Max retries|ConnectionError|timed out/i.test(stderr)
  ) {
    return "pip does not reach its package index: connect this machine (PIP_INDEX_URL names a mirror)";
  }
  if (/No matching distribution/.test(stderr)) {
    return `pip finds no ${name} for this system: update pip (python3 -m pip install --upgrade pip)`;
  }
  const last = stderr.trim().split("\n").findLast((line) => /^ERROR|Error/.test(line)) ?? "it gave no reason";
  return `pip failed (${oneLine(last.replace(/^ERROR: /, ""), 200)}): put that right`;
}

/** Size in bytes of the largest file in a folder and those below it; 0 if there is none. */
function largestFile(folder: string): number {
  try {
    const sizes = [...Deno.readDirSync(folder)].map(({ name, isDirectory }) => {
      const path = join(folder, name);
      return isDirectory ? largestFile(path) : Deno.statSync(path).size;
    });
    return Math.max(0, ...sizes);
  } catch {
    // pip has just moved or removed it.
    return 0;
  }
}
