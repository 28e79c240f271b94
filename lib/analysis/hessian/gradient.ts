import type { Engine } from "../../engines/engine.ts";
import { UserError } from "../../errors.ts";
import type { Batch } from "../../tasks/task.ts";

/** The gradient of a loss, flat, at flat parameters: all that the Hessian's methods know of a model. */
export type GradientFunction = (parameters: Float32Array) => Promise<ArrayLike<number>>;

/** The gradient of an engine's objective on a batch. */
export function gradientOf(engine: Engine, batch: Batch): GradientFunction {
  return async (parameters) => (await engine.lossAndGradient(parameters, batch)).gradient;
}

/** The gradient, checked. */
export async function finiteGradient(
  gradient: GradientFunction,
  parameters: Float32Array,
): Promise<ArrayLike<number>> {
  const values = await gradient(parameters);
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new UserError(
        `Cannot compute a Hessian as entry ${i} of the gradient near these parameters is ${values[i]}`,
      );
    }
  }
  return values;
}
