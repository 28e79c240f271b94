// The block and what surrounds it against closed forms, for everything that computes it.
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { parametersWith, type Subject, type SubjectCase, subjects } from "./subjects.ts";

/** X alone: one token a sequence, no positions, no biases, no norm, one loop. */
const bare = {
  norm: "none" as const,
  positions: { kind: "none" as const },
  bias: false,
  mlpWidth: 0,
  loops: 1,
};

const IDENTITY = [1, 0, 0, 1];

/** Sequences of the given tokens over three symbols, targets all 0; four classes. */
function caseOf(
  model: PartialConfiguration["model"],
  changes: Record<string, number | readonly number[]>,
  tokens: number[] = [0],
): SubjectCase {
  const { model: full, objective } = configuration({ model });
  const problem = { vocabulary: 3, classes: 4, model: full, objective };
  const batch = {
    tokens: Int32Array.from(tokens),
    targets: new Int32Array(tokens.length),
    count: 1,
    length: tokens.length,
  };
  return { problem, parameters: parametersWith(problem, changes), batch };
}

function assertAll(actual: number[], expected: number[], { tolerance }: Subject): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((value, i) =>
    assertAlmostEquals(value, expected[i], tolerance * Math.max(1, Math.abs(expected[i])))
  );
}

for (const subject of subjects) {
  const test = (name: string, body: () => Promise<void>) => Deno.test(`${subject.name}: ${name}`, body);

  test("positions count from 0: sin and cos interleaved, frequencies 10000^(−2i/d), times the scale", async () => {
    // Read out by the identity from X + Z_0 = positions alone; d = 4 has the frequencies 1 and 1/100.
    const identity = [0, 1, 2, 3].flatMap((i) => [0, 1, 2, 3].map((j) => i === j ? 1 : 0));
    const changes = { "embedding": 0, "readout.weight": identity, "readout.bias": 0 };
    const positions = { kind: "sinusoidal" as const, scale: 0.15 };
    const { logits } = await subject.trace(caseOf({ width: 4, positions, loops: 1 }, changes, [0, 1, 2]));
    const expected = [0, 1, 2].flatMap((
      i,
    ) => [Math.sin(i), Math.cos(i), Math.sin(i / 100), Math.cos(i / 100)]);
    assertAll(logits[0], expected.map((value) => 0.15 * value), subject);
  });

  test("LayerNorm of two numbers is ±δ/√(δ² + 1e-5), δ half their difference", async () => {
    for (const delta of [0.001, 1]) {
      const { states } = await subject.trace(caseOf(
        { ...bare, norm: "pre", width: 2, output: false },
        {
          "embedding": [3 + delta, 3 - delta, 0, 0, 0, 0],
          "norm1.gain": [2, -1],
          "norm1.bias": [0.5, 7],
          "attention.value.weight": IDENTITY,
        },
      ));
      const unit = Math.fround(3 + delta) - Math.fround(3 - delta);
      const normal = unit / 2 / Math.sqrt(unit ** 2 / 4 + 1e-5);
      // Single precision keeps five digits of 3.001 − 2.999.
      const loose = { ...subject, tolerance: subject.name === "reference" ? 1e-9 : 1e-4 };
      assertAll(states[1], [2 * normal + 0.5, normal + 7], loose);
    }
  });

  test("GELU has its tanh form", async () => {
    // At 1 and −2 it is 0.841192 and −0.045402; with the error function it would be 0.841345 and −0.045500.
    for (const [x, expected] of [[1, 0.8411919906082768], [-2, -0.04540230591222494]]) {
      const { states } = await subject.trace(caseOf(
        { ...bare, width: 1, mlpWidth: 1 },
        { "embedding": x, "attention.output.weight": 0, "mlp.in.weight": 1, "mlp.out.weight": 1 },
      ));
      assertAll(states[1], [expected], subject);
    }
  });

  test("the MLP sees u + a, and F adds both up", async () => {
    // x = 1, a = 2·3·x = 6; F = a + 5·GELU(x + a), and GELU(7) is 7 but for 1e-11.
    const { states } = await subject.trace(caseOf(
      { ...bare, width: 1, mlpWidth: 1 },
      {
        "embedding": 1,
        "attention.value.weight": 2,
        "attention.output.weight": 3,
        "mlp.in.weight": 1,
        "mlp.out.weight": 5,
      },
    ));
    assertAll(states[1], [6 + 5 * 7], { ...subject, tolerance: Math.max(subject.tolerance, 1e-10) });
  });

  test("heads without W_O are summed where each is as wide as the model, else side by side", async () => {
    const embedding = [1, 10, 0, 0, 0, 0];
    const summed = await subject.trace(caseOf(
      { ...bare, width: 2, heads: 2, headWidth: 2, output: false },
      // Columns 0–1 are head 0: (x₀, x₁); columns 2–3 head 1: (3x₁, 0).
      { embedding, "attention.value.weight": [1, 0, 0, 0, 0, 1, 3, 0] },
    ));
    assertAll(summed.states[1], [1 + 30, 10], subject);
    const beside = await subject.trace(caseOf(
      { ...bare, width: 2, heads: 2, output: false },
      { embedding, "attention.value.weight": [0, 5, 1, 0] },
    ));
    assertAll(beside.states[1], [10, 5], subject);
  });

  test("the three recurrences, with F(u) = 3u in each", async () => {
    const tripling = { "embedding": 1, "attention.value.weight": 3, "readout.weight": [1, 0, 0, 0] };
    const recurrences = {
      // Z + 3(Z + 1), 3(Z + 1), 3Z; read out X + Z, X + Z, Z.
      residual: { states: [0, 3, 15], readouts: [1, 4, 16] },
      injected: { states: [0, 3, 12], readouts: [1, 4, 13] },
      plain: { states: [1, 3, 9], readouts: [1, 3, 9] },
    };
    for (const [recurrence, expected] of Object.entries(recurrences)) {
      const { states, logits } = await subject.trace(caseOf(
        { ...bare, width: 1, output: false, loops: 2, recurrence: recurrence as keyof typeof recurrences },
        tripling,
      ));
      assertAll(states.flat(), expected.states, subject);
      assertAll(logits.map((row) => row[0]), expected.readouts, subject);
    }
  });

  test("a causal row sees the keys up to its own, any other row all of them", async () => {
    const noQuery = { "attention.query.weight": 0 };
    const attention = async (model: PartialConfiguration["model"]) =>
      (await subject.trace(caseOf({ ...bare, width: 2, ...model }, noQuery, [0, 1, 2]))).attention[0];
    const [half, third] = [1 / 2, 1 / 3];
    assertAll(await attention({ recency: 0 }), [1, 0, 0, half, half, 0, third, third, third], subject);
    assertAll(await attention({ recency: 0, causal: false }), new Array(9).fill(third), subject);
    // Each step back halves a key's share.
    const halving = await attention({ recency: Math.log(2) });
    assertAll(halving, [1, 0, 0, 1 / 3, 2 / 3, 0, 1 / 7, 2 / 7, 4 / 7], subject);
  });

  test("each head attends by its own part of query and key", async () => {
    // Head 0 has no query, head 1 a large one that finds the token with the positive key.
    const { attention } = await subject.trace(caseOf(
      { ...bare, width: 2, heads: 2, causal: false, recency: 0 },
      {
        "embedding": [1, 1, 1, -1, 0, 0],
        "attention.query.weight": [0, 20, 0, 0],
        "attention.key.weight": [1, 0, 0, 1],
      },
      [0, 1],
    ));
    const found = 1 / (1 + Math.exp(-40));
    assertAll(attention[0], [0.5, 0.5, 0.5, 0.5, found, 1 - found, found, 1 - found], subject);
  });
}
