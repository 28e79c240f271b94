import { type FunnelMeasures, funnelMeasureSigns } from "../analysis/landscape/funnel.ts";
import { type FunnelComparison, funnelComparisons } from "../analysis/landscape/study.ts";

/** What a measure is called. */
export const measureNames: Readonly<Record<keyof FunnelMeasures, string>> = {
  roughness: "roughness of ln loss",
  minima: "local minima",
  basinShare: "share of the grid in the centre's basin",
  quasiConvexShare: "share of quasi-convex lines",
  widthAt2: "width at twice the loss",
  widthAt10: "width at ten times the loss",
};

const sides: Readonly<Record<string, string>> = {
  "eer own": "EER weights, EER objective",
  "eer cross-entropy": "EER weights, cross-entropy",
  "ce own": "CE weights, cross-entropy",
};

/** The comparisons as Markdown tables, one for each, with what a funnel would have in brackets. */
export function funnelTable(comparisons: readonly FunnelComparison[]): string {
  return Object.entries(funnelComparisons).map(([comparison, [left, right]]) => {
    const rows = comparisons.filter((each) => each.comparison === comparison).map((each) => {
      const [low, high] = each.interval.map(short);
      const cells = [
        `${measureNames[each.measure]} (${funnelMeasureSigns[each.measure] > 0 ? "more" : "less"})`,
        short(each.left),
        short(each.right),
        `${short(each.difference)} (${low} to ${high})`,
        each.byBlock.map(short).join(", "),
        each.corrected < 0.001 ? "< 0.001" : each.corrected.toFixed(3),
        verdict(each),
      ];
      return `| ${cells.join(" | ")} |`;
    });
    return [
      `**${comparison}**: ${sides[left]} (left) against ${sides[right]} (right)`,
      "",
      "| measure | left | right | difference (95 % interval) | by training seed | p (Holm) | more of a funnel |",
      "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
      ...rows,
    ].join("\n");
  }).join("\n\n");
}

function verdict({ favours, corrected }: FunnelComparison): string {
  if (favours) return favours;
  return corrected < 0.05 ? "no verdict: the seeds disagree" : "no difference shown";
}

const short = (value: number) => String(Number(value.toPrecision(3))).replace("-", "−");
