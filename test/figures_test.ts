import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import * as Plot from "@observablehq/plot";
import { constants, inflateSync } from "node:zlib";
import fc from "fast-check";
import { decode } from "fast-png";
import { create } from "fontkit";
import { UserError } from "../lib/errors.ts";
import { accuracyAgainstDistance } from "../lib/figures/accuracy_against_distance.ts";
import { accuracyAgainstLength } from "../lib/figures/accuracy_against_length.ts";
import { accuracyAgainstLoops } from "../lib/figures/accuracy_against_loops.ts";
import { attentionMap } from "../lib/figures/attention_map.ts";
import { basins } from "../lib/figures/basins.ts";
import { boundTightness } from "../lib/figures/bound_tightness.ts";
import { document } from "../lib/figures/dom.ts";
import { fontBytes, fontWeights } from "../lib/figures/fonts.ts";
import { entropyAndNorm } from "../lib/figures/entropy_and_norm.ts";
import { figureGrid } from "../lib/figures/grid.ts";
import { latentTrajectory } from "../lib/figures/latent_trajectory.ts";
import type { Figure } from "../lib/figures/layout.ts";
import { lossCurves } from "../lib/figures/loss_curves.ts";
import { figureToPdf, figureToPng, saveFigure } from "../lib/figures/save.ts";
import { settledShare } from "../lib/figures/settled_share.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { logScale, pageWidth, seriesStyle } from "../lib/figures/theme.ts";
import { traces } from "../lib/figures/traces.ts";
import { trainingCurves } from "../lib/figures/training_curves.ts";
import type { Metrics } from "../lib/training/metrics.ts";
import { planeOfStarts } from "../lib/theory/contraction/attractors.ts";
import { counterexample } from "../lib/theory/contraction/examples.ts";
import { temperatureSweep } from "../lib/theory/contraction/temperature.ts";
import { paperTable2 } from "../lib/report/paper.ts";
import {
  syntheticEvaluation,
  syntheticLoops,
  syntheticMetrics,
  syntheticShare,
  syntheticTrace,
} from "./synthetic_runs.ts";
import { assertStandalone, parsed, textOf } from "./standalone.ts";
import { tempDir } from "./temp_dir.ts";

const ceiling = { 10: 0.8, 100: 0.85, 1000: 0.8 };
const metrics = syntheticMetrics({ seed: 1, steps: 300, every: 25, pace: 180, ceiling });
const evaluation = syntheticEvaluation({ 10: 0.7, 100: 0.75, 1000: 0.72 });
const trace = syntheticTrace();

const syntheticBasin = {
  starts: planeOfStarts(3, 1),
  attractors: {
    found: [
      { points: [Float64Array.of(0.2, 0.1)], starts: 5 },
      { points: [Float64Array.of(-0.5, 0), Float64Array.of(0, -0.5)], starts: 3 },
    ],
    ends: [0, 0, 0, 0, 0, 1, 1, 1, "diverged" as const],
  },
};
const syntheticTemperatures = temperatureSweep({ ...counterexample(4), q: 1.5 }, [0.1, 1, 10]);

/** Every figure, for models of the given names. */
const figures: Record<string, (...names: string[]) => Figure> = {
  trainingCurves: (...names) =>
    trainingCurves(names.map((name) => ({ name, metrics })), { paper: paperTable2 }),
  lossCurves: () => lossCurves(metrics),
  accuracyAgainstLength: (...names) =>
    accuracyAgainstLength(names.map((name) => ({ name, evaluation })), {
      paper: paperTable2.at(-1)!.accuracy,
      chance: 1 / 3,
    }),
  accuracyAgainstLoops: (...names) =>
    accuracyAgainstLoops(names.map((name) => ({ name, loops: syntheticLoops(0.8) })), { trained: 25 }),
  accuracyAgainstDistance: (...names) =>
    accuracyAgainstDistance(names.map((name) => ({ name, byDistance: evaluation[1].byDistance }))),
  attentionMap: () => attentionMap(trace, trace),
  basins: (...names) => basins(names.map((title) => ({ title, ...syntheticBasin }))),
  boundTightness: (...names) =>
    boundTightness(names.map((kind) => ({ kind, jacobianNorm: 1, stated: 0.5, corrected: 1.2, local: 1.1 }))),
  entropyAndNorm: (...names) =>
    entropyAndNorm(names.map((name) => ({ name, points: syntheticTemperatures }))),
  settledShare: () => settledShare([0.9, 10].map((rate) => ({ rate, settled: syntheticShare(0.9, 100) }))),
  traces: (...names) =>
    traces([{ title: "residual", series: names.map((name) => ({ name, values: [1, 0.1, 0] })) }]),
  latentTrajectory: (...names) => latentTrajectory(names.map((name) => ({ name, ...trace }))),
};

