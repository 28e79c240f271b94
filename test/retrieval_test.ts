import { assert, assertEquals, assertGreater, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  crossPolytopeCodes,
  handMadeMemory,
  largestOverlap,
  oneHotCodes,
  randomCodes,
} from "../lib/analysis/retrieval/hand_made.ts";
import { lastTokenSequence, orderBlindGuess } from "../lib/analysis/retrieval/last_token.ts";
import { networkShare } from "../lib/analysis/retrieval/network.ts";
import {
  attentionOnce,
  orderBlindShare,
  outcomes,
  retrievalMap,
  retrievalSequences,
  retrievalStudy,
  retrievalSweep,
  retrieve,
} from "../lib/analysis/retrieval/retrieve.ts";
import { codeLoss, trainCodes } from "../lib/analysis/retrieval/train_codes.ts";
import { trainedMemory } from "../lib/analysis/retrieval/trained.ts";
import { engineProblem } from "../lib/engines/engine.ts";
import { createEngine } from "../lib/engines/select.ts";
import { configuration } from "../lib/models/config.ts";
import { randomStream } from "../lib/random.ts";
import { inductionHeads } from "../lib/tasks/induction_heads.ts";
import { attentionLandscape, fieldAt } from "../lib/theory/hamiltonian/landscape.ts";
import { latentDynamics } from "../lib/theory/hamiltonian/trajectory.ts";
import { assertAllClose } from "./reference/close.ts";
import { differences } from "./reference/finite_differences.ts";

const cold = { tau: 0.05, mu: 0.5, alpha: 0.5, beta: 0, steps: 100 };
const oneHot = handMadeMemory("one-hot", oneHotCodes(5));

Deno.test("a sequence ends in a token that occurs as often before as asked, and the target is the task's own", () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.integer({ min: 2, max: 8 }),
      fc.integer({ min: 1, max: 4 }),
      (seed, symbols, n) => {
        const length = n + 1 + seed % 9;
        const sequence = lastTokenSequence(randomStream(seed), { symbols, length, occurrences: n });
        const tokens = Int32Array.from(sequence.tokens);
        assertEquals(tokens.length, length);
        assertEquals(tokens.filter((token) => token === tokens[length - 1]).length, n + 1);
        assert(tokens.every((token) => token >= 0 && token < symbols));
        const task = inductionHeads({
          kind: "induction-heads",
          alphabet: symbols,
          bottom: true,
          repeats: true,
        });
        assertEquals(task.label({ tokens, count: 1, length }).targets[length - 1], sequence.target);
      },
    ),
    { seed: 1 },
  );
  assertThrows(
    () => lastTokenSequence(randomStream(0), { symbols: 3, length: 2, occurrences: 2 }),
    RangeError,
    "Cannot place 2 earlier occurrences among 2 tokens",
  );
});

Deno.test("the guess that is blind to order", () => {
  assertEquals(orderBlindGuess([2, 1, 1, 0, 2]), 1);
  assertEquals(orderBlindGuess([1, 0, 2]), 0);
  assertEquals(orderBlindGuess([2, 2, 2]), 2);
  // Three symbols, long sequences: one of two others, but for the few where the last token follows itself.
  const { value } = orderBlindShare(3, { sequences: 2000, length: 40 });
  assertGreater(value, 0.45);
  assertLess(value, 0.6);
});

Deno.test("hand-made codes: one attention map retrieves the answer, and rests there", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 3, max: 12 }), (seed, length) => {
      const { tokens, target } = lastTokenSequence(randomStream(seed), { symbols: 5, length });
      const { weights, Z0 } = oneHot.recall(tokens);
      const landscape = attentionLandscape({ ...weights, tau: 0.01 });
      const { retrieved, attention } = fieldAt(landscape, Z0);
      assertEquals(attention.indexOf(Math.max(...attention)), tokens.indexOf(tokens[length - 1]) + 1);
      const expected = new Array(10).fill(0);
      expected[tokens[length - 1]] = expected[5 + target] = 1;
      assertAllClose(retrieved, expected, "retrieved", { tolerance: 1e-12 });
      assertAllClose(fieldAt(landscape, retrieved).retrieved, expected, "rest", { tolerance: 1e-12 });
      assertEquals(retrieve(oneHot, { tokens, target }, cold), { outcome: "retrieved", right: true });
    }),
    { seed: 1 },
  );
});

