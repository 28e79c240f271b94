import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { UserError } from "../lib/errors.ts";
import { type Configuration, configuration } from "../lib/models/config.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { parameterView } from "../lib/parameters.ts";
import { randomStream } from "../lib/random.ts";
import { removePartialFiles } from "../lib/storage/atomic_write.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "../lib/storage/safetensors.ts";
import { taskOf } from "../lib/tasks/select.ts";
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from "../lib/training/checkpoint.ts";
import { models } from "./arbitraries.ts";
import { Child } from "./child.ts";
import { numberedCheckpoint } from "./numbered_checkpoint.ts";
import { tempDir } from "./temp_dir.ts";

const label = "w.safetensors";
const small = configuration({ model: { width: 4, mlpWidth: 6, loops: 2 } });

function specificationOf({ task, model }: Configuration) {
  return modelSpecification({ ...taskOf(task), model });
}

/** Random numbers in all arrays, and the largest step that must be held. */
function randomCheckpoint(config: Configuration, seed = 1): Required<Omit<Checkpoint, "shift">> {
  const { size } = specificationOf(config);
  const normal = (name: string) => {
    const stream = randomStream(seed, name);
    return Float32Array.from({ length: size }, () => stream.normal());
  };
  return {
    configuration: config,
    parameters: normal("parameters"),
    optimizer: {
      step: 2 ** 31 - 1,
      firstMoment: normal("first"),
      secondMoment: normal("second").map((value) => value * value),
    },
    engine: { name: "tfjs", backend: "wasm" },
  };
}

const checkpoint = randomCheckpoint(small);

/** The small checkpoint's file, changed by `change`. */
function changed(
  change: (tensors: Map<string, Tensor>, metadata: Map<string, string>) => void,
): Uint8Array {
  const content = decodeSafetensors(encodeCheckpoint(checkpoint), { label });
  const [tensors, metadata] = [new Map(content.tensors), new Map(content.metadata)];
  change(tensors, metadata);
  return encodeSafetensors({ tensors, metadata });
}

const f32 = (shape: number[], ...data: number[]): Tensor => ({ shape, data: Float32Array.from(data) });

Deno.test("a checkpoint is read as it was written, for models of every kind", () => {
  fc.assert(
    fc.property(models, fc.nat(), (model, seed) => {
      const original = randomCheckpoint({ ...small, model }, seed);
      assertEquals(decodeCheckpoint(encodeCheckpoint(original), { label }), original);
      const { configuration, parameters } = original;
      assertEquals(decodeCheckpoint(encodeCheckpoint({ configuration, parameters }), { label }), {
        configuration,
        parameters,
        optimizer: undefined,
        engine: undefined,
      });
    }),
    { seed: 1, numRuns: 50 },
  );
});

Deno.test("the file has the contract's names, shapes and metadata, and no others", () => {
  const { tensors, metadata } = decodeSafetensors(encodeCheckpoint(checkpoint), { label });
  const shapes: [string, number[]][] = [
    ["embedding", [3, 4]],
    ["norm1.gain", [4]],
    ["norm1.bias", [4]],
    ["norm2.gain", [4]],
    ["norm2.bias", [4]],
    ...["query", "key", "value", "output"].flatMap((map): [string, number[]][] => [
      [`attention.${map}.weight`, [4, 4]],
      [`attention.${map}.bias`, [4]],
    ]),
    ["mlp.in.weight", [4, 6]],
    ["mlp.in.bias", [6]],
    ["mlp.out.weight", [6, 4]],
    ["mlp.out.bias", [4]],
    ["readout.weight", [4, 4]],
    ["readout.bias", [4]],
  ];
  const wanted = new Map<string, number[]>([
    ...shapes,
    ["optimizer.step", []],
    ...shapes.map(([name, shape]): [string, number[]] => [`optimizer.firstMoment.${name}`, shape]),
    ...shapes.map(([name, shape]): [string, number[]] => [`optimizer.secondMoment.${name}`, shape]),
  ]);
  assertEquals(new Map([...tensors].map(([name, { shape }]) => [name, shape])), wanted);
  assertEquals([...metadata.keys()].sort(), [
    "backend",
    "checksum",
    "config",
    "engine",
    "optimizer.checksum",
  ]);
  assertEquals(JSON.parse(metadata.get("config")!), JSON.parse(JSON.stringify(small)));

  const view = parameterView(specificationOf(small), checkpoint.optimizer.firstMoment, "mlp.in.weight");
  assertEquals(tensors.get("optimizer.firstMoment.mlp.in.weight")!.data, view);
  assertEquals(tensors.get("optimizer.step")!.data, Float64Array.of(2 ** 31 - 1));
});

