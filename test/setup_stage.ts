/**
 * A stage on which `setUpTensorflow` plays with stand-ins: wheels of a few bytes, and shell scripts for pip,
 * compiler and nvidia-smi that write down how they are called.
 *
 * @module
 */
import { zipSync } from "fflate";
import { createHash } from "node:crypto";
import { join } from "node:path";
import type { CheckResult } from "../lib/setup/check_addon.ts";
import type { Installation, TensorflowBuild } from "../lib/setup/installation.ts";
import { type SetupMeans, setUpTensorflow } from "../lib/setup/set_up_tensorflow.ts";
import { type Wheel, wheelTags } from "../lib/setup/wheels.ts";

const quiet = { update: () => {}, line: () => {}, stop: () => {} };
const text = (value: string) => new TextEncoder().encode(value);

/** A wheel of the given content, and what is known of it. */
function wheelOf(
  file: string,
  folder: string,
  content: Record<string, string>,
): [Wheel, Uint8Array<ArrayBuffer>] {
  const bytes = zipSync(
    Object.fromEntries(Object.entries(content).map(([path, value]) => [path, text(value)])),
  );
  const needed = new RegExp(`^${folder}/lib`);
  const unpacked = Object.entries(content).filter(([path]) => needed.test(path)).map(([, value]) =>
    value.length
  );
  const wheel: Wheel = {
    file,
    folder,
    needed,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    unpacked: unpacked.reduce((sum, each) => sum + each, 0),
  };
  return [wheel, bytes as Uint8Array<ArrayBuffer>];
}

const wheels = [
  wheelOf("tensor_flow-1.0-cp312-cp312-linux_a.linux_b.whl", "tensorflow", {
    "tensorflow/libtensorflow.so": "library".repeat(500),
    "tensorflow/lib/more.so": "",
    "tensorflow/python/__init__.py": "of no use",
    "elsewhere/lib.so": "of no use",
  }),
  wheelOf("nvidia_cards-2.0-py3-none-linux_a.whl", "nvidia/cards", { "nvidia/cards/lib/cards.so": "cards" }),
];

/** See the module. */
export class SetupStage {
  /** What is set up, and where. */
  readonly folder: string;
  readonly #root: string;

  private constructor(root: string) {
    this.#root = root;
    this.folder = join(root, "installed");
  }

  /** @param root an empty folder */
  static async create(root: string): Promise<SetupStage> {
    const stage = new SetupStage(root);
    for (const [wheel, bytes] of wheels) {
      const { package: name } = wheelTags(wheel);
      await Deno.mkdir(join(root, "index", name), { recursive: true });
      await Deno.writeFile(join(root, "index", name, wheel.file), bytes);
    }
    await stage.program(
      "python",
      `
      [ "$3" = --version ] && exit 0
      while [ $# -gt 0 ]; do
        case $1 in -d) into=$2 ;; -r) read -r requirement < "$2" ;; esac
        shift
      done
      mkdir "$into" && cp "${root}/index/\${requirement%%==*}/"* "$into"`,
    );
    await stage.program(
      "compiler",
      `
      [ "$1" = --version ] && exit 0
      while [ $# -gt 0 ]; do [ "$1" = -o ] && echo addon > "$2"; shift; done`,
    );
    return stage;
  }

  /** Puts a shell script in a program's place. */
  async program(name: "python" | "compiler" | "nvidia", script: string): Promise<void> {
    const path = join(this.#root, name);
    await Deno.writeTextFile(path, `#!/bin/sh\necho "${name} $*" >> "${this.#root}/calls"\n${script}\n`);
    await Deno.chmod(path, 0o755);
  }

  /** Takes a program away. */
  async without(name: "python" | "compiler"): Promise<void> {
    await Deno.remove(join(this.#root, name));
  }

  /** The calls of programs since the last time, without those that only ask whether they are there. */
  async calls(): Promise<string[]> {
    const path = join(this.#root, "calls");
    const lines = (await Deno.readTextFile(path).catch(() => "")).split("\n");
    await Deno.writeTextFile(path, "");
    return lines.filter((line) => line !== "" && !/--version|--query-gpu/.test(line));
  }

  /** Gives pip another file than the one that is pinned. */
  async spoilWheel(index: 0 | 1): Promise<void> {
    const [wheel] = wheels[index];
    await Deno.writeTextFile(join(this.#root, "index", wheelTags(wheel).package, wheel.file), "spoilt");
  }

  /** Sets up; the check passes unless another is given. */
  run(
    { build, signal = new AbortController().signal, ...means }:
      & Partial<SetupMeans>
      & { build?: TensorflowBuild; signal?: AbortSignal } = {},
  ): Promise<Installation> {
    return setUpTensorflow({
      folder: this.folder,
      build,
      signal,
      means: {
        python: join(this.#root, "python"),
        compiler: join(this.#root, "compiler"),
        nvidia: join(this.#root, "nvidia"),
        wheelsOf: (build) => wheels.map(([wheel]) => wheel).slice(0, build === "cpu" ? 1 : 2),
        officialHost: undefined,
        check: () => Promise.resolve(passing),
        progress: () => quiet,
        ...means,
      },
    });
  }
}

/** What a check finds that passes. */
export const passing: CheckResult = { version: "1.0.0", onGpu: false, error: 1e-8 };
