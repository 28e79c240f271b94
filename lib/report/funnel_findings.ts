import type { FunnelComparison, funnelComparisons } from "../analysis/landscape/study.ts";
import { measureNames } from "./funnel_table.ts";

const questions: Readonly<Record<keyof typeof funnelComparisons, string>> = {
  "figure 1": "EER's weights in the EER objective against CE's in cross-entropy, as in Figure 1",
  "same objective": "EER's weights against CE's, both seen in cross-entropy",
  "same weights": "EER's weights in the EER objective against the same weights in cross-entropy",
};

/**
 * What the comparisons say, in a sentence each; then how rugged cross-entropy is, what Figure 1 claims, and what of it
 * is the penalties' own.
 */
export function funnelFindings(comparisons: readonly FunnelComparison[]): string[] {
  const of = (comparison: string) => comparisons.filter((each) => each.comparison === comparison);
  const sentences = Object.entries(questions).map(([comparison, question]) => {
    const named = (favours: FunnelComparison["favours"]) =>
      listed(
        of(comparison).filter((each) => each.favours === favours).map(({ measure }) => measureNames[measure]),
      );
    return `${question}: the first is more of a funnel in ${named("left")}, the second in ${
      named("right")
    }; ` +
      `no verdict on ${named(undefined)}.`;
  });
  const claim = of("figure 1");
  const [held, reversed] = (["left", "right"] as const).map((side) =>
    claim.filter(({ favours }) => favours === side).length
  );
  const verdict = held === 0
    ? "the contrast of Figure 1 is not there"
    : reversed > 0
    ? "the measures disagree on the contrast of Figure 1"
    : `the contrast of Figure 1 is there${held < claim.length ? " in part" : ""}`;
  const favoured = (comparison: string, measure: string) =>
    of(comparison).some((each) => each.measure === measure && each.favours === "left");
  const theirOwn = claim.filter(({ measure, favours }) =>
    favours === "left" && favoured("same weights", measure) && !favoured("same objective", measure)
  );
  const plain = (measure: string) =>
    Number(claim.find((each) => each.measure === measure)!.right.toPrecision(3));
  const [basin, lines] = [percent(plain("basinShare")), percent(plain("quasiConvexShare"))];
  const wins = listed(theirOwn.map(({ measure }) => measureNames[measure]));
  return [
    ...sentences,
    `Cross-entropy's own landscape has ${
      plain("minima")
    } local minima inside each grid on average; steepest descent ` +
    `reaches the centre's basin from ${basin} of the grid, and it is quasi-convex on ${lines} of the lines.`,
    `Figure 1 claims that EER wins in all ${claim.length} measures. It does so in ${held} and loses in ${reversed}: ` +
    `${verdict}.`,
    ...theirOwn.length === 0 ? [] : [
      `The penalties' own: ${wins}. The same weights win there over themselves when the penalties are added, and in ` +
      `cross-entropy EER's weights do not win. The penalties lift the bottom, so that a multiple of the least loss ` +
      `is farther away.`,
    ],
  ];
}

const percent = (share: number) => `${Number((100 * share).toPrecision(3))} %`;
const listed = (names: readonly string[]) =>
  names.length === 0 ? "nothing" : names.join(", ").replace(/, ([^,]*)$/, " and $1");
