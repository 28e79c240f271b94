import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UserError } from "../lib/errors.ts";
import { configuration } from "../lib/models/config.ts";
import { aboutPreset, preset, presetChanges, presetNames } from "../lib/models/presets.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { taskOf } from "../lib/tasks/select.ts";

/** The shapes of preset `name` on its own task. */
function shapesOf(name: string): Record<string, readonly number[]> {
  const { task, model } = preset(name);
  const { vocabulary, classes } = taskOf(task);
  const { entries } = modelSpecification({ vocabulary, classes, model });
  return Object.fromEntries(entries.map((entry) => [entry.name, entry.shape]));
}

/** The presets of the paper's own model; the others are systems it is held against. */
const paperPresets = presetNames.filter((name) => /^(eer|ce)(-|$)/.test(name));

Deno.test("the paper's model has 932 parameters, in every preset of it", () => {
  for (const name of paperPresets) {
    const { task, model } = preset(name);
    assertEquals(modelSpecification({ ...taskOf(task), model }).size, 932);
  }
  // Embedding, two norms, four 8×8 maps, the MLP, the read-out to three symbols and ⊥.
  assertEquals(3 * 8 + 2 * 16 + 4 * (64 + 8) + (8 * 32 + 32) + (32 * 8 + 8) + (8 * 4 + 4), 932);
});

Deno.test("names and shapes are the weights' contract", () => {
  assertEquals(shapesOf("eer"), {
    "embedding": [3, 8],
    "norm1.gain": [8],
    "norm1.bias": [8],
    "attention.query.weight": [8, 8],
    "attention.query.bias": [8],
    "attention.key.weight": [8, 8],
    "attention.key.bias": [8],
    "attention.value.weight": [8, 8],
    "attention.value.bias": [8],
    "attention.output.weight": [8, 8],
    "attention.output.bias": [8],
    "norm2.gain": [8],
    "norm2.bias": [8],
    "mlp.in.weight": [8, 32],
    "mlp.in.bias": [32],
    "mlp.out.weight": [32, 8],
    "mlp.out.bias": [8],
    "readout.weight": [8, 4],
    "readout.bias": [4],
  });
});

Deno.test("single-attn and looped-attn have one attention layer: an embedding, a norm, four maps, a read-out", () => {
  for (const name of ["single-attn", "looped-attn"]) {
    const { task, model } = preset(name);
    const expected = 4 * 16 + 2 * 16 + 4 * (16 * 16 + 16) + (16 * 4 + 4);
    assertEquals(modelSpecification({ ...taskOf(task), model }).size, expected);
    assertEquals(expected, 1252);
  }
});

Deno.test("variants of the model have the parameters they need and no others", () => {
  const names = (model: Parameters<typeof configuration>[0]) => {
    const shape = { vocabulary: 5, classes: 6, model: configuration({ model }).model };
    return modelSpecification(shape).entries.map(({ name, shape }) => `${name} ${shape}`);
  };
  // A.2: full-width heads summed, no MLP, no biases, no norm.
  assertEquals(
    names({ width: 4, heads: 3, headWidth: 4, mlpWidth: 0, bias: false, output: false, norm: "none" }),
    [
      "embedding 5,4",
      "attention.query.weight 4,12",
      "attention.key.weight 4,12",
      "attention.value.weight 4,12",
      "readout.weight 4,6",
    ],
  );
  // LayerNorm keeps its bias where the linear maps have none.
  assertEquals(names({ width: 4, heads: 2, mlpWidth: 3, bias: false }), [
    "embedding 5,4",
    "norm1.gain 4",
    "norm1.bias 4",
    "attention.query.weight 4,4",
    "attention.key.weight 4,4",
    "attention.value.weight 4,4",
    "attention.output.weight 4,4",
    "norm2.gain 4",
    "norm2.bias 4",
    "mlp.in.weight 4,3",
    "mlp.out.weight 3,4",
    "readout.weight 4,6",
  ]);
});

Deno.test("presets of the paper's model differ in recency bias and regularisers, and in nothing else", () => {
  assertEquals(paperPresets, ["eer", "eer-as-written", "ce", "ce-as-written"]);
  const expected = (recency: number, regularised: boolean) => {
    const whole = configuration();
    whole.model.recency = recency;
    if (!regularised) {
      Object.assign(whole.objective, { lambdaPotential: 0, lambdaKinetic: 0, lambdaEntropy: 0 });
    }
    return whole;
  };
  assertEquals(preset("eer"), expected(0.25, true));
  assertEquals(preset("eer-as-written"), expected(0, true));
  assertEquals(preset("ce"), expected(0.25, false));
  assertEquals(preset("ce-as-written"), expected(0, false));
  for (const name of presetNames) assertEquals(configuration(presetChanges(name)), preset(name));
});

Deno.test("every preset says in one line what it is for", () => {
  for (const name of presetNames) assertMatch(aboutPreset(name), /^.{10,100}$/);
});

Deno.test("a preset that there is not is refused with those there are", () => {
  for (const name of ["", "EER", "fop", "__proto__", "constructor", "toString"]) {
    assertThrows(
      () => preset(name),
      UserError,
      `Cannot use preset "${name}": it must be one of ${presetNames.join(", ")}`,
    );
  }
});
