/**
 * TensorFlow.js's WebGPU backend: graphics cards, through Deno's `navigator.gpu`, which needs no permission.
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs";
import { UserError } from "../../errors.ts";
import { adapterName, requireAdapter } from "../adapter.ts";

// Not in the import map, and not a literal: who does not use it should not download it.
const packageName = "npm:@tensorflow/tfjs-backend-webgpu@4.22.0";

/** What we use of the package. */
interface WebgpuPackage {
  readonly webgpu_util: {
    flatDispatchLayout(shape: number[]): { x: number[] };
    computeDispatch(layout: { x: number[] }, shape: number[], workgroup: number[]): number[];
  };
}

/** What we use of the backend it makes. */
interface WebgpuBackend extends tf.KernelBackend {
  readonly device: EventTarget;
  runWebGPUProgram(program: unknown, inputs: tf.TensorInfo[], type: tf.DataType): tf.TensorInfo;
}

let details: string | undefined;

/** The graphics card that was found, such as "llvmpipe (LLVM 15.0.6, 256 bits)"; that one is in software. */
export function webgpuDetails(): string | undefined {
  return details;
}

/**
 * Registers the backend with tfjs.
 *
 * @throws {UserError} if there is no adapter, or the package cannot be had
 */
export async function loadWebgpu(): Promise<void> {
  // Without one tfjs would die of a null.
  const adapter = await requireAdapter("tfjs");
  let loaded: WebgpuPackage;
  try {
    loaded = await import(packageName);
  } catch (error) {
    const [reason] = (error as Error).message.split("\n");
    const fetch = `deno cache ${packageName}`;
    throw new UserError(
      `Cannot run on tfjs backend "webgpu" as its package does not load (${reason}): fetch it with "${fetch}"`,
      { fix: fetch },
    );
  }
  details = adapterName(adapter);
  registerExpm1(loaded);
  const create = tf.findBackendFactory("webgpu") as () => Promise<WebgpuBackend>;
  tf.removeBackend("webgpu");
  tf.registerBackend("webgpu", async () => raisingErrors(await create()));
}

/** WebGPU reports what it could not do, such as a buffer too large, to the device alone, and reads give zeros. */
function raisingErrors(backend: WebgpuBackend): WebgpuBackend {
  let failure: string | undefined;
  backend.device.addEventListener("uncapturederror", (event) => {
    event.preventDefault();
    failure ??= (event as GPUUncapturedErrorEvent).error.message;
  });
  const read = backend.read.bind(backend);
  backend.read = async (data) => {
    const values = await read(data);
    if (failure === undefined) return values;
    const reason = failure;
    failure = undefined;
    throw new UserError(
      `Cannot compute this on backend "webgpu" (${reason}): use fewer or shorter sequences, or another backend`,
    );
  };
  return backend;
}

/** Puts an exact eˣ − 1 in place of the package's, which is exp(x) − 1 to the letter and loses all small x. */
function registerExpm1({ webgpu_util }: WebgpuPackage): void {
  tf.unregisterKernel(tf.Expm1, "webgpu");
  tf.registerKernel({
    kernelName: tf.Expm1,
    backendName: "webgpu",
    kernelFunc: ({ inputs, backend }) => {
      const { x } = inputs as { x: tf.TensorInfo };
      const workgroupSize = [128, 1, 1];
      const dispatchLayout = webgpu_util.flatDispatchLayout(x.shape);
      const program = {
        outputShape: x.shape,
        variableNames: ["A"],
        size: true,
        workgroupSize,
        dispatchLayout,
        dispatch: webgpu_util.computeDispatch(dispatchLayout, x.shape, workgroupSize),
        shaderKey: "expm1_exact",
        getUserCode: () => expm1Shader,
      };
      return (backend as unknown as WebgpuBackend).runWebGPUProgram(program, [x], x.dtype);
    },
  });
}

/** The Taylor series to the 8th power below ½, where the next term is less than 10⁻⁸ of the sum. */
const expm1Shader = `
  fn expm1(x: f32) -> f32 {
    if (abs(x) > 0.5) { return exp(x) - 1.0; }
    var sum = 1.0;
    for (var n = 8.0; n > 1.0; n -= 1.0) { sum = 1.0 + x / n * sum; }
    return x * sum;
  }
  fn main(index: i32) {
    if (index < uniforms.size) { setOutputAtIndex(index, expm1(getAByOutputIndex(index))); }
  }`;
