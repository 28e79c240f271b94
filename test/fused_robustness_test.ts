// What the fused engine leaves behind: nothing, however often it starts and however it ends.
import { assert, assertEquals } from "@std/assert";
import { taskArguments } from "./eer.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import { presetCase } from "./engine_contract.ts";

const onLinux = Deno.build.os === "linux";

/** Threads of this process. */
function threads(): number {
  return [...Deno.readDirSync("/proc/self/task")].length;
}

/** Waits until the condition holds; false if it does not within 20 seconds. */
async function comesTrue(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 400; tries++) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

Deno.test({
  name: "fused: engines that start fifty times in a row leave no thread behind",
  ignore: !onLinux,
  async fn() {
    const { problem, parameters, batch } = presetCase({});
    let first: unknown;
    const once = async () => {
      const engine = await createFusedEngine(problem, { workers: 2 });
      const { gradient } = await engine.lossAndGradient(parameters, batch);
      first ??= gradient;
      assertEquals(gradient, first);
      await engine.dispose();
    };
    // The runtime starts threads of its own when they are first needed, and keeps them.
    for (let i = 0; i < 3; i++) await once();
    const before = threads();
    for (let i = 0; i < 50; i++) await once();
    assert(await comesTrue(() => threads() <= before), `${before} threads became ${threads()}`);
  },
});

/** Ids of the processes, not yet reaped ones aside, in whose environment `mark` is. */
function marked(mark: string): string[] {
  return [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      return Deno.readTextFileSync(`/proc/${id}/environ`).includes(mark);
    } catch {
      // It has ended.
      return false;
    }
  });
}

Deno.test({
  name: "fused: runs killed in the middle of a step leave no process and no temporary file",
  ignore: !onLinux,
  async fn() {
    const root = new URL("../", import.meta.url);
    const folder = await Deno.makeTempDir();
    const mark = `EER_TEST_MARK=${crypto.randomUUID()}`;
    const [name, value] = mark.split("=");
    try {
      await Deno.mkdir(`${folder}/temporary`);
      const kill = async (run: number) => {
        const out = `${folder}/run-${run}`;
        const training = [
          "steps=1000000",
          "evaluateEvery=1000000",
          "evaluateLengths=[5]",
          "evaluateSequences=4",
        ];
        const child = new Deno.Command(Deno.execPath(), {
          args: [
            ...taskArguments(),
            ...["train", "--engine", "fused", "--workers", "2", "--out", out],
            ...training.flatMap((setting) => ["--set", `training.${setting}`]),
          ],
          cwd: root,
          env: { [name]: value, TMPDIR: `${folder}/temporary` },
          stdin: "null",
          stdout: "null",
          stderr: "null",
        }).spawn();
        // The first evaluation is stored before the first step, and the next is far away.
        const stepping = await comesTrue(() => {
          try {
            return Deno.statSync(`${out}/checkpoint.safetensors`).isFile;
          } catch {
            return false;
          }
        });
        assert(stepping, "the run does not start");
        await new Promise((resolve) => setTimeout(resolve, 20 * run));
        assert(marked(mark).length > 0, "the mark does not find the processes");
        child.kill("SIGKILL");
        assertEquals((await child.status).code, 137);
        const left = [...Deno.readDirSync(out)].map((entry) => entry.name).sort();
        assertEquals(left, [".lock", "checkpoint.safetensors", "config.json", "metrics.csv"]);
      };
      await Promise.all(Array.from({ length: 10 }, (_, run) => kill(run)));
      assert(await comesTrue(() => marked(mark).length === 0), `still there: ${marked(mark)}`);
      assertEquals([...Deno.readDirSync(`${folder}/temporary`)], []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