const namesShown = [
  "boundTightness",
  "entropyAndNorm",
  "traces",
  "trainingCurves",
  "accuracyAgainstLength",
  "accuracyAgainstLoops",
  "accuracyAgainstDistance",
];

for (const [name, figure] of Object.entries(figures)) {
  Deno.test(`${name}: a standalone SVG with its legend`, async () => {
    const svg = figureToSvg(figure("eer", "ce"));
    await assertStandalone(svg);
    assertStringIncludes(svg, "data:font/woff2;base64,");
    if (namesShown.includes(name)) {
      const texts = [...parsed(svg).querySelectorAll("text")].map((text) => text.textContent);
      for (const label of ["eer", "ce"]) assert(texts.includes(label), label);
    }
  });

  Deno.test(`${name}: equal input, equal bytes`, async () => {
    const render = async () => {
      const svg = figureToSvg(figure("eer", "ce"));
      return { svg, png: await figureToPng(svg, { scale: 0.5 }), pdf: await figureToPdf(svg) };
    };
    const first = await render();
    // Plot counts its clip paths over the whole process.
    figureToSvg(Plot.plot({ document, marks: [Plot.lineY([1, 2], { clip: true })] }));
    assertEquals(await render(), first);
  });

  Deno.test(`${name}: names are text, whatever they are`, async () => {
    const hostile = [`<script>alert("1")</script>`, `]]> & 'x' \u0000\ud800`];
    const svg = figureToSvg(figure(...hostile));
    await assertStandalone(svg);
    if (namesShown.includes(name)) {
      assertStringIncludes(svg, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
      assertStringIncludes(svg, "]]&gt; &amp; &#39;x&#39; \ufffd");
    }
    assertGreater((await figureToPdf(svg)).length, 1000);
  });

  Deno.test(`${name}: every character is in the font`, () => {
    const faces = fontWeights.map((weight) => create(fontBytes(weight)));
    for (const character of textOf(figureToSvg(figure("eer", "ce")))) {
      for (const face of faces) assert(face.hasGlyphForCodePoint(character.codePointAt(0)), character);
    }
  });
}

Deno.test("figures of nothing, of one row, of uncounted accuracies", async () => {
  const uncounted = { value: NaN, interval: [0, 1] as const, positions: 0 };
  const [zero] = metrics;
  const empty = { length: 10, sequences: 0, all: uncounted, matched: uncounted, byDistance: [] };
  const one = { ...trace, length: 1, states: [Float32Array.of(0, 0), Float32Array.of(0, 0)] };
  const odd = [
    trainingCurves([]),
    basins([]),
    boundTightness([]),
    entropyAndNorm([]),
    settledShare([]),
    traces([{ title: "none", series: [] }]),
    trainingCurves([{ name: "a", metrics: [] }]),
    trainingCurves([{ name: "a", metrics: [zero] }]),
    trainingCurves([{ name: "a", metrics: [{ ...zero, kinetic: 0, accuracy: { 10: NaN } }] }], {
      paper: paperTable2,
    }),
    lossCurves([]),
    lossCurves([zero]),
    lossCurves([{ step: 0, task: NaN, total: NaN }]),
    accuracyAgainstLength([]),
    accuracyAgainstLength([{ name: "a", evaluation: [] }, { name: "b", evaluation: [empty] }]),
    accuracyAgainstLength([{ name: "a", evaluation: [empty, ...evaluation] }]),
    accuracyAgainstLength([{ name: "a", evaluation: evaluation.slice(0, 1) }], { share: "matched" }),
    accuracyAgainstLoops([]),
    accuracyAgainstLoops([{ name: "a", loops: [{ loops: 0, all: uncounted }] }], { trained: 3 }),
    accuracyAgainstLoops([{ name: "a", loops: [{ loops: 0, all: syntheticShare(0.5, 9) }] }]),
    accuracyAgainstDistance([]),
    accuracyAgainstDistance([{ name: "a", byDistance: [{ distance: 1, ...uncounted }] }]),
    attentionMap({ ...trace, attention: trace.attention.slice(0, 1) }),
    attentionMap({ ...trace, attention: [new Float32Array(24 * 24).fill(NaN)] }),
    latentTrajectory([]),
    latentTrajectory([{ ...one, name: "a" }]),
    latentTrajectory([{ ...trace, name: "a", states: trace.states.slice(0, 1) }]),
  ];
  for (const figure of odd) await assertStandalone(figureToSvg(figure));
  assertStringIncludes(textOf(figureToSvg(accuracyAgainstLoops([]))), "no data");
});

Deno.test("figures of random numbers, NaN among them", async () => {
  const number = fc.oneof(fc.double({ min: -1e6, max: 1e6 }), fc.constantFrom(0, 1e-30, NaN));
  const row = fc.record({
    step: fc.nat(20_000),
    ...Object.fromEntries(["task", "total", "entropy", "potential", "kinetic"].map((key) => [key, number])),
    accuracy: fc.record({ 10: number, 1000: number }),
  }) as unknown as fc.Arbitrary<Metrics>;
  const rows = fc.array(row, { maxLength: 5 }).map((all) => all.toSorted((a, b) => a.step - b.step));
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { maxLength: 3 }), async (runs) => {
      await assertStandalone(figureToSvg(trainingCurves(runs.map((metrics) => ({ name: "a", metrics })))));
      for (const metrics of runs) await assertStandalone(figureToSvg(lossCurves(metrics)));
    }),
    { seed: 1, numRuns: 25 },
  );
});

