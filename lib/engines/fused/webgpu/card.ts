/// <reference lib="deno.webgpu" />
/**
 * A graphics card as the engine uses it: buffers that grow with what is asked for, launches, and reading back, with
 * every way in which a card can fail told as an error of the call it fails.
 *
 * @module
 */
import { UserError } from "../../../errors.ts";
import { adapterName, requireAdapter } from "../../adapter.ts";

/** A buffer takes at most this many bytes even where the card allows more. */
const MOST_BYTES = 2 ** 30;

/** See the module's description. */
export class Card {
  readonly device: GPUDevice;
  /** Such as "llvmpipe (LLVM 15.0.6, 256 bits)". */
  readonly name: string;
  /** Whether it computes on the processor. */
  readonly software: boolean;
  /** The most bytes that a shader can reach in one buffer. */
  readonly mostBytes: number;
  readonly #buffers = new Map<string, GPUBuffer>();
  /** Why the card is gone, once it is. */
  #gone?: Error;
  /** Ends the wait for work on the card that never comes to an end. */
  #interrupt = (_: Error) => {};
  /** What the card could not do; it says so to the device alone, and reads give zeros. */
  #failure?: string;

  private constructor(device: GPUDevice, adapter: GPUAdapter) {
    this.device = device;
    this.name = adapterName(adapter);
    this.software = adapter.info.isFallbackAdapter;
    this.mostBytes = Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize);
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#failure ??= (event as GPUUncapturedErrorEvent).error.message;
    });
    device.lost.then(({ message }) => {
      this.#gone ??= new UserError(
        `Cannot go on with fused backend "webgpu" as the graphics card was lost (${
          message || "it does not say why"
        }): run again, or use another backend`,
      );
      this.#interrupt(this.#gone);
    });
  }

  /** @throws {UserError} if there is no card, or it cannot be had */
  static async open(): Promise<Card> {
    const adapter = await requireAdapter("fused");
    const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
    try {
      const device = await adapter.requestDevice({
        requiredLimits: {
          maxStorageBufferBindingSize: Math.min(maxStorageBufferBindingSize, MOST_BYTES),
          maxBufferSize: Math.min(maxBufferSize, MOST_BYTES),
        },
      });
      return new Card(device, adapter);
    } catch (error) {
      throw new UserError(`Cannot run on fused backend "webgpu": ${(error as Error).message}`);
    }
  }

  /** The buffer of that name with room for that much; what it held is lost when it grows. */
  buffer(name: string, bytes: number, usage: number): GPUBuffer {
    const present = this.#buffers.get(name);
    if (present && present.size >= bytes) return present;
    present?.destroy();
    // In steps, as lengths of training batches go up and down.
    const size = Math.min(Math.ceil(bytes / 2 ** 16) * 2 ** 16, Math.max(bytes, this.mostBytes));
    const made = this.device.createBuffer({ size, usage });
    this.#buffers.set(name, made);
    return made;
  }

  /**
   * The first `floats` numbers of each buffer, once everything submitted is done.
   *
   * @throws {UserError} if the card could not do it, or is lost
   */
  async read(from: readonly (readonly [buffer: GPUBuffer, floats: number])[]): Promise<Float32Array[]> {
    const bytes = from.reduce((sum, [, floats]) => sum + 4 * floats, 0);
    const staging = this.buffer("staging", bytes, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
    const encoder = this.device.createCommandEncoder();
    let offset = 0;
    for (const [buffer, floats] of from) {
      encoder.copyBufferToBuffer(buffer, 0, staging, offset, 4 * floats);
      offset += 4 * floats;
    }
    this.device.queue.submit([encoder.finish()]);
    await this.settled(staging.mapAsync(GPUMapMode.READ, 0, bytes));
    const mapped = staging.getMappedRange(0, bytes);
    let start = 0;
    const values = from.map(([, floats]) => {
      const part = new Float32Array(mapped, start, floats).slice();
      start += 4 * floats;
      return part;
    });
    staging.unmap();
    return values;
  }

  /** Waits for work on the card; where it fails, all buffers are given back and the reason told. */
  async settled<Result>(work: Promise<Result>): Promise<Result> {
    const { promise: interrupted, reject } = Promise.withResolvers<never>();
    this.#interrupt = reject;
    if (this.#gone) reject(this.#gone);
    let result: Result | undefined, error: unknown;
    try {
      result = await Promise.race([work, interrupted]);
    } catch (caught) {
      error = caught;
      // A card that is lost fails its work first and then says so.
      await new Promise((resolve) => setTimeout(resolve));
    }
    if (this.#gone) throw this.#gone;
    if (this.#failure === undefined && error === undefined) return result!;
    const [reason] = (this.#failure ?? (error as Error).message).split("\n");
    this.#failure = undefined;
    this.#clear();
    throw new UserError(
      `Cannot compute this on fused backend "webgpu" (${reason}): use fewer or shorter sequences, or another ` +
        `backend`,
    );
  }

  /** Gives everything back; what is under way fails. */
  dispose(): void {
    this.#gone ??= new Error("Cannot use a fused engine that was disposed of");
    this.#interrupt(this.#gone);
    this.#clear();
    this.device.destroy();
  }

  #clear(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
