// Each term of the objective against a closed form, for everything that computes it.
import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import type { EngineProblem } from "../lib/engines/engine.ts";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { lossTerms } from "../lib/objective.ts";
import { randomStream } from "../lib/random.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { modelCases, normalParameters } from "./arbitraries.ts";
import { tsallis } from "./reference/forward.ts";
import { parametersWith, type Subject, type SubjectCase, subjects } from "./subjects.ts";

const orders = [0.5, 1, 1.0001, 1.5, 2, 3];
const lengths = [1, 2, 9];

/** Three induction sequences for a small model, with the given parameters set and all others random. */
function caseOf(
  { model, objective }: PartialConfiguration,
  changes: Record<string, number | readonly number[]>,
  length = 9,
): SubjectCase {
  const config = configuration({ model: { width: 4, mlpWidth: 5, loops: 3, ...model }, objective });
  const task = taskOf(config.task);
  const problem: EngineProblem = {
    vocabulary: task.vocabulary,
    classes: task.classes,
    model: config.model,
    objective: config.objective,
  };
  return {
    problem,
    parameters: parametersWith(problem, changes),
    batch: task.sample(randomStream(4, "objective"), 3, length),
  };
}

function assertClose(actual: number, expected: number, { tolerance }: Subject, what: string): void {
  assertAlmostEquals(actual, expected, tolerance * Math.max(1, Math.abs(expected)), what);
}

/** (1 − s)/(q − 1) with s = e^{logPower} = Σ p^q, kept exact for q near 1. */
const entropyOfPower = (logPower: number, q: number) => -Math.expm1(logPower) / (q - 1);

/** The largest S_q of n entries, that of n equal ones. */
const uniformEntropy = (n: number, q: number) =>
  q === 1 ? Math.log(n) : entropyOfPower((1 - q) * Math.log(n), q);

const meanOver = (n: number, value: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => value(i)).reduce((sum, each) => sum + each, 0) / n;

/** Without a query every key has the same logit, but for the recency penalty. */
const noQuery = { "attention.query.*": 0 };