/** Centres of the markers of one colour, in the order drawn. */
function markers(figure: Figure, color: string): { x: number; y: number }[] {
  const dots = [...parsed(figureToSvg(figure)).querySelectorAll(`[aria-label="dot"]`)]
    .filter((group) => group.getAttribute("fill") === color || group.getAttribute("stroke") === color);
  return dots.flatMap((group) =>
    [...group.children].map((dot) => {
      const [x, y] = dot.getAttribute("transform")?.match(/-?[\d.]+/g) ??
        [dot.getAttribute("cx"), dot.getAttribute("cy")];
      return { x: Number(x), y: Number(y) };
    })
  );
}

/** Fails unless pixels are an affine function of the values. */
function assertAffine(pixels: readonly number[], values: readonly number[]) {
  assertEquals(pixels.length, values.length);
  const [first, last] = [values.indexOf(Math.min(...values)), values.indexOf(Math.max(...values))];
  const slope = (pixels[last] - pixels[first]) / (values[last] - values[first]);
  // Coordinates have two decimals.
  values.forEach((value, at) =>
    assertAlmostEquals(pixels[at], pixels[first] + slope * (value - values[first]), 0.02)
  );
}

Deno.test("accuracies stand where they belong", () => {
  const values = [0.1, 0.85, 0.4, 0.55];
  const loops = values.map((value, index) => ({ loops: 1 + index ** 2, all: syntheticShare(value, 1000) }));
  // The legend's marker comes first.
  const dots = markers(accuracyAgainstLoops([{ name: "a", loops }]), seriesStyle(0).color).slice(1);
  assertAffine(dots.map(({ x }) => x), loops.map(({ loops }) => loops));
  assertAffine(dots.map(({ y }) => y), values);

  const lengths = [10, 30, 1000];
  const found = syntheticEvaluation({ 10: 0.9, 30: 0.2, 1000: 0.5 });
  const points = markers(accuracyAgainstLength([{ name: "a", evaluation: found }]), seriesStyle(0).color)
    .slice(1);
  assertAffine(points.map(({ x }) => x), lengths.map(Math.log));
});

Deno.test("the trajectory of one position is its norm and its movement", () => {
  const states = [[0, 0], [3, 4], [3, 4.5], [0, 12], [9, 12]].map((state) => Float32Array.from(state));
  const figure = latentTrajectory([{ name: "a", count: 1, length: 1, states }]);
  const dots = markers(figure, seriesStyle(0).color).slice(1);
  assertAffine(dots.slice(0, 5).map(({ y }) => y), [0, 5, Math.hypot(3, 4.5), 12, 15]);
  assertAffine(dots.slice(5).map(({ y }) => y), [5, 0.5, Math.hypot(3, 7.5), 9].map(Math.log));
});

