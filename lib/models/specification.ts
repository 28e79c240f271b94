/**
 * Names and shapes of a looped transformer's parameters, in the order of the flat array. A linear map is
 * y = xW + b with W [in, out].
 *
 * @module
 */
import { type ParameterSpecification, parameterSpecification } from "../parameters.ts";
import type { ModelConfig } from "./config.ts";

/** A model with its input alphabet V and its target classes C: all that an engine needs to know of the task. */
export interface ModelShape {
  readonly vocabulary: number;
  readonly classes: number;
  readonly model: ModelConfig;
}

/** The parameters of the model: 932 of them for preset `eer` with three symbols and ⊥. */
export function modelSpecification({ vocabulary, classes, model }: ModelShape): ParameterSpecification {
  const { width, heads, headWidth, mlpWidth, bias, output, norm } = model;
  const inner = heads * headWidth;
  const shapes: [string, number[]][] = [["embedding", [vocabulary, width]]];
  const linear = (name: string, from: number, to: number) => {
    shapes.push([`${name}.weight`, [from, to]]);
    if (bias) shapes.push([`${name}.bias`, [to]]);
  };
  const layerNorm = (name: string) => {
    if (norm === "pre") shapes.push([`${name}.gain`, [width]], [`${name}.bias`, [width]]);
  };
  layerNorm("norm1");
  linear("attention.query", width, inner);
  linear("attention.key", width, inner);
  linear("attention.value", width, inner);
  if (output) linear("attention.output", inner, width);
  if (mlpWidth > 0) {
    layerNorm("norm2");
    linear("mlp.in", width, mlpWidth);
    linear("mlp.out", mlpWidth, width);
  }
  linear("readout", width, classes);
  const specification = parameterSpecification(shapes);
  const expected = parameterCount({ vocabulary, classes, model });
  if (specification.size !== expected) {
    throw new Error(`Built ${specification.size} parameters, not ${expected}`);
  }
  return specification;
}

/** The number of parameters in closed form, which the list above must come to: 932 for preset `eer`. */
function parameterCount({ vocabulary, classes, model }: ModelShape): number {
  const { width: d, heads, headWidth, mlpWidth: h, bias, output, norm } = model;
  const inner = heads * headWidth;
  const b = bias ? 1 : 0;
  const layerNorm = norm === "pre" ? 2 * d : 0;
  const attention = 3 * (d + b) * inner + (output ? (inner + b) * d : 0);
  const mlp = h > 0 ? layerNorm + (d + b) * h + (h + b) * d : 0;
  return vocabulary * d + layerNorm + attention + mlp + (d + b) * classes;
}
