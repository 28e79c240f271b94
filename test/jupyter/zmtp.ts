/**
 * As much of ZeroMQ's wire protocol as a Jupyter client needs: ZMTP 3.0 over TCP, without security (the NULL
 * mechanism), one connection a socket. See https://rfc.zeromq.org/spec/23/.
 *
 * @module
 */

const MORE = 1, LONG = 2, COMMAND = 4;

/** A message is a list of frames. */
export type Frames = readonly Uint8Array<ArrayBuffer>[];

/** One end of a ZeroMQ connection. */
export class ZmtpSocket {
  readonly #connection: Deno.Conn;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  #buffer = new Uint8Array(0);

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
    this.#writer = connection.writable.getWriter();
    this.#reader = connection.readable.getReader();
  }

  /**
   * Connects to a port of this machine; a `SUB` socket subscribes to everything.
   *
   * @throws {Deno.errors.ConnectionRefused} if nothing listens there
   */
  static async connect(type: "DEALER" | "SUB", port: number): Promise<ZmtpSocket> {
    const socket = new ZmtpSocket(await Deno.connect({ hostname: "127.0.0.1", port }));
    try {
      const greeting = new Uint8Array(64);
      greeting[0] = 0xff;
      greeting[9] = 0x7f;
      greeting[10] = 3; // version 3.0
      greeting.set(ascii("NULL"), 12);
      await socket.#writer.write(greeting);
      await socket.#read(64);
      await socket.#writer.write(frame(ready(type), COMMAND));
      await socket.#readFrame(); // the other end's READY
      if (type === "SUB") await socket.send([Uint8Array.of(1)]);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /** Sends one message. */
  async send(frames: Frames): Promise<void> {
    const parts = frames.map((body, i) => frame(body, i < frames.length - 1 ? MORE : 0));
    await this.#writer.write(concatenate(parts));
  }

  /**
   * Waits for the next message.
   *
   * @throws {Deno.errors.UnexpectedEof} if the connection ends first
   */
  async receive(): Promise<Frames> {
    const frames: Uint8Array<ArrayBuffer>[] = [];
    while (true) {
      const { flags, body } = await this.#readFrame();
      if (flags & COMMAND) continue;
      frames.push(body);
      if (!(flags & MORE)) return frames;
    }
  }

  /** Ends the connection; a waiting `receive` fails. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // Closed by the other end already.
    }
  }

  async #readFrame(): Promise<{ flags: number; body: Uint8Array<ArrayBuffer> }> {
    const [flags] = await this.#read(1);
    const size = flags & LONG
      ? Number(new DataView((await this.#read(8)).buffer).getBigUint64(0))
      : (await this.#read(1))[0];
    return { flags, body: await this.#read(size) };
  }

  /** The next `size` bytes, as an array of their own. */
  async #read(size: number): Promise<Uint8Array<ArrayBuffer>> {
    const chunks = [this.#buffer];
    let length = this.#buffer.length;
    while (length < size) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Deno.errors.UnexpectedEof("The connection ended in the middle of a message");
      chunks.push(value);
      length += value.length;
    }
    const all = concatenate(chunks);
    this.#buffer = all.subarray(size);
    return all.slice(0, size);
  }
}

/** The READY command: its name, then the one property that a client must give. */
function ready(socketType: string): Uint8Array<ArrayBuffer> {
  const value = ascii(socketType);
  return concatenate([
    shortText("READY"),
    shortText("Socket-Type"),
    Uint8Array.of(0, 0, 0, value.length),
    value,
  ]);
}

function frame(body: Uint8Array<ArrayBuffer>, flags: number): Uint8Array<ArrayBuffer> {
  if (body.length < 256) return concatenate([Uint8Array.of(flags, body.length), body]);
  const head = new Uint8Array(9);
  head[0] = flags | LONG;
  new DataView(head.buffer).setBigUint64(1, BigInt(body.length));
  return concatenate([head, body]);
}

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function shortText(text: string): Uint8Array<ArrayBuffer> {
  return concatenate([Uint8Array.of(text.length), ascii(text)]);
}

function concatenate(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