for (const subject of subjects) {
  const test = (name: string, body: () => Promise<void>) => Deno.test(`${subject.name}: ${name}`, body);

  test("causal, no query: row i is uniform over i + 1 keys", async () => {
    for (const q of orders) {
      for (const length of lengths) {
        for (const heads of [1, 2]) {
          const terms = await subject.terms(
            caseOf({ model: { recency: 0, heads }, objective: { q } }, noQuery, length),
          );
          assertClose(terms.potential, meanOver(length, (i) => Math.log(i + 1)), subject, "potential");
          const entropy = meanOver(length, (i) => uniformEntropy(i + 1, q));
          assertClose(terms.meanEntropy, entropy, subject, `mean S_${q}`);
        }
      }
    }
  });

  test("not causal, no query: every row is uniform over all keys", async () => {
    for (const q of orders) {
      for (const length of lengths) {
        const model = { recency: 0, causal: false };
        const terms = await subject.terms(caseOf({ model, objective: { q } }, noQuery, length));
        assertClose(terms.potential, Math.log(length), subject, "potential");
        assertClose(terms.meanEntropy, uniformEntropy(length, q), subject, `mean S_${q}`);
      }
    }
  });

  // p_j = r^{i−j}/N with r = e^{−m} and N = (1 − rⁿ)/(1 − r) over the n = i + 1 keys.
  const geometricSum = (r: number, n: number) => (1 - r ** n) / (1 - r);

  test("causal, no query, recency: rows are geometric", async () => {
    for (const q of orders) {
      for (const m of [0.25, 2]) {
        const r = Math.exp(-m);
        const entropy = (i: number) => {
          const n = i + 1;
          const logSum = Math.log(geometricSum(r, n));
          if (q !== 1) return entropyOfPower(Math.log(geometricSum(r ** q, n)) - q * logSum, q);
          const meanDistance = r / (1 - r) - n * r ** n / (1 - r ** n);
          return logSum + m * meanDistance;
        };
        const terms = await subject.terms(caseOf({ model: { recency: m }, objective: { q } }, noQuery));
        const potential = meanOver(9, (i) => Math.log(geometricSum(r, i + 1)));
        assertClose(terms.potential, potential, subject, "potential");
        assertClose(terms.meanEntropy, meanOver(9, entropy), subject, `mean S_${q}, m = ${m}`);
      }
    }
  });

  test("a recency bias of 0.25 alone has the entropy and potential of Table 2's first row", async () => {
    for (const [length, entropy, potential] of [[40, 1.231, 1.385], [64, 1.270, 1.431]]) {
      const terms = await subject.terms(caseOf({}, noQuery, length));
      assertAlmostEquals(terms.meanEntropy, entropy, 5e-4);
      assertAlmostEquals(terms.potential, potential, 5e-4);
    }
  });

  test("not causal, no query, recency: rows are geometric to both sides", async () => {
    const r = Math.exp(-0.5);
    const terms = await subject.terms(caseOf({ model: { recency: 0.5, causal: false } }, noQuery));
    const twoSided = (i: number) => geometricSum(r, i + 1) + geometricSum(r, 9 - i) - 1;
    assertClose(terms.potential, meanOver(9, (i) => Math.log(twoSided(i))), subject, "potential");
  });

  test("two keys: the logit is q·k/(√headWidth·τ)", async () => {
    // Each token's key is its own unit vector and its query four times that: 4/(√4·τ) to itself, 0 to the other.
    const identity = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    const temperature = 1.7;
    const given = caseOf(
      {
        model: {
          norm: "none",
          positions: { kind: "none" },
          causal: false,
          recency: 0,
          loops: 1,
          temperature,
        },
        objective: { q: 2 },
      },
      {
        "embedding": identity.slice(0, 12),
        "attention.query.weight": identity.map((value) => 4 * value),
        "attention.key.weight": identity,
        "attention.query.bias": 0,
        "attention.key.bias": 0,
      },
    );
    const batch = { tokens: Int32Array.of(0, 1), targets: Int32Array.of(0, 0), count: 1, length: 2 };
    const terms = await subject.terms({ ...given, batch });
    const p = 1 / (1 + Math.exp(-2 / temperature));
    assertClose(terms.potential, -Math.log(p), subject, "potential");
    assertClose(terms.meanEntropy, 2 * p * (1 - p), subject, "mean S_2");
  });

  test("potential and entropy are averaged over the loops", async () => {
    // Every loop adds 1 to the third number of each state, and the query is four times that; only token 0 has a key.
    // So the logits of loop t are 4t/√4 and 0.
    const given = caseOf(
      {
        model: { norm: "none", positions: { kind: "none" }, causal: false, recency: 0, mlpWidth: 0 },
        objective: { q: 2 },
      },
      {
        "embedding": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0],
        "attention.query.weight": [0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0],
        "attention.key.weight": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "attention.query.bias": 0,
        "attention.key.bias": 0,
        "attention.output.weight": 0,
        "attention.output.bias": [0, 0, 1, 0],
      },
    );
    const batch = { tokens: Int32Array.of(0, 1), targets: Int32Array.of(0, 0), count: 1, length: 2 };
    const terms = await subject.terms({ ...given, batch });
    const p = (loop: number) => 1 / (1 + Math.exp(-2 * loop));
    assertClose(terms.potential, meanOver(3, (loop) => -Math.log(p(loop))), subject, "potential");
    assertClose(terms.meanEntropy, meanOver(3, (loop) => 2 * p(loop) * (1 - p(loop))), subject, "mean S_2");
  });

  test("no output: Z_T = Z_0, and the kinetic term is 0", async () => {
    for (const kinetic of ["squared", "norm"] as const) {
      const silent = { "attention.output.*": 0, "mlp.out.*": 0 };
      assertAlmostEquals((await subject.terms(caseOf({ objective: { kinetic } }, silent))).kinetic, 0, 1e-12);
    }
  });

  test("a constant update c: Z_T = T·c if it is added, c if it replaces", async () => {
    const c = [0.5, -1, 2, 0.25];
    const norm = Math.hypot(...c);
    const constant = { "attention.output.weight": 0, "attention.output.bias": c };
    const kinetic = async (model: PartialConfiguration["model"], kinetic: "squared" | "norm") =>
      (await subject.terms(
        caseOf({ model: { mlpWidth: 0, loops: 7, ...model }, objective: { kinetic } }, constant),
      ))
        .kinetic;
    assertClose(await kinetic({}, "squared"), 49 * norm ** 2 / 2, subject, "residual, squared");
    assertClose(await kinetic({}, "norm"), 7 * norm / 2, subject, "residual, norm");
    assertClose(
      await kinetic({ recurrence: "injected" }, "squared"),
      norm ** 2 / 2,
      subject,
      "injected, squared",
    );
    assertClose(await kinetic({ recurrence: "injected" }, "norm"), norm / 2, subject, "injected, norm");
  });

  test("plain: the way is counted from Z_0 = X", async () => {
    const update = [0.5, -1, 2, 0.25];
    const start = [1, 1, -1, 0.5];
    const distance = Math.hypot(...update.map((value, k) => value - start[k]));
    const changes = {
      "embedding": [...start, ...start, ...start],
      "attention.output.weight": 0,
      "attention.output.bias": update,
    };
    for (const [kinetic, expected] of [["squared", distance ** 2 / 2], ["norm", distance / 2]] as const) {
      const model = { recurrence: "plain" as const, mlpWidth: 0, positions: { kind: "none" as const } };
      const terms = await subject.terms(caseOf({ model, objective: { kinetic } }, changes));
      assertClose(terms.kinetic, expected, subject, kinetic);
    }
  });

  test("a read-out of zeros: cross-entropy is log C", async () => {
    const terms = await subject.terms(caseOf({}, { "readout.*": 0 }));
    assertClose(terms.task, Math.log(4), subject, "task");
  });

  test("a read-out of constant logits b: cross-entropy is log Σ e^b − the mean b of the targets", async () => {
    const b = [1, -2, 0.5, 3];
    const given = caseOf({}, { "readout.weight": 0, "readout.bias": b });
    const logSum = Math.log(b.reduce((sum, value) => sum + Math.exp(value), 0));
    const { targets } = given.batch;
    assertEquals(new Set(targets).size, 4);
    const expected = logSum - meanOver(targets.length, (i) => b[targets[i]]);
    assertClose((await subject.terms(given)).task, expected, subject, "task");

    const some = targets.map((target, i) => i % 2 === 0 ? -1 : target);
    const counted = some.filter((target) => target >= 0);
    const terms = await subject.terms({ ...given, batch: { ...given.batch, targets: some } });
    const expectedOfSome = logSum - meanOver(counted.length, (i) => b[counted[i]]);
    assertClose(terms.task, expectedOfSome, subject, "task with positions left out");
  });

  test("the total is eq. 2, the entropy term |mean S_q − η|", async () => {
    const weights = { lambdaPotential: 0.3, lambdaKinetic: 0.05, lambdaEntropy: 0.7 };
    for (const eta of [0, 0.4, 9, -1]) {
      const { total, task, potential, kinetic, entropy, meanEntropy } = await subject.terms(
        caseOf({ objective: { ...weights, eta } }, {}),
      );
      assertAlmostEquals(entropy, Math.abs(meanEntropy - eta), 1e-12);
      assertAlmostEquals(total, task + 0.3 * potential + 0.05 * kinetic + 0.7 * entropy, 1e-12);
    }
  });

  test("0 ≤ S_q ≤ S_q(uniform) and 0 ≤ potential ≤ log L on random models", async () => {
    await fc.assert(
      fc.asyncProperty(modelCases, async ({ problem, seed, batch }) => {
        const parameters = normalParameters(problem, seed);
        const { potential, meanEntropy } = await subject.terms({ problem, parameters, batch });
        const slack = 1e-6;
        assert(potential >= 0 && potential <= Math.log(batch.length) + slack, `potential ${potential}`);
        const most = uniformEntropy(batch.length, problem.objective.q);
        assert(meanEntropy >= -slack && meanEntropy <= most + slack, `mean S_q ${meanEntropy}`);
      }),
      { seed: 24, numRuns: 40 },
    );
  });
}

