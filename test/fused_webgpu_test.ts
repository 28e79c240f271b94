// The fused engine on WebGPU. Where no graphics card is there, a Vulkan driver in software will do.
import { requestAdapter } from "../lib/engines/adapter.ts";
import { createFusedWebgpuEngine } from "../lib/engines/fused/webgpu/engine.ts";
import { engineContract } from "./engine_contract.ts";

const adapter = await requestAdapter();
if (adapter) {
  engineContract("fused on webgpu", createFusedWebgpuEngine, { numRuns: 12 });
} else {
  Deno.test({ name: "fused on webgpu: no adapter here (mesa-vulkan-drivers has one)", ignore: true, fn: () => {} });
}