Deno.test("the trajectory is the median over the positions", () => {
  const states = [[0, 0, 0], [1, 7, 2], [9, 3, 4], [30, 10, 20]].map((state) => Float32Array.from(state));
  const dots = markers(latentTrajectory([{ name: "a", count: 1, length: 3, states }]), seriesStyle(0).color)
    .slice(1);
  assertAffine(dots.slice(0, 4).map(({ y }) => y), [0, 2, 4, 20]);
  assertAffine(dots.slice(4).map(({ y }) => y), [2, 4, 16].map(Math.log));
});

Deno.test("what was not counted has no interval", () => {
  const uncounted = { value: NaN, interval: [0, 1] as const, positions: 0 };
  const loops = [{ loops: 1, all: uncounted }, { loops: 2, all: syntheticShare(0.5, 9) }];
  const empty = { length: 5, sequences: 9, all: uncounted, matched: uncounted, byDistance: [] };
  const figure = accuracyAgainstLength([{ name: "a", evaluation: [empty, ...evaluation] }]);
  const bars = parsed(figureToSvg(figure)).querySelectorAll(`[aria-label="rule"] line`);
  assertEquals(bars.length, evaluation.length);
  assertEquals(markers(accuracyAgainstLoops([{ name: "a", loops }]), seriesStyle(0).color).length, 2);
});

Deno.test("a logarithmic axis has ticks for any values", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 1e-20, max: 1e20, noNaN: true }), { minLength: 1 }), (values) => {
      const { domain, ticks } = logScale(values) as { domain: number[]; ticks: number[] };
      assert(ticks.length >= 1 && ticks.length <= 12, `${ticks}`);
      assert(domain[0] < domain[1]);
      for (const each of [...values, ...ticks]) assert(domain[0] <= each && each <= domain[1]);
    }),
    { seed: 1 },
  );
});

Deno.test("the trajectory is that of the sequence asked for", () => {
  const states = [Float32Array.of(0, 0, 0, 0), Float32Array.of(3, 4, 6, 8), Float32Array.of(0, 1, 0, 2)];
  const both = { name: "a", count: 2, length: 1, states };
  const second = { ...both, count: 1, states: states.map((state) => state.slice(2)) };
  assertEquals(
    figureToSvg(latentTrajectory([both], { sequence: 1 })),
    figureToSvg(latentTrajectory([second])),
  );
  assertThrows(() => latentTrajectory([both], { sequence: 2 }), RangeError, "a was traced on 2");
});

Deno.test("runs of unlike lengths can both be read", () => {
  const figure = (steps: number) => {
    const short = syntheticMetrics({ seed: 1, steps, every: steps / 10, pace: 200, ceiling });
    return trainingCurves([{ name: "a", metrics: short }], { paper: paperTable2 });
  };
  for (const steps of [50, 300, 3000, 20_000]) {
    const svg = figure(steps);
    const span = (color: string) => {
      const first = markers(svg, color).slice(1, 12).map(({ x }) => x);
      return Math.max(...first) - Math.min(...first);
    };
    assertGreater(span(seriesStyle(0).color), 30, `${steps} steps`);
    assertEquals(textOf(figureToSvg(svg)).includes("training step (logarithmic)"), steps < 1000);
  }
});