Deno.test("equal content gives equal bytes, however the configuration was made", () => {
  const bytes = encodeCheckpoint(checkpoint);
  const { task, model: { width, ...model }, objective, training } = small;
  const again = { training, objective, model: { ...model, width }, task };
  assertEquals(encodeCheckpoint({ ...checkpoint, configuration: again }), bytes);
  assertEquals(encodeCheckpoint(decodeCheckpoint(bytes, { label })), bytes);
});

Deno.test("float64 weights of another program are rounded to single precision", () => {
  const { parameters } = decodeCheckpoint(
    changed((tensors) =>
      tensors.set("norm1.bias", { shape: [4], data: Float64Array.of(0.1, -1e-320, 1e30, 2) })
    ),
    { label },
  );
  assertEquals(
    parameterView(specificationOf(small), parameters, "norm1.bias"),
    Float32Array.of(Math.fround(0.1), -0, 1e30, 2),
  );
});

Deno.test("a given configuration wins over the one in the file, valid or not", () => {
  const other = configuration({ model: { ...small.model, recency: 0, loops: 7 } });
  assertEquals(
    decodeCheckpoint(encodeCheckpoint(checkpoint), { label, configuration: other }).configuration,
    other,
  );
  const broken = changed((_, metadata) => metadata.set("config", "{"));
  assertEquals(decodeCheckpoint(broken, { label, configuration: small }), checkpoint);
  const none = changed((_, metadata) => metadata.clear());
  const { configuration: config, engine } = decodeCheckpoint(none, { label, configuration: small });
  assertEquals([config, engine], [small, undefined]);
});

Deno.test("a task of one's own decides about symbols and classes", () => {
  const task = { vocabulary: 5, classes: 2 };
  const { size } = modelSpecification({ ...task, model: small.model });
  const own = { configuration: small, parameters: new Float32Array(size).fill(0.5) };
  const bytes = encodeCheckpoint(own, { task });
  assertEquals(decodeCheckpoint(bytes, { label, task }).parameters, own.parameters);
  assertThrows(
    () => decodeCheckpoint(bytes, { label }),
    UserError,
    "its tensor embedding has shape [5,4] where [3,4] is wanted",
  );
});

