import { assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { adamwStart, adamwUpdate } from "../lib/training/adamw.ts";

/** AdamW for one number, in doubles, as the paper states it (Loshchilov & Hutter, algorithm 2). */
function reference(start: number, gradients: number[], learningRate: number, weightDecay: number): number {
  let [p, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    const t = i + 1;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g ** 2;
    const mHat = m / (1 - 0.9 ** t);
    const vHat = v / (1 - 0.999 ** t);
    p = p - learningRate * (mHat / (Math.sqrt(vHat) + 1e-8) + weightDecay * p);
  });
  return p;
}

Deno.test("AdamW follows its definition", () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  fc.assert(fc.property(
    number,
    fc.array(number.filter((g) => Math.abs(g) > 1e-3), { minLength: 1, maxLength: 20 }),
    fc.double({ min: 1e-5, max: 0.1, noNaN: true }),
    fc.double({ min: 0, max: 0.5, noNaN: true }),
    (start, gradients, learningRate, weightDecay) => {
      const parameters = Float32Array.of(start, 0);
      const state = adamwStart(2);
      for (const g of gradients) {
        adamwUpdate(parameters, state, { gradient: Float32Array.of(g, 0), learningRate, weightDecay });
      }
      const expected = reference(Math.fround(start), gradients.map(Math.fround), learningRate, weightDecay);
      assertAlmostEquals(parameters[0], expected, 1e-5 * (1 + Math.abs(start)));
      assertEquals(parameters[1], 0); // A parameter without gradient and value stays.
      assertEquals(state.step, gradients.length);
    },
  ));
});

Deno.test("AdamW's first step has the size of the learning rate, whatever the gradient's", () => {
  for (const g of [1e-3, 1, 1e3]) {
    const parameters = Float32Array.of(0);
    adamwUpdate(parameters, adamwStart(1), {
      gradient: Float32Array.of(g),
      learningRate: 0.5,
      weightDecay: 0,
    });
    assertAlmostEquals(parameters[0], -0.5, 1e-4);
  }
});
