// What the host sets before a run, each an exported global of the module under the same name. Addresses count
// bytes; `layout.ts` on the host's side hands them out. Arrays of tokens are [tile][channel][8].

// The model. Padded numbers are rounded up to multiples of 4; `inner` is heads × headWidth, padded.
export let width: i32 = 0;
export let widthPadded: i32 = 0;
export let heads: i32 = 0;
export let headWidth: i32 = 0;
export let inner: i32 = 0;
export let mlpWidth: i32 = 0;
export let classes: i32 = 0;
export let classesPadded: i32 = 0;
export let loops: i32 = 0;
export let norm: bool = false;
export let causal: bool = false;
/** Whether Z_{t+1} = Z_t + F, not F. */
export let residual: bool = false;
/** Whether Z_0 = X and u = Z, not Z_0 = 0 and u = X + Z. */
export let plain: bool = false;
/** The recency slope m in units of log 2. */
export let slope: f32 = 0;
/** 27 − log₂(1 − 2^{−slope}): see `firstKeyTile`. */
export let reach: f32 = 0;

// The objective. Weights hold λ and one over the number of rows, the entropy's also the sign of mean S_q − η.
export let q: f32 = 0;
/** |q − 1|. */
export let qDistance: f32 = 0;
export let squaredKinetic: bool = false;
export let taskWeight: f32 = 0;
export let potentialWeight: f32 = 0;
export let kineticWeight: f32 = 0;
export let entropyWeight: f32 = 0;

// The sequences.
export let count: i32 = 0;
export let length: i32 = 0;
export let tiles: i32 = 0;
export let groupSize: i32 = 0;
export let tokens: usize = 0;
export let targets: usize = 0;
export let positions: usize = 0;

// Weights, and the transposed ones for the way back.
export let embedding: usize = 0;
export let qkvWeight: usize = 0;
export let qkvBias: usize = 0;
export let outputWeight: usize = 0;
export let outputBias: usize = 0;
export let inWeight: usize = 0;
export let inBias: usize = 0;
export let outWeight: usize = 0;
export let outBias: usize = 0;
export let readoutWeight: usize = 0;
export let readoutBias: usize = 0;
export let qkvTransposed: usize = 0;
export let outputTransposed: usize = 0;
export let inTransposed: usize = 0;
export let outTransposed: usize = 0;
export let readoutTransposed: usize = 0;

// Tables.
export let penalties: usize = 0;
export let lastMask: usize = 0;
export let validLanes: usize = 0;

// Results. Gradients of a group of sequences lie in the order of the weights above, from `embedding` on.
export let sums: usize = 0;
export let gradients: usize = 0;
export let gradientBytes: usize = 0;
export let logitsOut: usize = 0;
export let traceStates: usize = 0;
export let traceLogits: usize = 0;
export let traceAttention: usize = 0;

// What a loop leaves for the way back; `savedBytes` from one loop to the next, 0 where nothing is kept.
export let savedBytes: usize = 0;
export let normalised1: usize = 0;
export let scale1: usize = 0;
export let qkv: usize = 0;
export let rows: usize = 0;
export let mixed: usize = 0;
export let normalised2: usize = 0;
export let scale2: usize = 0;
export let active: usize = 0;
export let activeSlope: usize = 0;

// Work space of one worker.
export let x: usize = 0;
export let z: usize = 0;
export let keyBounds: usize = 0;
export let valueRows: usize = 0;
export let queryRows: usize = 0;
export let keyRows: usize = 0;
export let mixedGradientRows: usize = 0;
/** Rows of attention: of one tile, or of all tiles, heads and loops if they are kept for the way back. */
export let scores: usize = 0;
export let keepRows: bool = false;
export let scoreGradients: usize = 0;
export let scratch: usize = 0;
export let tileInput: usize = 0;
export let tileMixed: usize = 0;
export let tileHidden: usize = 0;
export let tileOut: usize = 0;
export let logitsTiles: usize = 0;
export let readoutInput: usize = 0;
export let dx: usize = 0;
export let dz: usize = 0;
export let du: usize = 0;
export let da: usize = 0;
export let dActive: usize = 0;
export let dMixed: usize = 0;
export let dQkv: usize = 0;
