import type { FunnelComparison, funnelComparisons } from "../analysis/landscape/study.ts";
import { measureNames } from "./funnel_table.ts";

const questions: Readonly<Record<keyof typeof funnelComparisons, string>> = {
  "figure 1": "EER's weights in the EER objective against CE's in cross-entropy, as in Figure 1",
  "same objective": "The same weights, both seen in cross-entropy",
  "same weights": "EER's weights in the EER objective against the same weights in cross-entropy",
};

/** What the comparisons say, in a sentence each; the last weighs them against Figure 1's claim. */
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
  return [
    ...sentences,
    `Figure 1 claims that EER wins in all ${claim.length} measures. It does so in ${held} and loses in ${reversed}: ` +
    `${verdict}.`,
  ];
}

const listed = (names: readonly string[]) => names.length === 0 ? "nothing" : names.join(", ");
