/**
 * Planes laid through known parameters: a training path's principal plane, or three solutions.
 *
 * The origin is the middle of what is to be seen, and both directions have the same length, such that everything lies
 * within [−1, 1]² with a margin and the picture is not distorted.
 *
 * @module
 */
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { UserError } from "../../errors.ts";
import { euclideanNorm, innerProduct } from "../../vectors.ts";
import type { Plane } from "./plane.ts";

/** Half the width of the square [−1, 1]² in units of what lies in it. */
const MARGIN = 1.25;

/** A path's plane, with the shares of the path's variance along both directions. */
export interface PrincipalPlane extends Plane {
  readonly explained: readonly [alpha: number, beta: number];
}

/**
 * The plane of the first two principal components of the snapshots of one or more paths (Li et al. 2018, §7, who
 * take one). Each direction's sign is such that its largest entry is positive.
 *
 * A path of high-dimensional noise has a dominant first component as well: the share explained alone is no evidence
 * of a low-dimensional path (Antognini & Sohl-Dickstein 2018).
 *
 * @throws {UserError} if there are fewer than three different snapshots
 */
export function principalPlane(snapshots: readonly Float32Array[]): PrincipalPlane {
  const size = snapshots[0]?.length ?? 0;
  const mean = Float64Array.from(
    { length: size },
    (_, i) => snapshots.reduce((sum, each) => sum + each[i], 0) / snapshots.length,
  );
  const centred = snapshots.map((each) => Array.from(each, (value, i) => value - mean[i]));
  const { diagonal, leftSingularVectors } = new SingularValueDecomposition(new Matrix(centred).transpose(), {
    autoTranspose: true,
  });
  if (!(diagonal[1] > 1e-6 * diagonal[0])) {
    throw new UserError("Cannot lay a plane through a path that has fewer than three snapshots off one line");
  }
  const [a, b] = [0, 1].map((k) => {
    const vector = leftSingularVectors.getColumn(k);
    const largest = vector.reduce((most, value) => Math.abs(value) > Math.abs(most) ? value : most, 0);
    return vector.map((value) => value * Math.sign(largest));
  });
  const variance = diagonal.reduce((sum, value) => sum + value ** 2, 0);
  const share = (k: number) => diagonal[k] ** 2 / variance;
  return { ...framed({ origin: mean, a, b }, snapshots), explained: [share(0), share(1)] };
}

/**
 * The plane through three solutions (Garipov et al. 2018, arXiv 1802.10026, §3): a points from the first to the
 * second, b is orthogonal to it on the side of the third.
 *
 * @throws {UserError} if the three lie on one line
 */
export function planeThrough([first, second, third]: readonly Float32Array[]): Plane {
  const difference = (to: Float32Array) => Array.from(to, (value, i) => value - first[i]);
  const a = unit(difference(second));
  const towards = difference(third);
  const along = innerProduct(towards, a);
  const b = towards.map((value, i) => value - along * a[i]);
  if (!(innerProduct(b, b) > 1e-12 * innerProduct(towards, towards))) {
    throw new UserError("Cannot lay a plane through three solutions that lie on one line");
  }
  return framed({ origin: first, a, b: unit(b) }, [first, second, third]);
}

/** Moves the origin and scales the unit vectors a and b so that the points' shadows lie within the square. */
function framed(
  { origin, a, b }: Record<"origin" | "a" | "b", ArrayLike<number>>,
  points: readonly Float32Array[],
): Plane {
  const offsets = points.map((each) => Array.from(each, (value, i) => value - origin[i]));
  const [[lowA, highA], [lowB, highB]] = [a, b].map((direction) => {
    const shadows = offsets.map((offset) => innerProduct(offset, direction));
    return [Math.min(...shadows), Math.max(...shadows)];
  });
  const [middleA, middleB] = [(lowA + highA) / 2, (lowB + highB) / 2];
  const length = MARGIN * Math.max(highA - lowA, highB - lowB) / 2;
  return {
    origin: Float32Array.from(origin, (value, i) => value + middleA * a[i] + middleB * b[i]),
    alpha: Float32Array.from(a, (value) => value * length),
    beta: Float32Array.from(b, (value) => value * length),
  };
}

function unit(vector: readonly number[]): number[] {
  const length = euclideanNorm(vector);
  return vector.map((value) => value / length);
}
