/**
 * Where everything lies in the memory that the workers share, for one kind of call and one size of batch: the
 * kernel's settings (`kernel/settings.ts`) that are addresses and sizes.
 *
 * @module
 */
import { UserError } from "../../errors.ts";
import type { EngineProblem } from "../engine.ts";
import type { KernelWeights } from "./weights.ts";

/** What is asked of the kernel: the name of its function. */
export type KernelCall = "logits" | "gradient" | "trace";

/** Sizes of one call. */
export interface CallSize {
  readonly call: KernelCall;
  readonly count: number;
  readonly length: number;
  /** Whether a trace holds attention. */
  readonly attention: boolean;
}

/** See the module's description. */
export interface Layout {
  /** Settings that are the same for all workers. */
  readonly shared: Readonly<Record<string, number>>;
  /** Addresses in the first worker's part; each next worker's lie `workerBytes` further. */
  readonly own: Readonly<Record<string, number>>;
  readonly workerBytes: number;
  /** Groups of sequences whose gradients are summed apart. */
  readonly groups: number;
  /** Bytes of memory in all. */
  readonly bytes: number;
}

/** Tokens in a tile, and bytes of a tile's channel: `kernel/simd.ts`. */
const TILE = 8;
const ROW = 32;
/** Bytes kept for each row of a tile's attention: `kernel/attention.ts`. */
const ROW_STATISTICS = 160;
/** The first page holds the kernel's constants and the task counter. */
const START = 65536;
const LIMIT = 65536 * 65536;
/** Gradients of groups take up to this many bytes, but never fewer than this many groups. */
const GRADIENT_BYTES = 2 ** 27;
const FEWEST_GROUPS = 8;

/** Rows of attention are kept for the way back up to this many bytes a worker: 8 % of a step at L = 40. */
const KEPT_BYTES = 2 ** 25;

