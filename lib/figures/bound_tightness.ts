/**
 * How far above the Jacobian's norm its bounds lie.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { TightnessPoint } from "../analysis/contraction/tightness.ts";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { ink, logScale, pageWidth, plot, styled } from "./theme.ts";

/**
 * Bound over norm against the norm for the three bounds, one marker a problem, on common axes: a marker below the line
 * at 1 is a violation.
 *
 * @param options `width` in pixels
 */
export function boundTightness(
  points: readonly TightnessPoint[],
  { width = pageWidth }: { width?: number } = {},
): Showable<Block> {
  const columns = width < 480 ? 1 : 3;
  const size = { width: panelWidth(width, columns), height: 200 };
  const kinds = styled([...new Set(points.map(({ kind }) => kind))].map((name) => ({ name })));
  const shown = points.filter(({ jacobianNorm }) => jacobianNorm > 0);
  const bounds = ["stated", "corrected", "local"] as const;
  const ratios = shown.flatMap((point) => bounds.map((bound) => point[bound] / point.jacobianNorm));
  const panel = (bound: typeof bounds[number], title: string) => ({
    title,
    plot: shown.length === 0 ? emptyPlot(size.width, size.height) : plot({
      ...size,
      marginLeft: 40,
      x: { ...logScale(shown.map(({ jacobianNorm }) => jacobianNorm)), label: "‖DF‖", inset: 6 },
      y: { ...logScale([...ratios, 1]), insetTop: 4, insetBottom: 4 },
      marks: [
        Plot.ruleY([1], { stroke: ink, strokeWidth: 1 }),
        ...kinds.map(({ name, style }) =>
          Plot.dot(shown.filter(({ kind }) => kind === name), {
            x: "jacobianNorm",
            y: (point: TightnessPoint) => point[bound] / point.jacobianNorm,
            r: 2.4,
            symbol: style.symbol,
            stroke: style.color,
            strokeOpacity: 0.75,
            strokeWidth: 1.1,
          })
        ),
      ],
    }),
  });
  const hollow = kinds.map(({ style, ...kind }) => ({ ...kind, style: { ...style, dashed: true } }));
  return figureGrid([
    panel("stated", "Stated bound / ‖DF‖"),
    panel("corrected", "Corrected bound / ‖DF‖"),
    panel("local", "Local bound / ‖DF‖"),
  ], { columns, legend: legendOf(hollow).map((entry) => ({ ...entry, kind: "symbol" as const })) });
}
