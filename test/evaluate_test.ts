import { assertAlmostEquals, assertEquals } from "@std/assert";
import { accuracyAtLength, accuracyByLoops } from "../lib/analysis/evaluate.ts";
import { type Engine, engineProblem } from "../lib/engines/engine.ts";
import { preset } from "../lib/models/presets.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { randomStream } from "../lib/random.ts";
import { inductionHeads } from "../lib/tasks/induction_heads.ts";
import type { Sequences } from "../lib/tasks/task.ts";

const task = inductionHeads({ kind: "induction-heads", alphabet: 3, bottom: true, repeats: true });
const problem = engineProblem(task, preset("eer"));

/** An engine that answers what `answer` says, so that the right accuracy is known beforehand. */
function oracle(answer: (sequences: Sequences, at: number, loops: number) => number): Engine {
  const logits = (sequences: Sequences, loops: number) => {
    const result = new Float32Array(sequences.tokens.length * task.classes);
    sequences.tokens.forEach((_, at) => result[at * task.classes + answer(sequences, at, loops)] = 1);
    return result;
  };
  const { loops } = problem.model;
  return {
    name: "oracle",
    backend: "none",
    problem,
    specification: modelSpecification(problem),
    logits: (_, sequences) => Promise.resolve(logits(sequences, loops)),
    lossAndGradient: () => Promise.reject(new Error("not used")),
    trace: (_, sequences) =>
      Promise.resolve({
        states: [],
        attention: [],
        logits: Array.from({ length: loops + 1 }, (_, t) => logits(sequences, t)),
      }),
    dispose: () => Promise.resolve(),
  };
}

function evaluation(engine: Engine, sequences = 20) {
  const parameters = new Float32Array(engine.specification.size);
  return { engine, task, parameters, sequences, stream: randomStream(3, "evaluate") };
}

Deno.test("right answers are counted over all positions, matched ones and by distance", async () => {
  // Right where the match lies at most 2 back, wrong elsewhere (⊥ positions included).
  const engine = oracle((sequences, at) => {
    const { targets } = task.label(sequences);
    const near = task.distances(sequences)[at];
    return near >= 1 && near <= 2 ? targets[at] : (targets[at] + 1) % task.classes;
  });
  const { all, matched, byDistance } = await accuracyAtLength(evaluation(engine, 200), 30);
  for (const { distance, value } of byDistance) assertEquals(value, distance <= 2 ? 1 : 0);
  // P(distance = k) = (1/3)(2/3)^(k−1) for k ≤ i, so position i is near with 0, 1/3, 5/9, 5/9, … and matched with 1 − (2/3)^i.
  const positions = Array.from({ length: 30 }, (_, i) => i);
  const near = positions.reduce((sum, i) => sum + [0, 1 / 3, 5 / 9][Math.min(i, 2)], 0);
  const anywhere = positions.reduce((sum, i) => sum + 1 - (2 / 3) ** i, 0);
  assertAlmostEquals(matched.value, near / anywhere, 0.02);
  assertEquals(all.positions, 200 * 30);
  assertAlmostEquals(all.value * all.positions, matched.value * matched.positions, 1e-6);
  assertEquals(byDistance.map(({ positions }) => positions).reduce((a, b) => a + b), matched.positions);
});

Deno.test("how sequences are batched changes neither sequences nor result", async () => {
  // Length 1500 allows one sequence a batch, length 10 all of them.
  const seen: Sequences[] = [];
  const engine = oracle((sequences, at) => {
    if (at === 0) seen.push(sequences);
    return task.label(sequences).targets[at];
  });
  await accuracyAtLength(evaluation(engine, 3), 1500);
  assertEquals(seen.map(({ count }) => count), [1, 1, 1]);
  const [first] = seen;
  seen.length = 0;
  const { all } = await accuracyAtLength(evaluation(engine, 1), 1500);
  assertEquals([...seen[0].tokens], [...first.tokens]);
  assertEquals(all.value, 1);
});

Deno.test("accuracy by loops reads out after every loop", async () => {
  const engine = oracle((sequences, at, loops) => loops >= 4 ? task.label(sequences).targets[at] : 3);
  const results = await accuracyByLoops(evaluation(engine), 12);
  assertEquals(results.map(({ loops }) => loops), Array.from({ length: 26 }, (_, t) => t));
  for (const { loops, all } of results) {
    if (loops >= 4) assertEquals(all.value, 1);
    else assertAlmostEquals(all.value, 0.25, 0.1); // ⊥ alone: about 3 in 12 positions.
  }
});
