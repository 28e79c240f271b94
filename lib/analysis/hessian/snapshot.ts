/**
 * The Hessian at one moment of training, with the gradient and the path of training in its eigenvectors: all that
 * spectrum, river and valley need, at any threshold, without the eigenvectors themselves.
 *
 * @module
 */
import type { Engine } from "../../engines/engine.ts";
import type { Batch } from "../../tasks/task.ts";
import { exactHessian, type Hessian, type HessianOptions } from "./exact.ts";
import { gradientOf } from "./gradient.ts";
import { coordinates, type Spectrum, spectrumOf } from "./spectrum.ts";

/** What is kept of a Hessian. Every array has an entry for each eigenvalue. */
export interface HessianSnapshot {
  /** Updates done. */
  readonly step: number;
  readonly total: number;
  readonly task: number;
  /** Of {@linkcode Hessian}. */
  readonly symmetryError: number;
  readonly eigenvalueError: number;
  /** Ascending. */
  readonly eigenvalues: readonly number[];
  /** The gradient's coordinates in the eigenvectors. */
  readonly gradient: readonly number[];
  /** Coordinates of the way here from the snapshot of the path before, where there is one. */
  readonly arrival?: readonly number[];
  /** Coordinates of the way from here to the next snapshot of the path, where there is one. */
  readonly departure?: readonly number[];
}

/** Where on a path, and on which loss. */
export interface SnapshotOptions extends HessianOptions {
  readonly engine: Engine;
  readonly batch: Batch;
  readonly step: number;
  /** Parameters of the path's snapshots before and after. */
  readonly before?: Float32Array;
  readonly after?: Float32Array;
}

/** Computes a snapshot; the Hessian and its eigenvectors come with it for what else is to be done there. */
export async function hessianSnapshot(
  parameters: Float32Array,
  { engine, batch, step, before, after, ...options }: SnapshotOptions,
): Promise<{ snapshot: HessianSnapshot; hessian: Hessian; spectrum: Spectrum }> {
  const hessian = await exactHessian(gradientOf(engine, batch), parameters, options);
  const spectrum = spectrumOf(hessian);
  const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
  const way = (from?: Float32Array, to?: Float32Array) =>
    from && to ? inDigits(coordinates(spectrum, to.map((value, i) => value - from[i]))) : undefined;
  return {
    snapshot: {
      step,
      total: terms.total,
      task: terms.task,
      symmetryError: hessian.symmetryError,
      eigenvalueError: hessian.eigenvalueError,
      eigenvalues: inDigits(spectrum.eigenvalues),
      gradient: inDigits(coordinates(spectrum, gradient)),
      arrival: way(before, parameters),
      departure: way(parameters, after),
    },
    hessian,
    spectrum,
  };
}

/** Six digits: more than the Hessian has. */
function inDigits(values: Float64Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(6)));
}