const wrong: [what: string, bytes: () => Uint8Array, message: string][] = [
  ["no safetensors file", () => new Uint8Array(3), "at least 8 bytes"],
  [
    "a tensor missing",
    () => changed((tensors) => tensors.delete("norm2.gain")),
    "it has no tensor norm2.gain, which is wanted with shape [4]",
  ],
  [
    "a tensor too much",
    () => changed((tensors) => tensors.set("extra\n", f32([1], 0))),
    String.raw`its tensor "extra\n" of shape [1] is not one of this model's`,
  ],
  [
    "a tensor transposed",
    () => changed((tensors) => tensors.set("mlp.in.weight", { shape: [6, 4], data: new Float32Array(24) })),
    "its tensor mlp.in.weight has shape [6,4] where [4,6] is wanted",
  ],
  [
    "a tensor of another rank",
    () => changed((tensors) => tensors.set("norm1.bias", f32([4, 1], 1, 2, 3, 4))),
    "its tensor norm1.bias has shape [4,1] where [4] is wanted",
  ],
  [
    "NaN",
    () => changed((tensors) => tensors.set("norm1.bias", f32([4], 0, 1, NaN, 2))),
    "its tensor norm1.bias of shape [4] holds NaN, where finite F32 numbers are wanted",
  ],
  [
    "infinity",
    () => changed((tensors) => tensors.set("norm1.bias", f32([4], 0, 1, 2, -Infinity))),
    "its tensor norm1.bias of shape [4] holds -Infinity",
  ],
  [
    "a float64 beyond single precision",
    () =>
      changed((tensors) => tensors.set("norm1.bias", { shape: [4], data: Float64Array.of(0, 0, 1e39, 0) })),
    "its tensor norm1.bias of shape [4] holds 1e+39",
  ],
  [
    "the optimiser's step missing",
    () => changed((tensors) => tensors.delete("optimizer.step")),
    "it has no tensor optimizer.step",
  ],
  [
    "a moment missing",
    () => changed((tensors) => tensors.delete("optimizer.secondMoment.embedding")),
    "it has no tensor optimizer.secondMoment.embedding, which is wanted with shape [3,4]",
  ],
  [
    "a moment of another shape",
    () => changed((tensors) => tensors.set("optimizer.firstMoment.norm1.bias", f32([2], 0, 0))),
    "its tensor optimizer.firstMoment.norm1.bias has shape [2] where [4] is wanted",
  ],
  [
    "a moment too much",
    () => changed((tensors) => tensors.set("optimizer.firstMoment.extra", f32([1], 0))),
    `its tensor "optimizer.firstMoment.extra" of shape [1] is not`,
  ],
  [
    "NaN in a moment",
    () => changed((tensors) => tensors.set("optimizer.firstMoment.norm1.bias", f32([4], NaN, 0, 0, 0))),
    "its tensor optimizer.firstMoment.norm1.bias of shape [4] holds NaN",
  ],
  [
    "a negative second moment",
    () => changed((tensors) => tensors.set("optimizer.secondMoment.norm1.bias", f32([4], 0, 0, 0, -1))),
    "its optimizer.secondMoment holds a negative number",
  ],
  ...[-1, 0.5, NaN, Infinity, 2 ** 53].map((step): typeof wrong[number] => [
    `step ${step}`,
    () => changed((tensors) => tensors.set("optimizer.step", { shape: [], data: Float64Array.of(step) })),
    `its tensor optimizer.step holds ${step}, where a whole number ≥ 0 is wanted`,
  ]),
];

for (const [what, bytes, message] of wrong) {
  Deno.test(`a checkpoint is refused: ${what}`, () => {
    const error = assertThrows(() => decodeCheckpoint(bytes(), { label }), UserError);
    assertStringIncludes(error.message, message);
    assertMatch(error.message, /^Cannot read w\.safetensors as \P{C}{10,300}$/u);
  });
}

const config = (text: string) => changed((_, metadata) => metadata.set("config", text));
const unusable: [what: string, bytes: () => Uint8Array, message: string][] = [
  [
    "none",
    () => changed((_, metadata) => metadata.delete("config")),
    "Cannot read w.safetensors as it does not hold its configuration: name one with --config",
  ],
  ["not JSON", () => config("{model}"), "Cannot use the configuration in w.safetensors: it is not JSON"],
  ["not an object", () => config("[]"), "Cannot use the configuration in w.safetensors: the whole: "],
  [
    "an unknown key",
    () => config('{"model":{"wdith":4}}'),
    "Cannot use the configuration in w.safetensors: unknown key model.wdith; model has width, ",
  ],
  [
    "a wrong value",
    () => config('{"model":{"width":-1}}'),
    "Cannot use the configuration in w.safetensors: model.width: ",
  ],
  [
    "a key that steers a terminal",
    () => config(JSON.stringify({ model: { "\n\x1b": 1 } })),
    String.raw`unknown key model.\u{a}\u{1b}; model has`,
  ],
  ["a long value", () => config(JSON.stringify({ model: { width: "8".repeat(100_000) } })), "888…"],
  ["a deeply nested value", () => config(`{"model":${"[".repeat(50_000)}${"]".repeat(50_000)}}`), "[[[…"],
];

for (const [what, bytes, message] of unusable) {
  Deno.test(`a checkpoint's configuration is refused: ${what}`, () => {
    const error = assertThrows(() => decodeCheckpoint(bytes(), { label }), UserError);
    assertStringIncludes(error.message, message);
    assertMatch(error.message, /^Cannot \P{C}{30,500}$/u);
  });
}

