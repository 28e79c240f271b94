import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { engineContract } from "./engine_contract.ts";

engineContract("webgpu", (problem) => createTfjsEngine(problem, { backend: "webgpu" }), { numRuns: 60 });
