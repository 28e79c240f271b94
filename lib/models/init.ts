/**
 * Initial parameters. The paper names no scheme. Here embeddings are N(0, 1), linear maps uniform in ±1/√(inputs),
 * gains 1 and biases 0. Random biases, as PyTorch's linear layers have them, add up over the 25 loops: kinetic
 * starts two to nine times above Table 2's 93.8, without them that value is among those that seeds give.
 *
 * @module
 */
import { parameterView } from "../parameters.ts";
import { randomStream } from "../random.ts";
import { type ModelShape, modelSpecification } from "./specification.ts";

/** Fresh parameters, flat, fixed by the seed: each has its own stream, so one more does not change the others. */
export function initialParameters(shape: ModelShape, seed: number): Float32Array {
  const specification = modelSpecification(shape);
  const flat = new Float32Array(specification.size);
  for (const { name } of specification.entries) {
    const values = parameterView(specification, flat, name);
    const stream = randomStream(seed, "init", name);
    if (name === "embedding") values.forEach((_, i) => values[i] = stream.normal());
    else if (name.endsWith(".gain")) values.fill(1);
    else if (name.endsWith(".weight")) {
      const bound = 1 / Math.sqrt(inputsOf(name, shape.model));
      values.forEach((_, i) => values[i] = (2 * stream.uniform() - 1) * bound);
    }
  }
  return flat;
}

function inputsOf(name: string, { width, heads, headWidth, mlpWidth }: ModelShape["model"]): number {
  if (name.startsWith("attention.output")) return heads * headWidth;
  if (name.startsWith("mlp.out")) return mlpWidth;
  return width;
}
