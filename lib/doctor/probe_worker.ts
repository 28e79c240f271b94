/**
 * A worker that brings one engine up, checks its result and times it.
 *
 * @module
 */
import { createEngine, type EngineChoice } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { prepare, type ProbeWork } from "./work.ts";

/** What the worker answers with. */
export type ProbeAnswer =
  | {
    readonly kind: "works";
    readonly engine: string;
    readonly backend: string;
    readonly details?: string;
    readonly milliseconds?: number;
  }
  | { readonly kind: "fails"; readonly reason: string; readonly fix?: string };

/** What the worker is asked to do. */
export interface ProbeJob {
  readonly choice: EngineChoice;
  readonly work: ProbeWork;
  /** Whether to do the work, or only to bring the engine up. */
  readonly time: boolean;
}

/** Fetches all packages anew: what helps where something fails that should not. */
const FETCH_ANEW = "deno cache --reload lib/cli.ts";

/** Milliseconds of warming up (one step at least) and of timing (three at least). */
const WARM_UP = 300, TIMING = 1_000;

async function probe({ choice, work, time }: ProbeJob): Promise<ProbeAnswer> {
  const { problem, parameters, batch } = prepare(work);
  const engine = await createEngine(problem, choice);
  const step = async () => {
    const start = performance.now();
    const { terms: { total } } = await engine.lossAndGradient(parameters, batch);
    const milliseconds = performance.now() - start;
    if (work.total !== undefined && !(Math.abs(total / work.total - 1) < 1e-4)) {
      throw new UserError(`Cannot trust it as it computes ${total} where ${work.total} is right`);
    }
    return milliseconds;
  };
  const steps = async (duration: number, atLeast: number) => {
    const times: number[] = [];
    for (let spent = 0; times.length < atLeast || spent < duration; spent += times.at(-1)!) {
      times.push(await step());
    }
    return times;
  };
  let milliseconds: number | undefined;
  if (time) {
    await steps(WARM_UP, 1);
    const times = (await steps(TIMING, 3)).sort((a, b) => a - b);
    milliseconds = times[Math.floor(times.length / 2)];
  }
  await engine.dispose();
  const { name, backend, details } = engine;
  return { kind: "works", engine: name, backend, details, milliseconds };
}

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ProbeJob>) => void;
  postMessage(answer: ProbeAnswer): void;
};

// tfjs tells on stdout what went wrong; that is for results alone.
console.log = console.error;

scope.onmessage = async ({ data }) => {
  try {
    scope.postMessage(await probe(data));
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    const fix = error instanceof UserError ? error.fix : FETCH_ANEW;
    scope.postMessage({ kind: "fails", reason, fix });
  }
};
