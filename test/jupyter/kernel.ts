/**
 * A client of Deno's own Jupyter kernel: no Python, no Jupyter. Wire format:
 * https://jupyter-client.readthedocs.io/en/stable/messaging.html.
 *
 * @module
 */
import { createHmac } from "node:crypto";
import { type Frames, ZmtpSocket } from "./zmtp.ts";

/** A message of the kernel's, as far as a client looks at it. */
export interface KernelMessage {
  readonly type: string;
  /** `msg_id` of the request that it belongs to. */
  readonly parent: string | undefined;
  // deno-lint-ignore no-explicit-any
  readonly content: any;
}

/** What the kernel says of a cell that it ran. */
export interface ExecuteReply {
  readonly status: "ok" | "error" | "aborted";
  readonly ename?: string;
  readonly evalue?: string;
  readonly traceback?: readonly string[];
}

/** A running kernel; it ends with the `await using` block that holds it. */
export class Kernel implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #key: string;
  readonly #session = crypto.randomUUID();
  readonly #stderr: Promise<string>;
  #shell?: ZmtpSocket;
  #iopub?: ZmtpSocket;
  #onOutput: (message: KernelMessage) => void = () => {};

  private constructor(child: Deno.ChildProcess, key: string) {
    this.#child = child;
    this.#key = key;
    this.#stderr = new Response(child.stderr).text();
  }

  /**
   * Starts a kernel.
   *
   * @param options.cwd its folder: imports in cells resolve from there
   * @param options.env variables besides this process's own
   * @throws {Error} if it does not answer within `startSeconds` (30)
   */
  static async start(
    { cwd, env, startSeconds = 30 }: { cwd: string; env?: Record<string, string>; startSeconds?: number },
  ): Promise<Kernel> {
    const key = crypto.randomUUID();
    const [shell, iopub, stdin, control, heartbeat] = freePorts(5);
    const connectionFile = await Deno.makeTempFile({ prefix: "kernel-", suffix: ".json" });
    await Deno.writeTextFile(
      connectionFile,
      JSON.stringify({
        transport: "tcp",
        ip: "127.0.0.1",
        signature_scheme: "hmac-sha256",
        key,
        shell_port: shell,
        iopub_port: iopub,
        stdin_port: stdin,
        control_port: control,
        hb_port: heartbeat,
      }),
    );
    const child = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", connectionFile],
      cwd,
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const kernel = new Kernel(child, key);
    try {
      await kernel.#within(startSeconds, kernel.#connect(shell, iopub));
      return kernel;
    } catch (error) {
      await kernel[Symbol.asyncDispose]();
      throw new Error(`Cannot start the Deno kernel: ${(error as Error).message}`);
    } finally {
      await Deno.remove(connectionFile); // Read by now, and it holds the key.
    }
  }

  /**
   * Runs one cell; `onOutput` sees what the kernel publishes meanwhile, in order.
   *
   * @throws {Error} if the kernel ends, or does not finish within `seconds`
   */
  async execute(
    code: string,
    { seconds, onOutput }: { seconds: number; onOutput: (message: KernelMessage) => void },
  ): Promise<ExecuteReply> {
    this.#onOutput = onOutput;
    return await this.#within(
      seconds,
      (async () => {
        const reply = await this.#request("execute_request", executeRequest(code));
        await this.#flush();
        return reply;
      })(),
    );
  }

  async #connect(shell: number, iopub: number): Promise<void> {
    this.#shell = await connectWhenReady("DEALER", shell);
    this.#iopub = await connectWhenReady("SUB", iopub);
    this.#listen(this.#iopub);
    // A publisher drops what comes before it has read the subscription: ask until its answer is seen.
    let heard = false;
    this.#onOutput = () => heard = true;
    while (!heard) {
      await this.#request("kernel_info_request", {});
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }

  async #listen(iopub: ZmtpSocket): Promise<void> {
    while (true) {
      let frames: Frames;
      try {
        frames = await iopub.receive();
      } catch {
        return; // The connection ends with the kernel, which `#within` notices.
      }
      this.#onOutput(parse(frames));
    }
  }

  /** Sends a request on the shell channel and waits for its reply. */
  // deno-lint-ignore no-explicit-any
  async #request(type: string, content: unknown): Promise<any> {
    const id = crypto.randomUUID();
    const header = {
      msg_id: id,
      session: this.#session,
      username: "",
      date: new Date().toISOString(),
      msg_type: type,
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    const signature = createHmac("sha256", this.#key).update(parts.join("")).digest("hex");
    await this.#shell!.send(["<IDS|MSG>", signature, ...parts].map((part) => new TextEncoder().encode(part)));
    while (true) {
      const reply = parse(await this.#shell!.receive());
      if (reply.parent === id) return reply.content;
    }
  }

  /**
   * Waits until everything that the last cell has published is here. The kernel may say "idle" before it sends
   * the last expression's value, so no message of its own marks the end; but what one cell publishes after
   * another arrives after it.
   */
  async #flush(): Promise<void> {
    const onOutput = this.#onOutput;
    const arrived = Promise.withResolvers<void>();
    this.#onOutput = (message) => message.type === FLUSHED ? arrived.resolve() : onOutput(message);
    await this.#request("execute_request", {
      ...executeRequest(`await Deno.jupyter.broadcast("${FLUSHED}", {})`),
      silent: true,
      store_history: false,
    });
    await arrived.promise;
    this.#onOutput = onOutput;
  }

  /** The promise's value, unless the kernel ends or the time is over first. */
  async #within<T>(seconds: number, promise: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new KernelTimeout(`no answer within ${seconds} s`)), seconds * 1000);
    });
    const ended = this.#child.status.then(async ({ code }): Promise<never> => {
      throw new Error(`the kernel ended with exit code ${code}: ${(await this.#stderr).trim()}`);
    });
    // A lost connection means that the kernel is ending: its exit code and last words say more.
    const answer = promise.catch((error) => {
      if (error instanceof Deno.errors.UnexpectedEof || error instanceof Deno.errors.ConnectionReset) {
        return ended;
      }
      throw error;
    });
    try {
      return await Promise.race([answer, timeout, ended]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Kills the kernel. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    this.#shell?.close();
    this.#iopub?.close();
    await this.#stderr;
  }
}

/** The kernel did not finish in time. */
export class KernelTimeout extends Error {
  override name = "KernelTimeout";
}

const FLUSHED = "flushed";

function executeRequest(code: string) {
  return {
    code,
    silent: false,
    store_history: true,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
}

function parse(frames: Frames): KernelMessage {
  const texts = frames.map((frame) => new TextDecoder().decode(frame));
  // Before the delimiter come routing frames, after it the signature.
  const [header, parent, , content] = texts.slice(texts.indexOf("<IDS|MSG>") + 2).map((text) =>
    JSON.parse(text)
  );
  return { type: header.msg_type, parent: parent.msg_id, content };
}

async function connectWhenReady(type: "DEALER" | "SUB", port: number): Promise<ZmtpSocket> {
  while (true) {
    try {
      return await ZmtpSocket.connect(type, port);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }
}

/** Ports that are free at this moment, all held open until the last is found. */
function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map((listener) => listener.addr.port);
  for (const listener of listeners) listener.close();
  return ports;
}
