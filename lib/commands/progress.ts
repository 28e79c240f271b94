/**
 * Progress of long work on stderr: a bar on a terminal, plain lines elsewhere, so that stdout stays clean.
 *
 * @module
 */
// @ts-types="@types/cli-progress"
import { SingleBar } from "cli-progress";

/** Shows how far work has come. */
export interface Progress {
  /** `note` says what is going on, such as "loss 0.81". */
  update(done: number, note: string): void;
  /** A line that stays. */
  line(text: string): void;
  stop(): void;
}

/** Progress of `total` units of work, some of which may be `done` already. */
export function progress(label: string, total: number, done = 0): Progress {
  if (!Deno.stderr.isTerminal()) {
    return { update: () => {}, line: (text) => console.error(`${label}: ${text}`), stop: () => {} };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {value}/{total} · {eta_formatted} left · {note}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(total, done, { note: "" });
  return {
    update: (value, note) => bar.update(value, { note }),
    line: (text) => {
      Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${label}: ${text}\n`));
      bar.updateETA();
    },
    stop: () => bar.stop(),
  };
}
