/**
 * Peers: PyTorch and JAX doing the same work, each in one warm Python process that is asked line by line
 * (`peers/protocol.py`).
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { UserError } from "../errors.ts";
import { parameterView } from "../parameters.ts";
import { modelSpecification } from "../models/specification.ts";
import type { Contestant, Runner } from "./contestant.ts";
import type { PreparedWork } from "./work.ts";

/** The peers there are, as `python` runs them. */
export function peerContestants(
  python: string,
  { prepared, cores, compile }: { prepared: PreparedWork; cores: number; compile: boolean },
): Contestant[] {
  const script = (name: string) => fileURLToPath(new URL(`./peers/${name}.py`, import.meta.url));
  const torch = [python, script("torch_peer")], jax = [python, script("jax_peer")];
  const counts = [...new Set([1, cores])];
  const named = (name: string, threads: number) => `${name}, ${threads} thread${threads === 1 ? "" : "s"}`;
  return [
    ...[false, ...(compile ? [true] : [])].flatMap((compile) =>
      counts.map((threads) =>
        peerContestant(named(compile ? "torch.compile" : "PyTorch eager", threads), {
          command: torch,
          settings: { threads, compile },
          prepared,
        })
      )
    ),
    peerContestant("JAX jit", { command: jax, settings: {}, prepared }),
  ];
}

/** A contestant in another process. */
export function peerContestant(
  name: string,
  { command, settings, prepared }: {
    /** The program and its arguments. */
    command: readonly string[];
    /** What the peer is told besides the work. */
    settings: Readonly<Record<string, unknown>>;
    prepared: PreparedWork;
  },
): Contestant {
  return {
    name,
    async open() {
      const peer = startPeer(command);
      try {
        const { about, value } = await peer.ask({ ...settings, ...workMessage(prepared) });
        return peerRunner(peer, { about: String(about), value: Number(value) });
      } catch (error) {
        await peer.end();
        throw error;
      }
    },
  };
}

function peerRunner(peer: Peer, { about, value }: { about: string; value: number }): Runner {
  return {
    about,
    value,
    run: async (times) => Number((await peer.ask({ times })).milliseconds),
    close: () => peer.end(),
  };
}

/** The work as JSON: the very numbers that our engines get. */
function workMessage({ work, configuration, problem, parameters, batch }: PreparedWork) {
  const specification = modelSpecification(problem);
  const rows = (values: ArrayLike<number>, columns: number) =>
    Array.from(
      { length: values.length / columns },
      (_, row) => Array.from({ length: columns }, (_, column) => values[row * columns + column]),
    );
  return {
    kind: work.kind,
    configuration,
    parameters: Object.fromEntries(specification.entries.map(({ name, shape }) => {
      const values = parameterView(specification, parameters, name);
      return [name, shape.length === 1 ? [...values] : rows(values, shape[1])];
    })),
    tokens: rows(batch.tokens, batch.length),
    targets: rows(batch.targets, batch.length),
  };
}

/** A process that answers one JSON line with another. */
interface Peer {
  /** @throws {Error} if the peer says what went wrong, or ends */
  ask(message: unknown): Promise<Record<string, unknown>>;
  /** Closes its stdin, whereupon it ends. */
  end(): Promise<void>;
}

/** @throws {UserError} if it does not start */
function startPeer([program, ...args]: readonly string[]): Peer {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  } catch (error) {
    throw new UserError(`Cannot start ${program}: ${(error as Error).message}`);
  }
  const stdin = child.stdin.getWriter();
  const lines = linesOf(child.stdout);
  const complaint = lastLine(child.stderr);
  return {
    async ask(message) {
      // A peer that has ended says so by the end of its stdout.
      await stdin.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`)).catch(() => {});
      const { value, done } = await lines.next();
      if (done) throw new Error(`it ended: ${await complaint || "it said nothing"}`);
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    async end() {
      await stdin.close().catch(() => {});
      await lines.return();
      await complaint;
      await child.status;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string, void, void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** The last line that is not empty, once the stream has ended. */
async function lastLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let tail = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) tail = (tail + text).slice(-2000);
  return tail.trim().split("\n").at(-1)!.trim();
}
