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
  return parameterSpecification(shapes);
}
