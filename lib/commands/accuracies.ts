import type { Metrics } from "../training/metrics.ts";

/** The accuracies of an evaluation on one line: L10 92.8 %, L100 96.6 %. */
export function accuracies({ accuracy }: Metrics): string {
  return Object.entries(accuracy).map(([length, share]) => `L${length} ${(100 * share).toFixed(1)} %`).join(
    ", ",
  );
}