Deno.test("codes: unit vectors; those of the cross-polytope never point partly along another", () => {
  const dot = (a: number[], b: number[]) => a.reduce((sum, entry, c) => sum + entry * b[c], 0);
  for (const codes of [oneHotCodes(7), crossPolytopeCodes(7), randomCodes(7, { width: 3, seed: 2 })]) {
    for (const code of codes) assertAllClose([dot(code, code)], [1], "norm", { tolerance: 1e-14 });
  }
  const polytope = crossPolytopeCodes(8);
  assertEquals(polytope[0].length, 4);
  polytope.forEach((a, i) => polytope.forEach((b, j) => assert(i === j || dot(a, b) <= 0)));
});

Deno.test("with these embeddings beta/alpha only rescales the temperature, to tau/(1 + beta/alpha)", () => {
  const { tokens } = lastTokenSequence(randomStream(4), { symbols: 5, length: 9 });
  const { weights, Z0 } = oneHot.recall(tokens);
  const rest = (tau: number, ratio: number) =>
    latentDynamics(attentionLandscape({ ...weights, tau: tau * (1 + ratio) }), {
      mu: 0.3,
      alpha: 0.5,
      beta: 0.5 * ratio,
      Z0: Array.from(Z0, (entry, c) => c < 5 ? (1 + ratio) * entry : entry),
      steps: 400,
    }).positions.at(-1)!;
  for (const ratio of [0.5, 2]) {
    const scaled = rest(0.2, ratio).map((entry, c) => c < 5 ? entry / (1 + ratio) : entry);
    assertAllClose(scaled, rest(0.2, 0), `ratio ${ratio}`, { tolerance: 1e-9 });
  }
});

Deno.test("a trained model's attention is that of its first loop", async () => {
  for (const norm of ["pre", "none"] as const) {
    for (const output of [true, false]) {
      const setup = configuration({
        model: { width: 6, bias: false, mlpWidth: 0, recency: 0, loops: 1, norm, output },
      });
      const task = inductionHeads(setup.task);
      const problem = engineProblem(task, setup);
      const engine = await createEngine(problem, { engine: "tfjs", backend: "cpu" });
      const stream = randomStream(3, norm);
      const parameters = Float32Array.from({ length: engine.specification.size }, () => stream.normal());
      const tokens = [0, 2, 1, 1, 0];
      const { states, logits } = await engine.trace(parameters, {
        tokens: Int32Array.from(tokens),
        count: 1,
        length: 5,
      });
      await engine.dispose();
      const memory = trainedMemory(problem, parameters, { name: "random" });
      const { weights, Z0 } = memory.recall(tokens);
      const { retrieved } = fieldAt(attentionLandscape({ ...weights, tau: 1 }), Z0);
      // The last token sees all others.
      assertAllClose(retrieved, states[1].subarray(4 * 6), "Z_1", { tolerance: 1e-5 });
      if (norm === "none") {
        // X + Z_0 = X is read out.
        assertAllClose(memory.readOut(Z0), logits[0].subarray(4 * 4, 4 * 4 + 3), "read-out", {
          tolerance: 1e-5,
        });
      }
    }
  }
  const several = { vocabulary: 3, classes: 4, model: configuration({ model: { heads: 2 } }).model };
  assertThrows(() => trainedMemory(several, new Float32Array(932)), RangeError, "one head");
});

Deno.test("each way to end has its cause", () => {
  const sample = { sequences: 40, length: 10 };
  const ends = (memory: typeof oneHot, setting: Partial<typeof cold>) =>
    retrievalStudy(memory, { ...cold, ...setting }, sample).outcomes;
  assertEquals(ends(oneHot, {}).retrieved, 40);
  // No friction, no rest, but where the start holds the answer already: as the token before the last.
  const held = Array.from(
    { length: 40 },
    (_, index) => lastTokenSequence(randomStream(0, "last token", index), { symbols: 5, length: 10 }),
  )
    .filter(({ tokens, target }) => tokens[8] === target).length;
  assertEquals(ends(oneHot, { mu: 1 }).retrieved, held);
  assertEquals(ends(oneHot, { mu: 1 }).passing, 40 - held);
  // Too warm: a mixture of everything.
  assertGreater(ends(oneHot, { tau: 1 }).blurred, 20);
  // Outside the stability region.
  assertEquals(ends(oneHot, { alpha: 3.1 }).escaped, 40 - held);
  // The energy alone never writes the answer's half.
  const alone = ends(oneHot, { alpha: 0, beta: 0.05, steps: 20 });
  assertEquals([alone.passing, alone.restless], [held, 40 - held]);
  // Symbol 1 is a louder symbol 0, and takes its questions.
  const loud = handMadeMemory("loud", [[1, 0], [3, 0], [0, 1]]);
  assertEquals(retrieve(loud, { tokens: [0, 2, 1, 0], target: 2 }, cold).outcome, "wrong");
});

