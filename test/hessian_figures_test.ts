import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { HessianSnapshot } from "../lib/analysis/hessian/snapshot.ts";
import type { Walk } from "../lib/analysis/hessian/walk.ts";
import { hessianOverTraining, type NamedHessians } from "../lib/figures/hessian_over_training.ts";
import { hessianSpectrum } from "../lib/figures/hessian_spectrum.ts";
import { riverMovement } from "../lib/figures/river_movement.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { thresholdSensitivity } from "../lib/figures/threshold_sensitivity.ts";
import { randomStream } from "../lib/random.ts";
import { assertStandalone, textOf } from "./standalone.ts";

/** Eigenvalues over six decades, some negative. */
function syntheticSnapshot(step: number, { path = true } = {}): HessianSnapshot {
  const stream = randomStream(step, "snapshot");
  const eigenvalues = Array.from(
    { length: 60 },
    (_, k) => k < 15 ? -(10 ** (1 - k / 4)) : (1 + step) * 10 ** ((k - 45) / 5),
  );
  const vector = () => eigenvalues.map(() => stream.normal());
  return {
    step,
    total: 1,
    task: 1,
    symmetryError: 1e-3,
    eigenvalueError: 0.02,
    eigenvalues,
    gradient: vector(),
    ...path ? { arrival: vector(), departure: vector() } : {},
  };
}

function syntheticWalk(threshold: number): Walk {
  const points = [0, 4, 8].map((step) => ({
    step,
    along: step,
    across: 0.1 * step,
    loss: 1 + 0.1 * Math.sin(step),
    riverLoss: 1 - 0.01 * step,
    valleyLoss: 1.1,
  }));
  const movement = {
    acrossShare: 0.3,
    acrossCosine: 0.7,
    alongCosine: 0.8,
    acrossProgress: 0.1,
    alongProgress: 0.3,
  };
  return { threshold, valleyDimension: 10, condition: 50, ...movement, points };
}

const runs: NamedHessians[] = ["one", "one", "two"].map((name, index) => ({
  name,
  snapshots: [syntheticSnapshot(index, { path: false }), syntheticSnapshot(500), syntheticSnapshot(20000)],
  walks: [syntheticWalk(0.01)],
}));
const lone: NamedHessians[] = [{
  name: "lone",
  snapshots: [syntheticSnapshot(0, { path: false })],
  walks: [],
}];

const figures = {
  "spectra, three steps": () =>
    hessianSpectrum(runs.flatMap(({ name, snapshots }) => snapshots.map((each) => ({ name, ...each })))),
  "spectrum of zeros": () =>
    hessianSpectrum([{ name: "flat", eigenvalues: [0, 0], eigenvalueError: 0, step: 0 }]),
  "no spectrum": () => hessianSpectrum([]),
  "over training": () => hessianOverTraining(runs),
  "over training, a single Hessian": () => hessianOverTraining(lone),
  "movement": () => riverMovement(runs),
  "movement of a single Hessian": () => riverMovement(lone),
  "thresholds": () =>
    thresholdSensitivity(runs.map(({ name, snapshots }) => ({ name, snapshot: snapshots[1] }))),
  "thresholds without a path": () => thresholdSensitivity([{ name: "x", snapshot: lone[0].snapshots[0] }]),
};

for (const [name, make] of Object.entries(figures)) {
  Deno.test(`figures of the Hessian stand alone: ${name}`, async () => {
    await assertStandalone(figureToSvg(make()));
  });
}

Deno.test("figures of the Hessian say what they show", () => {
  const spectra = textOf(figureToSvg(figures["spectra, three steps"]()));
  assertStringIncludes(spectra, "Step 20,000");
  assertEquals(
    [...spectra.matchAll(/\([a-z]\)/g)].length,
    new Set(runs.flatMap((r) => r.snapshots.map((s) => s.step))).size,
  );
  assert(textOf(figureToSvg(figures["movement"]())).includes("0.01 of the largest"));
  assert(textOf(figureToSvg(figures["movement of a single Hessian"]())).includes("no single steps followed"));
});
