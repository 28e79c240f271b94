/**
 * The energies of a particle, step by step.
 *
 * @module
 */
import type { ParticleEnergy } from "../theory/hamiltonian/symplectic.ts";
import type { Showable } from "./display.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { pageWidth, plot, seriesMarks, seriesStyle } from "./theme.ts";

/** One particle's energies. */
export interface EnergyHistory {
  readonly title: string;
  readonly energies: readonly ParticleEnergy[];
}

const kinds = [
  { key: "kinetic", label: "kinetic energy ½‖V‖²/β" },
  { key: "potential", label: "potential energy E" },
  { key: "total", label: "total energy H" },
] as const;

/** Kinetic, potential and total energy against the step k, one plot a particle. */
export function energyOverTime(
  histories: readonly EnergyHistory[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = Math.min(histories.length, width < 480 ? 1 : 3);
  const panels = histories.map(({ title, energies }) => ({
    title,
    plot: plot({
      width: panelWidth(width, columns),
      height: 180,
      marginLeft: 44,
      x: { label: "step k", ticks: 5 },
      y: { nice: true, ticks: 5 },
      marks: kinds.map(({ key }, index) =>
        seriesMarks(energies.map((each, k) => ({ k, value: each[key] })), {
          style: seriesStyle(index),
          x: ({ k }) => k,
          y: ({ value }) => value,
          markers: 10,
        })
      ),
    }) as Block,
  }));
  return figureGrid(panels, {
    columns,
    legend: kinds.map(({ label }, index) => ({ label, style: seriesStyle(index) })),
  });
}
