import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { eer } from "./eer.ts";
import { assertAllClose } from "./reference/close.ts";

const temp = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(temp, { recursive: true }));

const identity = [[1, 0], [0, 1]];
const good = {
  X: [[1, 0], [0, 2], [-1, 1]],
  WQ: [[1, 2], [0, 1]],
  WK: [[0, 1], [1, 1]],
  WV: [[1, 1], [-1, 0.5]],
  tau: 0.7,
  mu: 0.8,
  alpha: 0.3,
  beta: 0.1 as unknown,
  Z0: [0.5, -0.2] as unknown,
  V0: [0.1, 0],
  steps: 4 as unknown,
};

let files = 0;
async function dynamics(problem: unknown, ...flags: string[]) {
  const file = `${temp}/${files++}.json`;
  await Deno.writeTextFile(file, typeof problem === "string" ? problem : JSON.stringify(problem));
  return await eer("dynamics", file, ...flags);
}

async function result(problem: unknown) {
  const { code, stdout, stderr } = await dynamics(problem, "--json");
  assertEquals(code, 0, stderr);
  return JSON.parse(stdout) as { positions: number[][]; velocities: number[][]; energy: number[] };
}

Deno.test("dynamics follows eq. 1 to the letter", async () => {
  const beta = [0.1, 0.4, -0.2, 0];
  const { positions, velocities, energy } = await result({ ...good, beta });
  assertEquals([positions.length, velocities.length, energy.length], [5, 5, 5]);

  const { X, WQ, WK, WV, tau, mu, alpha } = good;
  const apply = (W: number[][], [a, b]: number[]) => W.map((row) => row[0] * a + row[1] * b);
  let [Z, V] = [[0.5, -0.2], [0.1, 0]];
  for (let k = 0; k <= 4; k++) {
    const weights = X.map((x) => {
      const [q, key] = [apply(WQ, Z), apply(WK, x)];
      return Math.exp((q[0] * key[0] + q[1] * key[1]) / (tau * Math.sqrt(2)));
    });
    const sum = weights.reduce((a, b) => a + b);
    const exact = { tolerance: 1e-13, floor: 1e-14 };
    assertAllClose(positions[k], Z, `Z_${k}`, exact);
    assertAllClose(velocities[k], V, `V_${k}`, exact);
    assertAllClose([energy[k]], [-tau * Math.log(sum)], `E_${k}`, exact);
    const mean = (each: (x: number[], c: number) => number) =>
      [0, 1].map((c) => X.reduce((total, x, i) => total + weights[i] / sum * each(x, c), 0));
    const F = mean((x, c) => apply(WV, x)[c]);
    // ∇E = −Σ p W_Qᵀ W_K x/√d
    const slope = mean((x, c) => {
      const key = apply(WK, x);
      return (WQ[0][c] * key[0] + WQ[1][c] * key[1]) / Math.SQRT2;
    });
    V = V.map((v, c) => mu * v + alpha * (F[c] - Z[c]) + (beta[k] ?? 0) * slope[c]);
    Z = Z.map((z, c) => z + V[c]);
  }
  assertEquals(
    await result({ ...good, beta: 0.25 }),
    await result({ ...good, beta: [0.25, 0.25, 0.25, 0.25] }),
  );
});

Deno.test("dynamics: one token, one dimension, no step, a saturated softmax", async () => {
  const one = {
    X: [[3]],
    WQ: [[1]],
    WK: [[2]],
    WV: [[1]],
    tau: 1,
    mu: 1,
    alpha: 0,
    beta: 0.5,
    Z0: [1],
    V0: [0],
  };
  // a = 6: Z_k = 1 + 0.5·6·k(k + 1)/2, E = −6 Z.
  const { positions, energy } = await result({ ...one, steps: 3 });
  assertEquals(positions, [[1], [4], [10], [19]]);
  assertEquals(energy, [-6, -24, -60, -114]);
  assertEquals(await result({ ...one, steps: 0 }), { positions: [[1]], velocities: [[0]], energy: [-6] });
  assertEquals((await result({ ...one, beta: [], steps: 0 })).energy, [-6]);

  const huge = { ...good, WQ: [[1e150, 0], [0, 1e150]], WK: identity, Z0: [1, 0], beta: 0, alpha: 1, mu: 0 };
  const saturated = await result({ ...huge, V0: [0, 0], steps: 1 });
  // All weight is on x_0, whose value is W_V's first column.
  assertEquals(saturated.positions[1], [1, -1]);
  assertAllClose([saturated.energy[0]], [-1e150 / Math.SQRT2], "energy", { tolerance: 1e-15, floor: 0 });
  assertAllClose(
    (await result({ ...good, tau: 1e-300 })).energy,
    (await result({ ...good, tau: 1e-200 })).energy,
    "cold",
  );
});

