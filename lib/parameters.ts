/**
 * All parameters of a model lie in ONE flat `Float32Array`; a specification says which part has which name and
 * shape. Optimiser, checkpoint, landscape and Hessian work on the flat array and need to know no model.
 *
 * @module
 */

/** One named parameter: its place in the flat array and its shape (row-major). */
export interface ParameterEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** Names, shapes and places of all parameters of a model. */
export interface ParameterSpecification {
  readonly entries: readonly ParameterEntry[];
  /** Number of parameters in all. */
  readonly size: number;
}

/** Lays out the given names and shapes one after the other. */
export function parameterSpecification(
  shapes: readonly (readonly [name: string, shape: readonly number[]])[],
): ParameterSpecification {
  let offset = 0;
  const entries = shapes.map(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const entry = { name, shape, offset, size };
    offset += size;
    return entry;
  });
  return { entries, size: offset };
}

/**
 * The part of `flat` that holds the parameter `name`: a view, not a copy.
 *
 * @throws {RangeError} if there is no such parameter
 */
export function parameterView(
  specification: ParameterSpecification,
  flat: Float32Array,
  name: string,
): Float32Array {
  const entry = specification.entries.find((each) => each.name === name);
  if (!entry) {
    const known = specification.entries.map((each) => each.name).join(", ");
    throw new RangeError(`Cannot view parameter "${name}": this model has ${known}`);
  }
  return flat.subarray(entry.offset, entry.offset + entry.size);
}

/**
 * @throws {RangeError} if `flat` has not as many entries as the specification
 */
export function assertParameterCount(specification: ParameterSpecification, flat: Float32Array): void {
  if (flat.length !== specification.size) {
    throw new RangeError(`Cannot use ${flat.length} parameters as this model has ${specification.size}`);
  }
}
