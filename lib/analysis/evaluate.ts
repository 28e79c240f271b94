/**
 * Accuracy of a model on fresh sequences: over all positions, over matched ones, by distance to the match, and
 * against the number of loops, each with a 95 % interval.
 *
 * @module
 */

/** A share of right answers with its 95 % interval. */
export interface Share {
  /** In [0, 1]; NaN where nothing was counted. */
  readonly value: number;
  readonly interval: readonly [low: number, high: number];
  /** Number of positions counted. */
  readonly positions: number;
}

/** What an evaluation at one length found. */
export interface LengthAccuracy {
  readonly length: number;
  readonly sequences: number;
  /** Over all positions that have a target. */
  readonly all: Share;
  /** Over the positions whose symbol occurred before. */
  readonly matched: Share;
  /** Over the positions whose match lies this far back, ascending. */
  readonly byDistance: readonly (Share & { readonly distance: number })[];
}

/** Accuracy read out after each number of loops. */
export interface LoopAccuracy {
  readonly loops: number;
  readonly all: Share;
}