Deno.test("an attention map has a cell for each weight and a mark for each key to be found", () => {
  const attention = [0.5, 0, 0.25, 0.75];
  const map = { count: 1, length: 2, tokens: Int32Array.of(0, 1), attention: [Float32Array.from(attention)] };
  const svg = parsed(figureToSvg(attentionMap(map, { correct: [-1, 0] })));
  const [cells, marks] = [...svg.querySelectorAll(`[aria-label="cell"]`)].map((group) => [...group.children]);
  const at = (cell: Element) => [Number(cell.getAttribute("x")), Number(cell.getAttribute("y"))];
  assertEquals(cells.length, 3);
  assertEquals(new Set(cells.map((cell) => cell.getAttribute("fill"))).size, 3);
  assertEquals(marks.length, 1);
  // Query 1 (second row), key 0 (first column): the second cell drawn.
  assertAlmostEquals(at(marks[0])[0], at(cells[1])[0], 1);
  assertAlmostEquals(at(marks[0])[1], at(cells[1])[1], 1);
  assertGreater(at(cells[1])[1], at(cells[0])[1] + 10);
  assertGreater(at(cells[2])[0], at(cells[1])[0] + 10);

  const heads = { ...map, attention: [Float32Array.of(1, 0, 0.5, 0.5, ...attention)] };
  assertEquals(
    figureToSvg(attentionMap(heads, { head: 1 })),
    figureToSvg(attentionMap(map)),
  );
  assertThrows(
    () => attentionMap(map, { head: 1 }),
    RangeError,
    "Cannot show head number 2 as 1 were traced",
  );
  assertThrows(
    () => attentionMap(map, { loops: [2] }),
    RangeError,
    "Cannot show loop number 2 as 1 were traced",
  );
});

Deno.test("what Plot leaves to the page is drawn into the file", async () => {
  const points = ["first", "second", "third"].map((kind, index) => ({ kind, x: index, y: index ** 2 }));
  const words = { title: "The title", subtitle: "The subtitle", caption: "The caption that says it all" };
  const swatches = figureToSvg(Plot.plot({
    document,
    ...words,
    color: { legend: true },
    marks: [Plot.dot(points, { x: "x", y: "y", fill: "kind", clip: true })],
  }));
  await assertStandalone(swatches);
  for (const word of [...Object.values(words), "first", "second", "third"]) {
    assertStringIncludes(textOf(swatches), word);
  }

  const title = [...parsed(swatches).querySelectorAll("text")].find(({ textContent }) =>
    textContent === words.title
  );
  assertEquals(title?.getAttribute("font-weight"), "600");

  const ramp = figureToSvg(Plot.plot({
    document,
    color: { legend: true, label: "loss", scheme: "viridis", domain: [0, 40] },
    marks: [
      Plot.raster({
        x1: 0,
        x2: 1,
        y1: 0,
        y2: 1,
        width: 4,
        height: 4,
        fill: (x: number, y: number) => 40 * x * y,
      }),
    ],
  }));
  await assertStandalone(ramp);
  assertEquals(ramp.match(/<image [^>]*data:image\/png/g)?.length, 2);
  for (const tick of ["loss", "0", "20", "40"]) assertStringIncludes(textOf(ramp), tick);

  const grid = figureGrid([{ title: "left S_{q}", plot: Plot.plot({ document, ...words }) }, {
    plot: Plot.plot({ document }),
  }], { title: "Both" });
  for (const word of ["Both", "(a) left S", "The caption"]) {
    assertStringIncludes(textOf(figureToSvg(grid)), word);
  }
});

Deno.test("ids are the figure's own", () => {
  const clipped = () => Plot.plot({ document, marks: [Plot.lineY([1, 2], { clip: true })] });
  const first = figureToSvg(clipped());
  assertEquals(figureToSvg(clipped()), first);
  assertStringIncludes(first, 'clip-path="url(#figure-1)"');
  const other = figureToSvg(clipped(), { idPrefix: "other" });
  assertStringIncludes(other, 'id="other-1"');
  assert(!other.includes("figure-1"));
});

Deno.test("a PNG has the size asked for and the colours of its series", async () => {
  const svg = figureToSvg(figures.trainingCurves("eer", "ce"));
  const [, width, height] = svg.match(/width="(\d+)" height="(\d+)"/)!.map(Number);
  assert(width <= pageWidth && width > pageWidth - 10, `${width}`);
  const png = decode(await figureToPng(svg, { scale: 3 }));
  assertEquals([png.width, png.height], [3 * width, 3 * height]);
  const count = (color: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    let found = 0;
    for (let at = 0; at < png.data.length; at += png.channels) {
      if (png.data[at] === r && png.data[at + 1] === g && png.data[at + 2] === b) found++;
    }
    return found / (png.width * png.height);
  };
  for (const index of [0, 1]) assertGreater(count(seriesStyle(index).color), 0.0002);
  assertGreater(count("#ffffff"), 0.7);
});