Deno.test("studies: every sequence ends somehow, equal seeds are equal, sweeps and maps are made of studies", () => {
  const memory = handMadeMemory("random", randomCodes(6, { width: 3 }));
  const sample = { sequences: 30, length: 8, seed: 5 };
  const study = retrievalStudy(memory, cold, sample);
  assertEquals(outcomes.reduce((sum, outcome) => sum + study.outcomes[outcome], 0), 30);
  assertEquals(study.right.positions, 30);
  assert(study.right.interval[0] <= study.right.value && study.right.value <= study.right.interval[1]);
  assertEquals(retrievalStudy(memory, cold, sample), study);

  const taus = [0.05, 0.3];
  const sweep = retrievalSweep(memory, cold, { parameter: "tau", values: taus, ...sample });
  assertEquals(
    sweep,
    taus.map((tau) => ({ value: tau, ...retrievalStudy(memory, { ...cold, tau }, sample) })),
  );
  const y = { parameter: "beta", values: [0, 0.5, 1] } as const;
  const map = retrievalMap(memory, cold, { x: { parameter: "tau", values: taus }, y, ...sample });
  assertEquals([map.right.length, map.right[0].length], [3, 2]);
  assertEquals(map.right[2][1], retrievalStudy(memory, { ...cold, tau: 0.3, beta: 1 }, sample).right);
});

Deno.test("a network answers the same sequences", async () => {
  const setup = configuration({ model: { width: 4, mlpWidth: 0, loops: 1 } });
  const problem = engineProblem(inductionHeads(setup.task), setup);
  const engine = await createEngine(problem, { engine: "tfjs", backend: "cpu" });
  // All weights 0: the logits are the read-out's bias, which says token 2 (and ⊥ above it).
  const parameters = new Float32Array(engine.specification.size);
  parameters.set([0, 1, 2, 9], parameters.length - 4);
  const sample = { sequences: 50, length: 7, seed: 3 };
  const { value } = await networkShare(engine, parameters, sample);
  await engine.dispose();
  const targets = retrievalSequences(3, sample).map(({ target }) => target);
  assertEquals(value, targets.filter((target) => target === 2).length / 50);
});

Deno.test("the gradient of the codes agrees with finite differences", () => {
  const codes = randomCodes(4, { width: 3, seed: 2 });
  const sequences = [0, 1, 2].map((seed) => lastTokenSequence(randomStream(seed), { symbols: 4, length: 6 }));
  const setting = { ...cold, tau: 0.3, beta: 0.1, steps: 6 };
  const rows = (flat: Float64Array) => codes.map((_, i) => [...flat.subarray(3 * i, 3 * i + 3)]);
  const loss = (flat: Float64Array) => codeLoss(rows(flat), sequences, setting).loss;
  const expected = differences(loss, Float64Array.from(codes.flat()));
  const { gradient } = codeLoss(codes, sequences, setting);
  assertAllClose(gradient, expected, "gradient", { tolerance: 1e-6, floor: 1e-6 });
});

Deno.test("training spreads codes over the sphere, the same way each time", () => {
  const start = randomCodes(6, { width: 3, seed: 1 });
  const options = { setting: attentionOnce(0.3), updates: 150, learningRate: 0.05, length: 8 };
  const { codes, losses } = trainCodes(start, options);
  assertEquals(losses.length, 150);
  assertLess(losses[149], losses[0] / 2);
  for (const code of codes) assertAllClose([Math.hypot(...code)], [1], "norm", { tolerance: 1e-6 });
  assertGreater(largestOverlap(start), 0.8);
  assertLess(largestOverlap(codes), 0.6);
  assertEquals(trainCodes(start, options).codes, codes);
  assertEquals(largestOverlap([[1, 0], [0, 1], [0.6, 0.8]]), 0.8);
});
