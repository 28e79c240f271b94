/** The backends that the tfjs engine knows how to load, best first. */
export const tfjsBackends = ["tensorflow", "wasm", "cpu", "webgpu"] as const;

/** What the tfjs engine runs on. */
export type TfjsBackend = (typeof tfjsBackends)[number];
