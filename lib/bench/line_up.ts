import { adapterName, requestAdapter } from "../engines/adapter.ts";
import { engines } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { type Contestant, engineContestant } from "./contestant.ts";
import { peerContestants } from "./peer.ts";
import type { PreparedWork } from "./work.ts";

/** "fused, 1 worker" */
export const fusedName = (workers: number): string => `fused, ${workers} worker${workers === 1 ? "" : "s"}`;

/**
 * Everyone who may be timed on this machine: the fused engine with one worker, with one on each core and on a
 * graphics card, tfjs on each backend, and the peers if there is a Python to run them.
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
    onCard(engineContestant("fused on webgpu", { prepared, choice: { engine: "fused", backend: "webgpu" } })),
    ...backends.map((backend) => {
      const contestant = engineContestant(`tfjs on ${backend}`, {
        prepared,
        choice: { engine: "tfjs", backend },
      });
      return backend === "webgpu" ? onCard(contestant) : contestant;
    }),
    ...(python === undefined ? [] : peerContestants(python, { prepared, cores, compile })),
  ];
}

/** The same where there is a graphics card: what computes in its stead on the processor says nothing of it. */
function onCard(contestant: Contestant): Contestant {
  return {
    ...contestant,
    async open() {
      const adapter = await requestAdapter();
      if (adapter?.info.isFallbackAdapter) {
        throw new UserError(
          `Cannot time ${contestant.name} as there is no graphics card: ${
            adapterName(adapter)
          } is in software`,
        );
      }
      return await contestant.open();
    },
  };
}