Deno.test("every single flipped bit of a checkpoint's header is refused, or gives finite parameters", () => {
  const { configuration, parameters } = checkpoint;
  const bytes = encodeCheckpoint({ configuration, parameters });
  const headerEnd = 8 + new DataView(bytes.buffer).getUint32(0, true);
  let refused = 0;
  for (let bit = 0; bit < 8 * headerEnd; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    try {
      const read = decodeCheckpoint(flipped, { label });
      assert(read.parameters.every(Number.isFinite));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refused++;
    }
  }
  assert(refused > 0.9 * 8 * headerEnd, `${refused} of ${8 * headerEnd} flips were refused`);
});

Deno.test("every flipped bit of a checkpoint's numbers is told, unless the checksum was dropped", () => {
  const bytes = encodeCheckpoint(checkpoint);
  const start = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true));
  for (let at = start; at < bytes.length; at++) {
    const flipped = bytes.slice();
    flipped[at] ^= 1 << at % 8;
    // What is no longer finite, or a negative square, is told as such.
    assertThrows(() => decodeCheckpoint(flipped, { label }), UserError, `Cannot read ${label}`);
  }
  const edited = (drop: boolean) =>
    changed((tensors, metadata) => {
      const bias = tensors.get("readout.bias")!;
      tensors.set("readout.bias", { ...bias, data: bias.data.map((value) => value + 1) });
      if (drop) metadata.delete("checksum");
    });
  assertThrows(() => decodeCheckpoint(edited(false), { label }), UserError, "do not match its checksum");
  assertEquals(decodeCheckpoint(edited(true), { label }).optimizer, checkpoint.optimizer);
});

Deno.test("NaN, and arrays of another model, are not written over a good checkpoint", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/checkpoint.safetensors`;
  await writeCheckpoint(path, checkpoint);
  const parameters = checkpoint.parameters.slice();
  parameters[0] = NaN;
  await assertRejects(
    () => writeCheckpoint(path, { ...checkpoint, parameters }),
    UserError,
    "Cannot save a checkpoint as embedding holds NaN or infinity",
  );
  const secondMoment = checkpoint.optimizer.secondMoment.slice();
  secondMoment[0] = Infinity;
  await assertRejects(
    () => writeCheckpoint(path, { ...checkpoint, optimizer: { ...checkpoint.optimizer, secondMoment } }),
    UserError,
    "Cannot save a checkpoint as optimizer.secondMoment.embedding holds NaN or infinity",
  );
  for (const mlpWidth of [5, 7]) {
    const other = configuration({ model: { ...small.model, mlpWidth } });
    await assertRejects(
      () => writeCheckpoint(path, { ...checkpoint, configuration: other }),
      RangeError,
      "parameters as",
    );
  }
  assertEquals(await readCheckpoint(path), checkpoint);
});

Deno.test("a checkpoint is the state at the call, whatever happens to the arrays before it is on disk", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/checkpoint.safetensors`;
  const live = randomCheckpoint(small);
  const written = writeCheckpoint(path, live);
  live.parameters.fill(0);
  await written;
  assertEquals(await readCheckpoint(path), checkpoint);
});

Deno.test("a checkpoint that is not there, or in a folder that is not, is named", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/missing/checkpoint.safetensors`;
  await assertRejects(() => readCheckpoint(path), UserError, `Cannot read ${path} as there is no such file`);
  await assertRejects(
    () => writeCheckpoint(path, checkpoint),
    UserError,
    `Cannot write ${path} as there is no`,
  );
});

Deno.test("killed at any moment, a writer leaves an old checkpoint or a new one, and no rubbish after clean-up", async () => {
  await using temp = await tempDir();
  const path = `${temp.path}/checkpoint.safetensors`;
  const stream = randomStream(1, "kills");
  let last = 0;
  await writeCheckpoint(path, numberedCheckpoint(last));
  for (let round = 0; round < 20; round++) {
    await using child = new Child("checkpoint_writer.ts", path, `${last}`);
    await child.firstOutput();
    await new Promise((resolve) => setTimeout(resolve, 30 * stream.uniform()));
    await child.kill();

    const found = await readCheckpoint(path);
    const { step } = found.optimizer!;
    assert(step >= last, `step ${step} after ${last}`);
    assertEquals(found, numberedCheckpoint(step));
    last = step;

    await removePartialFiles(temp.path);
    assertEquals([...Deno.readDirSync(temp.path)].map(({ name }) => name), ["checkpoint.safetensors"]);
  }
});
