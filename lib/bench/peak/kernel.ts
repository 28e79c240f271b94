/** Numbers that `build.ts` and those who time `peak.wasm` agree on. */

/** Sums of four lanes: enough to hide a multiply-add's latency, few enough for the registers. */
export const SUMS = 12;
export const TURNS_UNROLLED = 4;
/** FLOPs of one turn of the kernel's loop: a multiply-add of four lanes is 8. */
export const FLOPS_A_TURN = SUMS * TURNS_UNROLLED * 8;
