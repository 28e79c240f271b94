import { assertEquals } from "@std/assert";
import { spawnEer } from "./eer.ts";
import { runFiles, smallConfiguration, trainSmall } from "./small_run.ts";

Deno.test("kill −9 at any moment, then --resume: the same bytes as an uninterrupted run", async () => {
  const temp = await Deno.makeTempDir();
  try {
    const small = smallConfiguration({ steps: 120, evaluateEvery: 5 });
    await trainSmall(`${temp}/whole`, { small });
    await Deno.writeTextFile(`${temp}/small.json`, JSON.stringify(small));
    const directory = `${temp}/killed`;
    const args = [
      "train",
      "--config",
      `${temp}/small.json`,
      "--backend",
      "cpu",
      "--out",
      directory,
      "--resume",
    ];
    let kills = 0;
    // Each life is a little longer than the one before, so that kills fall on every stage from start-up on.
    for (let life = 150;; life += 60) {
      const child = spawnEer(...args);
      const timer = setTimeout(() => child.kill("SIGKILL"), life);
      const { success, code } = await child.output();
      clearTimeout(timer);
      if (success) break;
      assertEquals(code, 137);
      kills++;
    }
    assertEquals(kills > 2, true);
    assertEquals(await runFiles(directory), await runFiles(`${temp}/whole`));
    const left = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    assertEquals(left, [".lock", "checkpoint.safetensors", "config.json", "metrics.csv"]);
  } finally {
    await Deno.remove(temp, { recursive: true });
  }
});