Deno.test("a PDF has vectors, and its text as text in the kit's font", async () => {
  const pdf = await figureToPdf(figureToSvg(figures.accuracyAgainstLength("eer")));
  const latin = new TextDecoder("latin1").decode(pdf);
  assertMatch(latin, /^%PDF-1\.\d/);
  assertMatch(latin, /\/BaseFont \/[A-Z]{6}\+KitSans-Regular/);
  assertStringIncludes(latin, "/FontFile2");
  const contents = [...latin.matchAll(/\/FlateDecode\n>>\nstream\n/g)].map(({ index, 0: start }) => {
    const bytes = pdf.subarray(index + start.length);
    return new TextDecoder("latin1").decode(inflateSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }));
  });
  const page = contents.find((content) => content.includes(" Tf"))!;
  // Lines of text, and lines drawn; no pictures.
  assertGreater(page.match(/ T[jJ]\b/g)?.length ?? 0, 10);
  assertGreater(page.match(/ l\n/g)?.length ?? 0, 10);
  assert(!latin.includes("/Subtype /Image"));
});

Deno.test("a halo does not hide its text in the PDF", async () => {
  const text = (stroke?: string) =>
    figureToSvg(
      Plot.plot({ document, marks: [Plot.text(["word"], { frameAnchor: "middle", fill: "black", stroke })] }),
    );
  assertStringIncludes(text("white"), "paint-order");
  assertEquals(new Uint8Array(await figureToPdf(text("white"))).length, (await figureToPdf(text())).length);
});

Deno.test({
  name: "figures are saved with no permission but reading and writing",
  permissions: { read: true, write: true },
  fn: async () => {
    await using directory = await tempDir();
    const path = `${directory.path}/new/folder/loss`;
    const files = await saveFigure(lossCurves(metrics), path);
    assertEquals(files, [`${path}.svg`, `${path}.png`, `${path}.pdf`]);
    const starts = await Promise.all(files.map(async (file) => [...(await Deno.readFile(file)).slice(0, 4)]));
    assertEquals(starts.map((start) => String.fromCharCode(...start)), ["<svg", "\x89PNG", "%PDF"]);
    assertEquals([...Deno.readDirSync(`${directory.path}/new/folder`)].length, 3);
  },
});

Deno.test("a figure that cannot be saved says why", async () => {
  await using directory = await tempDir();
  await Deno.writeTextFile(`${directory.path}/file`, "");
  const figure = lossCurves(metrics);
  const error = await assertRejects(() => saveFigure(figure, `${directory.path}/file/loss`), UserError);
  assertMatch(error.message, /^Cannot make the folder .*file as /);
  await assertRejects(
    () => saveFigure(figure, `${directory.path}/loss`, { formats: ["gif" as "png"] }),
    UserError,
    `Cannot save a figure as "gif": a format must be one of svg, png, pdf`,
  );
  assertThrows(() => figureToSvg(document.createElement("figure")), TypeError, "it holds no SVG");
});

Deno.test("a notebook gets SVG and PNG", async () => {
  const figure = lossCurves(metrics) as unknown as Record<symbol, () => Promise<Record<string, string>>>;
  const shown = await figure[Symbol.for("Jupyter.display")]();
  assertEquals(Object.keys(shown), ["image/svg+xml", "image/png"]);
  await assertStandalone(shown["image/svg+xml"]);
  assertEquals(decode(Uint8Array.fromBase64(shown["image/png"])).width, 2 * pageWidth);
});

Deno.test("runs of one name share a look and a legend entry", () => {
  const runs = ["eer", "ce", "eer"].map((name, seed) => ({
    name,
    metrics: syntheticMetrics({ seed, steps: 300, every: 100, pace: 180, ceiling }),
  }));
  const svg = parsed(figureToSvg(trainingCurves(runs)));
  assertEquals([...svg.querySelectorAll("text")].filter((text) => text.textContent === "eer").length, 1);
  const strokes = [...svg.querySelectorAll(`[aria-label="line"] [stroke], [aria-label="line"][stroke]`)]
    .map((line) => line.getAttribute("stroke"));
  assertEquals(new Set(strokes).size, 2);
});

Deno.test("series differ in more than colour", () => {
  const styles = Array.from({ length: 6 }, (_, index) => seriesStyle(index));
  assertEquals(new Set(styles.map(({ color }) => color)).size, 6);
  assertEquals(new Set(styles.map(({ symbol }) => symbol)).size, 6);
});
