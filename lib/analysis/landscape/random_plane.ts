/**
 * Random directions around trained parameters, normalised as in Li et al. 2018, *Visualizing the Loss Landscape of
 * Neural Nets* (arXiv 1712.09913).
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import type { ParameterEntry, ParameterSpecification } from "../../parameters.ts";
import { randomStream } from "../../random.ts";
import { euclideanNorm, innerProduct } from "../../vectors.ts";
import type { Plane } from "./plane.ts";

/**
 * What a direction is scaled to:
 * - `filter`: each filter of a weight matrix to the length of the trained one. A filter is what makes one output of a
 *   linear map, a column of W [in, out]; in the embedding it is the vector of one symbol, a row;
 * - `layer`: each weight matrix to the length of the trained one;
 * - `none`: nothing; the entries are standard normal.
 */
export type Normalization = "filter" | "layer" | "none";

/** All of them. */
export const normalizations: readonly Normalization[] = ["filter", "layer", "none"];

/**
 * The plane through `parameters` along two random directions.
 *
 * Biases and LayerNorm's gains do not move, as in Li et al. (their `ignore='biasbn'`). The second direction is made
 * orthogonal to the first block by block (filter, layer or whole) *before* the scaling, so that both have exactly
 * the lengths that the normalisation asks for and are orthogonal nevertheless. A parameter's draw depends on the seed
 * and on its name alone: models of the same shape get the same directions up to the scaling to their own weights.
 *
 * @throws {UserError} if a block has a single entry, which cannot hold two orthogonal directions
 */
export function randomPlane(
  { entries, size }: ParameterSpecification,
  parameters: Float32Array,
  { seed, normalize = "filter" }: { seed: number; normalize?: Normalization },
): Plane {
  const drawn = (direction: string) => {
    const flat = new Float64Array(size);
    for (const { name, shape, offset, size } of entries) {
      const stream = randomStream(seed, "landscape", direction, name);
      if (shape.length === 2) { for (let i = 0; i < size; i++) flat[offset + i] = stream.normal(); }
    }
    return flat;
  };
  const [a, b] = [drawn("alpha"), drawn("beta")];
  for (const { name, indices } of blocks(entries, normalize)) {
    if (indices.length < 2) {
      throw new UserError(
        `Cannot normalise random directions by ${normalize} as ${name} has a single number there, which leaves ` +
          `no room for two orthogonal directions: use layer or none`,
      );
    }
    const part = (flat: ArrayLike<number>) => indices.map((i) => flat[i]);
    const along = innerProduct(part(a), part(b)) / innerProduct(part(a), part(a));
    for (const i of indices) b[i] -= along * a[i];
    if (normalize === "none") continue;
    const length = euclideanNorm(part(parameters));
    for (const direction of [a, b]) {
      const scale = length / euclideanNorm(part(direction));
      for (const i of indices) direction[i] *= scale;
    }
  }
  return { origin: parameters, alpha: Float32Array.from(a), beta: Float32Array.from(b) };
}

/** What is made orthogonal and scaled together, as places in the flat array. */
function blocks(
  entries: readonly ParameterEntry[],
  normalize: Normalization,
): { name: string; indices: number[] }[] {
  const matrices = entries.filter(({ shape }) => shape.length === 2).map(({ name, shape, offset, size }) => ({
    name,
    shape,
    indices: Array.from({ length: size }, (_, i) => offset + i),
  }));
  if (normalize === "layer") return matrices;
  if (normalize === "none") {
    return [{ name: "the model", indices: matrices.flatMap(({ indices }) => indices) }];
  }
  return matrices.flatMap(({ name, shape: [rows, columns], indices }) => {
    const [filters, filterOf] = name === "embedding"
      ? [rows, (i: number) => Math.floor(i / columns)]
      : [columns, (i: number) => i % columns];
    return Array.from({ length: filters }, (_, filter) => ({
      name,
      indices: indices.filter((_, i) => filterOf(i) === filter),
    }));
  });
}