Deno.test("dynamics prints a line a step unless asked for JSON", async () => {
  const { code, stdout } = await dynamics(good);
  assertEquals(code, 0);
  assertEquals(stdout.trimEnd().split("\n").length, 6);
  assertMatch(stdout, /^step +energy +\|Z\| +\|V\|\n0 /);
  const { stdout: help } = await eer("dynamics", "--help");
  assertStringIncludes(help, "X holds the tokens x_i, one a row");
});

const text = JSON.stringify(good);
const mistakes: [unknown, string][] = [
  [{ ...good, X: [[1, null]] }, "X[0][1] is null, where a finite number is wanted"],
  [text.replace(`"tau":0.7`, `"tau":1e999`), "tau is beyond the range of numbers"],
  [text.replace(`"tau":0.7`, `"tau":NaN`), "is not JSON"],
  [{ ...good, X: [[1, 0], [1]] }, "X[1] has 1 entry, but X[0] has 2"],
  [{ ...good, X: [] }, "X has no rows"],
  [{ ...good, WQ: [[1, 2, 3], [1, 2, 3]] }, "WQ is 2 × 3, where 2 × 2 is wanted as rows of X have 2 entries"],
  [{ ...good, WV: [[1, 2]] }, "WV is 1 × 2, where 2 × 2 is wanted"],
  [{ ...good, Z0: [1, 2, 3] }, "Z0 has 3 entries, where 2 are wanted as rows of X have 2 entries"],
  [{ ...good, Z0: [[1, 2]] }, "Z0[0] is an array, where a finite number is wanted"],
  [{ ...good, Z0: 1 }, "Z0 is 1, where a vector is wanted"],
  [{ ...good, V0: undefined }, "V0 is missing; its keys are X, WQ"],
  [{ ...good, seed: 1 }, `it has the unknown key "seed"; its keys are X, WQ`],
  [{ ...good, tau: 0 }, "tau is 0, where a finite number > 0 is wanted"],
  [{ ...good, tau: -1 }, "tau is -1, where a finite number > 0 is wanted"],
  [{ ...good, mu: "0.9" }, `mu is "0.9", where a finite number is wanted`],
  [{ ...good, beta: [0.1, 0.2] }, "beta has 2 entries, where 4 are wanted as steps is 4"],
  [{ ...good, beta: [0.1, 0.2, null, 1] }, "beta[2] is null"],
  [{ ...good, beta: null }, "beta is null, where a finite number is wanted"],
  [{ ...good, steps: 2.5 }, "steps is 2.5, where a whole number from 0 to"],
  [{ ...good, steps: -1 }, "steps is -1, where a whole number from 0 to"],
  [{ ...good, steps: 1e12 }, "steps is 1000000000000, where a whole number from 0 to"],
  [{ ...good, mu: 1e200, steps: 5 }, "leaves the range of numbers (1.8e308) at step 2"],
  [{ ...good, WK: [[1e200, 0], [0, 1]], X: [[1e200, 0]] }, "leaves the range of numbers (1.8e308) at step 0"],
  ["[1, 2]", "it is an array, not an object"],
];

for (const [problem, message] of mistakes) {
  Deno.test(`dynamics: ${message}`, async () => {
    const { code, stdout, stderr } = await dynamics(problem, "--json");
    assertEquals(code, 1);
    assertEquals(stdout, "");
    assertMatch(stderr, /^eer: Cannot use problem [^\n]+\n$/);
    assertStringIncludes(stderr, message);
  });
}

Deno.test("dynamics wants one file", async () => {
  for (const args of [[], ["a", "b"], [`${temp}/none`], [temp]]) {
    const { code, stderr } = await eer("dynamics", ...args);
    assertEquals(code, 1);
    assertMatch(stderr, /^eer: Cannot [^\n]+\n$/);
    assert(!stderr.includes("    at "));
  }
});
