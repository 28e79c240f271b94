/**
 * The compiled shaders of one purpose, and how they are launched.
 *
 * @module
 */
import type { EngineProblem } from "../../engine.ts";
import type { Card } from "./card.ts";
import type { RowWeights } from "./row_weights.ts";
import type { Purpose } from "./slots.ts";
import { bindings, entries, settingNames, shaderSource } from "./source.ts";

/** What the host tells the shaders of a launch. */
export type Settings = Record<typeof settingNames[number], number>;

/** A function of the shaders and over how many workgroups it goes. */
export interface Launch {
  readonly entry: string;
  readonly workgroups: number;
}

/** See the module's description. */
export class Program {
  readonly #card: Card;
  readonly #purpose: Purpose;
  readonly #layout: GPUBindGroupLayout;
  readonly #pipelines: ReadonlyMap<string, GPUComputePipeline>;

  private constructor(
    card: Card,
    purpose: Purpose,
    { layout, pipelines }: { layout: GPUBindGroupLayout; pipelines: ReadonlyMap<string, GPUComputePipeline> },
  ) {
    this.#card = card;
    this.#purpose = purpose;
    this.#layout = layout;
    this.#pipelines = pipelines;
  }

  /** @throws {UserError} if the card does not take the shaders */
  static async compile(
    card: Card,
    { problem, weights, purpose, group }: {
      problem: EngineProblem;
      weights: RowWeights;
      purpose: Purpose;
      group: number;
    },
  ): Promise<Program> {
    const { device } = card;
    const module = device.createShaderModule({
      code: await shaderSource(problem, weights, { purpose, group }),
    });
    const storage = bindings[purpose].map(({ access }, i) => ({
      binding: i + 1,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: access === "read" ? "read-only-storage" as const : "storage" as const },
    }));
    const settings = {
      binding: 0,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: "uniform" as const },
    };
    const bindGroupLayout = device.createBindGroupLayout({ entries: [settings, ...storage] });
    const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] });
    const pipelines = await card.settled(Promise.all(entries[purpose].map(async (entryPoint) =>
      [
        entryPoint,
        await device.createComputePipelineAsync({ layout, compute: { module, entryPoint } }),
      ] as const
    )));
    return new Program(card, purpose, { layout: bindGroupLayout, pipelines: new Map(pipelines) });
  }

  /** Launches the functions one after the other; buffers are those of the purpose, by name. */
  launch(
    launches: readonly Launch[],
    { settings, buffers }: { settings: Settings; buffers: Readonly<Record<string, GPUBuffer>> },
  ): void {
    const { device } = this.#card;
    const numbers = new DataView(new ArrayBuffer(4 * settingNames.length));
    settingNames.forEach((name, i) => {
      if (i < 4) numbers.setUint32(4 * i, settings[name], true);
      else numbers.setFloat32(4 * i, settings[name], true);
    });
    const uniform = this.#card.buffer(
      "settings",
      numbers.byteLength,
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    device.queue.writeBuffer(uniform, 0, numbers);
    const all = [uniform, ...bindings[this.#purpose].map(({ name }) => buffers[name])];
    const bindGroup = device.createBindGroup({
      layout: this.#layout,
      entries: all.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, bindGroup);
    for (const { entry, workgroups } of launches) {
      pass.setPipeline(this.#pipelines.get(entry)!);
      pass.dispatchWorkgroups(workgroups);
    }
    pass.end();
    device.queue.submit([encoder.finish()]);
  }
}
