/**
 * The compiled shaders of one purpose, and how they are launched.
 *
 * @module
 */
import type { EngineProblem } from "../../engine.ts";
import { noTerms, type TermWeights } from "../averages.ts";
import type { Card } from "./card.ts";
import type { Span } from "./plan.ts";
import type { RowWeights } from "./row_weights.ts";
import { type Purpose, slots } from "./slots.ts";
import {
  bindings,
  entries,
  modelNumbers,
  numberBytes,
  type Numbers,
  placeNumbers,
  shaderSource,
} from "./source.ts";

/** What the host tells the shaders of a launch. */
export interface Settings extends Span, TermWeights {
  readonly count: number;
  readonly length: number;
}

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
  /** The settings of a launch, and what is the same for all. */
  readonly #uniforms: readonly GPUBuffer[];

  private constructor(
    card: Card,
    purpose: Purpose,
    { layout, pipelines, uniforms }: {
      layout: GPUBindGroupLayout;
      pipelines: ReadonlyMap<string, GPUComputePipeline>;
      uniforms: readonly GPUBuffer[];
    },
  ) {
    this.#card = card;
    this.#purpose = purpose;
    this.#layout = layout;
    this.#pipelines = pipelines;
    this.#uniforms = uniforms;
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
    const numbers = {
      settings: settingNumbers({ count: 0, length: 0, firstLoop: 0, endLoop: 0, ...noTerms }),
      model: modelNumbers(problem, weights),
      slots: { whole: slots(problem.model, weights, purpose), real: {} },
      places: placeNumbers(weights),
    };
    const code = await shaderSource(weights, { purpose, group, numbers });
    const types: GPUBufferBindingType[] = [
      ...Object.keys(numbers).map(() => "uniform" as const),
      ...bindings[purpose].map(({ access }) => access === "read" ? "read-only-storage" : "storage"),
    ];
    const layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    });
    const module = device.createShaderModule({ code });
    const pipelineLayout = device.createPipelineLayout({ bindGroupLayouts: [layout] });
    const pipelines = await card.settled(Promise.all(entries[purpose].map(async (entryPoint) => {
      const compute = { module, entryPoint };
      return [
        entryPoint,
        await device.createComputePipelineAsync({ layout: pipelineLayout, compute }),
      ] as const;
    })));
    const uniforms = Object.values(numbers).map((each) => {
      const bytes = numberBytes(each);
      const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
      const buffer = device.createBuffer({ size: bytes.byteLength, usage });
      device.queue.writeBuffer(buffer, 0, bytes);
      return buffer;
    });
    return new Program(card, purpose, { layout, pipelines: new Map(pipelines), uniforms });
  }

  /** Launches the functions one after the other; buffers are those of the purpose, by name. */
  launch(
    launches: readonly Launch[],
    { settings, buffers }: { settings: Settings; buffers: Readonly<Record<string, GPUBuffer>> },
  ): void {
    const { device } = this.#card;
    device.queue.writeBuffer(this.#uniforms[0], 0, numberBytes(settingNumbers(settings)));
    const all = [...this.#uniforms, ...bindings[this.#purpose].map(({ name }) => buffers[name])];
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

function settingNumbers(
  { count, length, firstLoop, endLoop, taskWeight, potentialWeight, kineticWeight, entropyWeight }: Settings,
): Numbers {
  return {
    whole: { count, length, firstLoop, endLoop },
    real: { taskWeight, potentialWeight, kineticWeight, entropyWeight },
  };
}
