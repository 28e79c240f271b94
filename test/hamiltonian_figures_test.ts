import { assert, assertAlmostEquals, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { handMadeMemory, oneHotCodes } from "../lib/analysis/retrieval/hand_made.ts";
import {
  fallsThrough,
  retrievalMap,
  type RetrievalParameter,
  retrievalStudy,
  retrievalSweep,
  type SweepPoint,
} from "../lib/analysis/retrieval/retrieve.ts";
import { energyOverTime } from "../lib/figures/energy_over_time.ts";
import { energySurface } from "../lib/figures/energy_surface.ts";
import type { Figure } from "../lib/figures/layout.ts";
import { phasePortrait } from "../lib/figures/phase_portrait.ts";
import { powerLaws } from "../lib/figures/power_laws.ts";
import { retrievalCurves } from "../lib/figures/retrieval_curves.ts";
import { retrievalMaps } from "../lib/figures/retrieval_maps.ts";
import { retrievalOutcomes } from "../lib/figures/retrieval_outcomes.ts";
import { stabilityRegion } from "../lib/figures/stability_region.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { attentionLandscape } from "../lib/theory/hamiltonian/landscape.ts";
import { simulateStability } from "../lib/theory/hamiltonian/stability.ts";
import { particleEnergies } from "../lib/theory/hamiltonian/symplectic.ts";
import { latentDynamics } from "../lib/theory/hamiltonian/trajectory.ts";
import { assertStandalone, parsed, textOf } from "./standalone.ts";

const identity = [[1, 0], [0, 1]];
const plane = attentionLandscape({
  X: [[1, 0.5], [-1, 1]],
  WQ: identity,
  WK: identity,
  WV: identity,
  tau: 0.3,
});
const line = attentionLandscape({ X: [[1], [-1]], WQ: [[1]], WK: [[1]], WV: [[1]], tau: 0.3 });
const escaping = { mu: 1, alpha: 0, beta: 1, steps: 400 };
const memory = handMadeMemory("one-hot", oneHotCodes(4));
const setting = { tau: 0.1, mu: 0.5, alpha: 0.5, beta: 0, steps: 30 };
const sample = { sequences: 5, length: 6 };
const sweep = (parameter: RetrievalParameter, values: number[]) =>
  retrievalSweep(memory, setting, { parameter, values, ...sample });
const x = { parameter: "tau", values: [0.1, 0.2, 0.4] } as const;
const y = { parameter: "mu", values: [-2, 0] } as const;
const map = retrievalMap(memory, setting, { x, y, ...sample });
const simulated = simulateStability(line, {
  mu: [0, 0.5],
  alpha: [0.5, 3.5],
  beta: 0,
  Z0: [0.4],
  steps: 300,
});

const figures: Record<string, () => Figure> = {
  energySurface: () =>
    energySurface([
      {
        title: "A",
        landscape: plane,
        trajectories: [{ name: "n", ...latentDynamics(plane, { ...escaping, Z0: [0.1, 0] }) }],
      },
      { title: "B", landscape: plane, confined: true, trajectories: [] },
    ]),
  phasePortrait: () =>
    phasePortrait([
      {
        title: "A",
        trajectories: [latentDynamics(line, { ...escaping, Z0: [0.1] })],
        energy: (z, v) => z ** 2 + v ** 2,
      },
      { title: "B", trajectories: [] },
    ], { position: 2, velocity: 1 }),
  energyOverTime: () =>
    energyOverTime([
      {
        title: "A",
        energies: particleEnergies(line, latentDynamics(line, { ...escaping, Z0: [0] }), { beta: 1 }),
      },
      { title: "B", energies: [] },
    ]),
  powerLaws: () =>
    powerLaws([{ name: "n", exponent: 2, points: [{ x: 0, y: 1 }, { x: 1, y: 1 }, { x: 10, y: 90 }] }], {
      title: "T",
      x: "step",
    }),
  stabilityRegion: () => stabilityRegion(simulated),
  retrievalCurves: () =>
    retrievalCurves([{ name: "n", sweeps: { tau: sweep("tau", [0.1, 1]), beta: sweep("beta", [0, 1]) } }], {
      setting,
    }),
  retrievalMaps: () => retrievalMaps([{ title: "A", map, line: (tau) => -1 / tau }]),
  retrievalOutcomes: () => retrievalOutcomes([{ name: "n", ...retrievalStudy(memory, setting, sample) }]),
};

for (const [name, figure] of Object.entries(figures)) {
  Deno.test(`${name}: a standalone SVG, the same each time`, async () => {
    const svg = figureToSvg(figure());
    await assertStandalone(svg);
    assertEquals(figureToSvg(figure()), svg);
  });
}

const count = (figure: Figure, selector: string) =>
  parsed(figureToSvg(figure)).querySelectorAll(selector).length;

Deno.test("nothing to show is no error", async () => {
  for (
    const figure of [
      powerLaws([], { title: "T", x: "x" }),
      stabilityRegion([]),
      retrievalOutcomes([]),
    ]
  ) await assertStandalone(figureToSvg(figure));
});

Deno.test("an energy surface wants two dimensions", () => {
  assertThrows(
    () => energySurface([{ title: "A", landscape: line, trajectories: [] }]),
    RangeError,
    "it has 1 dimensions, not 2",
  );
});

Deno.test("trajectories are drawn as far as the plot goes", () => {
  const coordinates = [...figureToSvg(figures.energySurface()).matchAll(/d="M([^"]*)"/g)]
    .flatMap(([, path]) => path.match(/-?[\d.]+/g)!.map(Number));
  assertGreater(coordinates.length, 100);
  assert(coordinates.every((each) => Math.abs(each) < 1000));
});

Deno.test("a mark for each simulation, a cell for each pair, a curve for each coefficient", () => {
  assertEquals(simulated.map(({ converged }) => converged), [true, false, true, false]);
  const marks = parsed(figureToSvg(figures.stabilityRegion())).querySelectorAll(`[aria-label="dot"] path`);
  // Two more stand in the legend.
  assertEquals(marks.length, 4 + 2);
  assertEquals(count(figures.retrievalMaps(), `[aria-label="rect"] rect`), 6);
  const text = textOf(figureToSvg(figures.retrievalCurves()));
  assert(text.includes("temperature τ") && text.includes("pull β") && !text.includes("momentum"));
});

Deno.test("a sweep falls through a share between two of its points", () => {
  const points = [1, 0.9, 0.3, 0.6, 0.1].map((value, i) => ({ value: i, right: { value } }) as SweepPoint);
  assertAlmostEquals(fallsThrough(points), 1 + 0.4 / 0.6, 1e-12);
  assertEquals(fallsThrough(points.slice(0, 2)), NaN);
  assertAlmostEquals(fallsThrough(points, 0.2), 3 + 0.4 / 0.5, 1e-12);
});
