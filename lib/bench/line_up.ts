import { engines } from "../engines/select.ts";
import { type Contestant, engineContestant } from "./contestant.ts";
import { peerContestants } from "./peer.ts";
import type { PreparedWork } from "./work.ts";

/** "fused, 1 worker" */
export const fusedName = (workers: number): string => `fused, ${workers} worker${workers === 1 ? "" : "s"}`;

/**
 * Everyone who may be timed on this machine: the fused engine with one worker and with one on each core, tfjs on each
 * backend, and the peers if there is a Python to run them.
 *
 * @param options `compile`: torch.compile as well, which takes minutes to get ready
 */
export function lineUp(
  prepared: PreparedWork,
  { cores, python, compile }: { cores: number; python?: string; compile: boolean },
): Contestant[] {
  // tfjs's plain JavaScript is for where nothing else runs: one forward pass of it takes minutes.
  const backends = engines.tfjs.filter((backend) => backend !== "cpu");
  return [
    ...[...new Set([1, cores])].map((workers) =>
      engineContestant(fusedName(workers), { prepared, choice: { engine: "fused", workers } })
    ),
    ...backends.map((backend) =>
      engineContestant(`tfjs on ${backend}`, { prepared, choice: { engine: "tfjs", backend } })
    ),
    ...(python === undefined ? [] : peerContestants(python, { prepared, cores, compile })),
  ];
}
