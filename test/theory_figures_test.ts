import { assert, assertAlmostEquals, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { parseHTML } from "linkedom";
import type { RuleResult } from "../lib/analysis/gating_study.ts";
import type { PhasePoint } from "../lib/analysis/phases.ts";
import { gatingComparison } from "../lib/figures/gating.ts";
import { lemmaAgainstQ } from "../lib/figures/lemma_against_q.ts";
import type { Figure } from "../lib/figures/layout.ts";
import { phaseTrajectories } from "../lib/figures/phases.ts";
import { figureToPng } from "../lib/figures/save.ts";
import { simplexMaps } from "../lib/figures/simplex.ts";
import { figureToSvg } from "../lib/figures/svg.ts";

/** The figure's SVG as a document; fails where it holds nonsense or cannot be drawn. */
async function drawn(figure: Figure) {
  const svg = figureToSvg(figure, { font: false });
  for (const bad of ["NaN", "Infinity", "undefined", "currentColor"]) assert(!svg.includes(bad), bad);
  await figureToPng(svg, { scale: 0.5 });
  return parseHTML(`<body>${svg}</body>`).document;
}

Deno.test("a map over the triangle has level sets where the function changes, and none where it does not", async () => {
  const figure = simplexMaps(
    [
      { title: "first probability", value: ([first]) => first, points: [[0.5, 0.3, 0.2]] },
      { title: "nothing", value: () => 0.31 },
    ],
    { label: "value", domain: [0, 1], levels: 5 },
  );
  const document = await drawn(figure);
  const paths = document.querySelectorAll("path[fill^='rgb']");
  // Five bands and the ends of the first map, one level of the second.
  assert(paths.length >= 6, `${paths.length} bands`);
  const fills = new Set([...paths].map((path) => path.getAttribute("fill")));
  assert(fills.size >= 5, `${fills.size} colours`);
  assertEquals(
    [...document.querySelectorAll("text")].filter(({ textContent }) => textContent === "p₁ = 1").length,
    2,
  );
  assertThrows(() => simplexMaps([], { label: "value", domain: [1, 1] }), RangeError, "empty");
});

Deno.test("in the figure of Lemma B.1 the two sides of a row meet at q = 2", async () => {
  const document = await drawn(
    lemmaAgainstQ([{ name: "a row", row: [0.5, 0.3, 0.2] }], { range: [1, 3] }),
  );
  // The two curves have by far the longest paths.
  const lines = [...document.querySelectorAll("path")].filter((path) =>
    (path.getAttribute("d") ?? "").length > 500
  );
  assertEquals(lines.length, 2);
  const [right, left] = lines.map((line) =>
    [...line.getAttribute("d")!.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
  );
  const middle = (right.length - 1) / 2;
  assertEquals(right[middle][0], left[middle][0]);
  assertAlmostEquals(right[middle][1], left[middle][1], 0.02);
  // Down is up in SVG: the lemma holds left of the middle.
  assert(right[0][1] < left[0][1] && right.at(-1)![1] > left.at(-1)![1]);
});

const result = (name: string, converged: number, iterations: number): RuleResult => ({
  name,
  converged: {
    value: converged,
    interval: [Math.max(0, converged - 0.1), Math.min(1, converged + 0.1)],
    positions: 20,
  },
  iterations: { value: iterations, interval: [iterations / 2, 2 * iterations] },
  reasons: { converged: 0, cycle: 0, diverged: 0, limit: 0 },
  each: [],
});

Deno.test("in the comparison of gates what never converges stands at ∞, right of everything else", async () => {
  const document = await drawn(gatingComparison([{
    title: "a setting",
    results: [result("ungated", 0.5, 12), result("gate", 0, Infinity), result("α = 0.5", 1, 90)],
  }]));
  const dots = [...document.querySelectorAll("circle")].map((dot) => Number(dot.getAttribute("cx")));
  assertEquals(dots.length, 6);
  const [, , , fast, never, slow] = dots;
  assert(fast < slow && slow < never);
  const infinity = [...document.querySelectorAll("text")].find(({ textContent }) => textContent === "∞")!;
  const [, x] = infinity.getAttribute("transform")!.match(/translate\(([\d.]+)/)!;
  assertAlmostEquals(Number(x), never, 1);
});

Deno.test("runs as phases: one column a system, the steps named, a bar over the interval of the change", async () => {
  const points: PhasePoint[] = Array.from({ length: 41 }, (_, i) => ({
    step: 25 * i,
    entropy: 1.3 - 0.01 * i,
    potential: 1.4 - 0.01 * i,
    kinetic: 100 * Math.exp(-i / 20),
    accuracy: { 10: 0.5, 1000: 0.3 + 0.01 * i },
  }));
  const change = {
    step: 512.5,
    jump: 0.2,
    p: 0.01,
    interval: [400, 600] as const,
    degree: 3,
    autocorrelation: 0,
  };
  const runs = [{ name: "one", points, change }, { name: "two", points: points.slice(0, 35) }];
  const document = await drawn(phaseTrajectories(runs, { length: 1000, paper: points.slice(0, 2) }));
  const texts = [...document.querySelectorAll("text")].map(({ textContent }) => textContent ?? "");
  assertEquals(texts.filter((text) => /^\([a-f]\)/.test(text)).length, 6);
  assertEquals(texts.filter((text) => text === "(a) one: entropy (across), kinetic (up)").length, 1);
  // The last step of the second system, in both of its planes.
  assertEquals(texts.filter((text) => text === "850").length, 2);
  const bars = [...document.querySelectorAll("[stroke-width='5'] path, path[stroke-width='5']")];
  assertEquals(bars.length, 1);
  const [, from, to] = bars[0].getAttribute("d")!.match(/M([\d.]+),[\d.]+L([\d.]+)/)!.map(Number);
  const tick = (step: string) => {
    // The axes of the last panels come last.
    const label = [...document.querySelectorAll("text")].findLast(({ textContent }) => textContent === step)!;
    return Number(label.getAttribute("transform")!.match(/translate\(([\d.]+)/)![1]);
  };
  assert(tick("300") < from && from < to && to < tick("1k"), `${tick("300")} ${from} ${to} ${tick("1k")}`);
  assertMatch(texts.join(), /accuracy at L = 1000/);
});