Deno.test("Tsallis entropy is its definition, Shannon's at q = 1, and continuous there", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 8 }), (counts) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      fc.pre(total > 0);
      const p = counts.map((count) => count / total);
      for (const q of [0.5, 1.5, 2, 3]) {
        const power = p.reduce((sum, each) => sum + (each === 0 ? 0 : each ** q), 0);
        assertAlmostEquals(tsallis(p, q), (1 - power) / (q - 1), 1e-12);
      }
      const shannon = -p.reduce((sum, each) => sum + (each === 0 ? 0 : each * Math.log(each)), 0);
      assertAlmostEquals(tsallis(p, 1), shannon, 1e-12);
      // |dS_q/dq| at q = 1 is ½ Σ p log² p, at most 2.2 for eight entries.
      for (const q of [1 - 1e-9, 1 + 1e-9]) assertLess(Math.abs(tsallis(p, q) - shannon), 1e-8);
    }),
    { seed: 3 },
  );
});

Deno.test("lossTerms adds up eq. 2", () => {
  const weights = { lambdaPotential: 10, lambdaKinetic: 100, lambdaEntropy: 1000, eta: 5 };
  const { objective } = configuration({ objective: weights });
  const terms = lossTerms({ task: 1, potential: 2, kinetic: 3, meanEntropy: 4 }, objective);
  assertEquals(terms, { total: 1321, task: 1, potential: 2, kinetic: 3, meanEntropy: 4, entropy: 1 });
});
