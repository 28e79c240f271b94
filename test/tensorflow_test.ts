// The tfjs engine on TensorFlow's native library, where `deno task setup:tensorflow` has put it.
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import * as tf from "@tensorflow/tfjs";
import { createEngine } from "../lib/engines/select.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { tensorflowIsReady } from "../lib/engines/tfjs/tensorflow.ts";
import { UserError } from "../lib/errors.ts";
import { eer, taskArguments } from "./eer.ts";
import { engineContract, smallCase } from "./engine_contract.ts";
import { smallSettings } from "./small_run.ts";
import { tempDir } from "./temp_dir.ts";

const ready = await tensorflowIsReady();

if (ready) {
  engineContract("tensorflow", (problem) => createTfjsEngine(problem, { backend: "tensorflow" }), {
    numRuns: 60,
  });
} else {
  const name = "tensorflow: not set up here (deno task setup:tensorflow does it)";
  Deno.test({ name, ignore: true, fn: () => {} });
}

Deno.test({
  name: "tensorflow computes, says on what, and leaves no tensors behind",
  ignore: !ready,
  fn: async () => {
    const { problem, parameters, batch } = smallCase();
    const engine = await createTfjsEngine(problem, { backend: "tensorflow" });
    assertEquals([engine.name, engine.backend], ["tfjs", "tensorflow"]);
    assertMatch(engine.details!, /^TensorFlow \d+\.\d+\.\d+ on (CPU, float32|.+, float32 \(TF32 off\))$/);
    const before = tf.memory().numTensors;
    for (let call = 0; call < 20; call++) {
      await engine.lossAndGradient(parameters, batch);
      await engine.logits(parameters, batch);
      await engine.trace(parameters, batch, { attention: true });
      assertEquals([tf.getBackend(), tf.memory().numTensors], ["tensorflow", before]);
    }
  },
});

Deno.test("engine tfjs takes tensorflow where it is set up, wasm elsewhere, and auto only what fused leaves", async () => {
  const { problem } = smallCase();
  const tooLarge = { ...problem, model: { ...problem.model, width: 4096, mlpWidth: 16384 } };
  const best = ready ? "tensorflow" : "wasm";
  assertEquals((await createEngine(problem, { engine: "tfjs" })).backend, best);
  assertEquals((await createEngine(tooLarge)).backend, best);
  const engine = await createEngine(problem, { workers: 1 });
  assertEquals(engine.name, "fused");
  await engine.dispose();
});

Deno.test(
  "without its setup the backend is refused with the command that does it",
  { ignore: ready },
  async () => {
    const create = () => createEngine(smallCase().problem, { backend: "tensorflow" });
    const { message } = await assertRejects(create, UserError);
    assertStringIncludes(message, "deno task setup:tensorflow");
  },
);

Deno.test({
  name: "the command line's permissions are enough for tensorflow, and no noise comes with it",
  ignore: !ready,
  fn: async () => {
    await using directory = await tempDir();
    const config = `${directory.path}/small.json`;
    await Deno.writeTextFile(config, JSON.stringify(smallSettings()));
    const training = ["train", "--config", config, "--backend", "tensorflow", "--json"];
    const { code, stdout, stderr } = await eer(...training, "--out", `${directory.path}/run`);
    assertEquals(code, 0, stderr);
    const { engine, backend, finished } = JSON.parse(stdout);
    assertEquals([engine, backend, finished], ["tfjs", "tensorflow", true]);
    for (const line of stderr.trimEnd().split("\n")) assertMatch(line, /^train: /);

    const args = taskArguments().filter((flag) => !flag.startsWith("--allow-ffi"));
    const refused = await new Deno.Command(Deno.execPath(), {
      args: [...args, ...training, "--out", `${directory.path}/other`],
      cwd: new URL("../", import.meta.url),
    }).output();
    assertEquals(refused.code, 1);
    const said = new TextDecoder().decode(refused.stderr);
    assertMatch(
      said,
      /^eer: Cannot run on tfjs backend "tensorflow" without the permission --allow-ffi=\S+\n$/,
    );
  },
});
