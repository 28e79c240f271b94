import type { Arm } from "../analysis/looped_single/arms.ts";
import type { LegendEntry } from "./layout.ts";
import { type SeriesStyle, seriesStyle } from "./theme.ts";

/** How the three arms are called and drawn in every figure. */
export const armLooks: Readonly<Record<Arm, { readonly label: string; readonly style: SeriesStyle }>> = {
  single: { label: "Single-Attn", style: seriesStyle(0) },
  looped: { label: "Looped-Attn", style: seriesStyle(1) },
  shift: { label: "SHIFT", style: seriesStyle(2) },
};

/** The legend of some arms. */
export const armLegend = (arms: readonly Arm[]): LegendEntry[] => arms.map((arm) => armLooks[arm]);