/** @throws {UserError} if it does not fit into the 4 GB that WebAssembly can address */
export function layout(
  problem: EngineProblem,
  weights: KernelWeights,
  { size, workers }: { size: CallSize; workers: number },
): Layout {
  const { model } = problem;
  const { call, count, length } = size;
  const { width, headWidth, inner, mlpWidth, classes } = weights.sizes;
  const tiles = Math.ceil(length / TILE);
  const training = call === "gradient";

  const shared = new Region(START);
  const addresses: Record<string, number> = {};
  const start = shared.take(weights.size * 4);
  for (const { name, rows, columns, offset } of weights.matrices) {
    if (name === "embedding") addresses.embedding = start + offset * 4;
    else {
      addresses[`${name}Weight`] = start + offset * 4;
      addresses[`${name}Bias`] = start + (offset + rows * columns) * 4;
      addresses[`${name}Transposed`] = shared.take(rows * columns * 4);
    }
  }
  addresses.tokens = shared.take(count * length * 4);
  addresses.targets = shared.take(training ? count * length * 4 : 0);
  addresses.positions = shared.take(length * width * 4);
  // The penalty of distance n lies n numbers before this address; the table ends with a tile beyond 0.
  addresses.penalties = shared.take(tiles * TILE * 4) + (tiles - 1) * TILE * 4;
  addresses.lastMask = shared.take(TILE * ROW);
  addresses.validLanes = shared.take(ROW);
  addresses.sums = shared.take(training ? count * 32 : 0);
  const gradientBytes = weights.size * 4;
  const most = Math.max(FEWEST_GROUPS, Math.floor(GRADIENT_BYTES / gradientBytes));
  const groupSize = Math.ceil(count / most);
  const groups = Math.ceil(count / groupSize);
  addresses.gradients = shared.take(training ? groups * gradientBytes : 0);
  addresses.logitsOut = shared.take(call === "logits" ? count * length * problem.classes * 4 : 0);
  const rows = (model.loops + 1) * count * length;
  addresses.traceStates = shared.take(call === "trace" ? rows * model.width * 4 : 0);
  addresses.traceLogits = shared.take(call === "trace" ? rows * problem.classes * 4 : 0);
  // 0 tells the kernel that no attention is wanted.
  const maps = model.loops * count * model.heads;
  addresses.traceAttention = size.attention ? shared.take(maps * length * length * 4) : 0;

  const own = new Region(shared.end);
  const tile = (channels: number) => tiles * channels * ROW;
  const saved = {
    normalised1: own.take(tile(width)),
    scale1: own.take(tile(1)),
    qkv: own.take(tile(3 * inner)),
    rows: own.take(tiles * model.heads * ROW_STATISTICS),
    mixed: own.take(tile(inner)),
    normalised2: own.take(tile(width)),
    scale2: own.take(tile(1)),
    active: own.take(tile(mlpWidth)),
    activeSlope: own.take(training ? tile(mlpWidth) : 0),
  };
  const savedBytes = training ? own.end - saved.normalised1 : 0;
  own.take((model.loops - 1) * savedBytes);
  // Kept rows hold e, from which only the entropy at q = 3/2 can be had without a logarithm.
  const blocks = model.causal ? tiles * (tiles + 1) / 2 : tiles * tiles;
  const allRows = model.loops * model.heads * blocks * TILE * ROW;
  const keepRows = training && problem.objective.q === 1.5 && allRows <= KEPT_BYTES;
  const ownAddresses = {
    ...saved,
    x: own.take(tile(width)),
    z: own.take(tile(width)),
    keyBounds: own.take(model.heads * 4),
    valueRows: own.take(tile(inner)),
    scores: own.take(keepRows ? allRows : tiles * TILE * ROW),
    scratch: own.take(TILE * ROW),
    tileInput: own.take(width * ROW),
    tileMixed: own.take(width * ROW),
    tileHidden: own.take(mlpWidth * ROW),
    tileOut: own.take(Math.max(width, 4) * ROW),
    logitsTiles: own.take(tile(classes)),
    readoutInput: own.take(tile(width)),
    ...(training && {
      queryRows: own.take(tile(inner)),
      keyRows: own.take(tile(inner)),
      mixedGradientRows: own.take(tile(inner)),
      scoreGradients: own.take(tiles * TILE * ROW),
      dx: own.take(tile(width)),
      dz: own.take(tile(width)),
      du: own.take(tile(width)),
      da: own.take(tile(width)),
      dActive: own.take(tile(mlpWidth)),
      dMixed: own.take(tile(inner)),
      dQkv: own.take(tile(3 * inner)),
    }),
  };
  const workerBytes = own.end - shared.end;
  const bytes = shared.end + workers * workerBytes;
  if (bytes > LIMIT) {
    throw new UserError(
      `Cannot run ${count} sequences of length ${length} on the fused engine with ${workers} workers, as this ` +
        `would take ${(bytes / 2 ** 30).toFixed(1)} GB of the 4 GB that WebAssembly can address: use fewer ` +
        `workers, shorter sequences or engine "tfjs"`,
    );
  }
  return {
    shared: {
      ...addresses,
      width: model.width,
      widthPadded: width,
      heads: model.heads,
      headWidth,
      inner,
      mlpWidth,
      classes: problem.classes,
      classesPadded: classes,
      loops: model.loops,
      norm: model.norm === "pre" ? 1 : 0,
      causal: model.causal ? 1 : 0,
      residual: model.recurrence === "residual" ? 1 : 0,
      plain: model.recurrence === "plain" ? 1 : 0,
      slope: model.recency * Math.LOG2E,
      reach: 27 - Math.log2(-Math.expm1(-model.recency)),
      count,
      length,
      tiles,
      groupSize,
      gradientBytes,
      savedBytes,
      keepRows: keepRows ? 1 : 0,
    },
    own: ownAddresses,
    workerBytes,
    groups,
    bytes,
  };
}

/** Hands out memory from a start upwards, in whole cache lines. */
class Region {
  constructor(public end: number) {}

  take(bytes: number): number {
    const start = this.end;
    this.end += Math.ceil(bytes / 64) * 64;
    return start;
  }
}
