import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseHTML } from "linkedom";
import { gridPlaces } from "../lib/analysis/landscape/grid.ts";
import { parseDescription } from "../lib/analysis/landscape/description.ts";
import type { StoredLandscape } from "../lib/analysis/landscape/stored.ts";
import { surfaceOf } from "../lib/analysis/landscape/surface.ts";
import { UserError } from "../lib/errors.ts";
import type { Figure } from "../lib/figures/layout.ts";
import { lossContours } from "../lib/figures/loss_contour.ts";
import { lossScale } from "../lib/figures/loss_scale.ts";
import { lossSurfaces } from "../lib/figures/loss_surface.ts";
import { figureToPdf, figureToPng } from "../lib/figures/save.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { drawLandscapes, type LandscapeFigureOptions } from "../lib/report/landscape_figures.ts";
import { configuration, type PartialConfiguration } from "../lib/models/config.ts";
import { eer } from "./eer.ts";
import { tempDir } from "./temp_dir.ts";

const size = { grid: 9, range: 0.5 };
const bowl = surfaceOf(size, (x, y) => 0.05 + x * x + 2 * y * y);
const off = { lambdaPotential: 0, lambdaKinetic: 0, lambdaEntropy: 0 };

/** Made up: a bowl that the regularisers lift. */
function landscapeOf(
  { objective = {}, directions = 0, path = false }: {
    objective?: PartialConfiguration["objective"];
    directions?: number;
    path?: boolean;
  } = {},
): StoredLandscape {
  const settings = configuration({ objective });
  const { lambdaPotential, lambdaKinetic, lambdaEntropy } = settings.objective;
  const rows = gridPlaces(size).map(({ alpha, beta }, i) => {
    const [task, potential, kinetic, entropy] = [bowl.values[i], 1 + alpha ** 2, 4, 1];
    const total = task + lambdaPotential * potential + lambdaKinetic * kinetic + lambdaEntropy * entropy;
    return { alpha, beta, total, task, potential, kinetic, entropy };
  });
  const point = { name: "run", distance: 0.1, total: 1, task: 1, potential: 1, kinetic: 1, entropy: 1 };
  const description = parseDescription({
    ...size,
    plane: path
      ? { kind: "pca", explained: [0.8, 0.15] }
      : { kind: "random", normalize: "filter", seed: directions },
    norms: { alpha: 1, beta: 1 },
    cosine: 0,
    digits: null,
    batch: { source: "held-out", sequences: 1, length: 1, checksum: "" },
    parameters: "",
    engine: { name: "fused", backend: "wasm-simd" },
    configuration: settings,
    points: [0, 500, 1000].map((step, i) => ({ ...point, step, alpha: -0.4 + 0.2 * i, beta: 0.1 * i })),
  }, "made up");
  return { ...description, rows };
}

const both = [landscapeOf(), landscapeOf({ objective: off })];

const figures: Record<string, () => Figure> = {
  lossSurfaces: () => lossSurfaces([{ title: "a", surface: bowl }, { title: "b", surface: bowl }]),
  lossContours: () =>
    lossContours([{ title: "a", surface: bowl, points: landscapeOf({ path: true }).points }]),
  surface: () => drawLandscapes(both),
  contour: () => drawLandscapes([landscapeOf({ path: true })], { kind: "contour" }),
  sheet: () =>
    drawLandscapes(
      [...both, landscapeOf({ directions: 1 }), landscapeOf({ objective: off, directions: 1 })],
      {
        kind: "sheet",
        objectives: ["own", "cross-entropy"],
      },
    ),
  linear: () => drawLandscapes(both, { scale: "linear" }),
};

const parsed = (svg: string) =>
  parseHTML(`<html><body>${svg.replace(/<style>.*?<\/style>/s, "")}</body></html>`).document.querySelector(
    "svg",
  )!;
const texts = (figure: Figure) =>
  [...parsed(figureToSvg(figure)).querySelectorAll("text")].map(({ textContent }) => textContent);

for (const [name, figure] of Object.entries(figures)) {
  Deno.test(`${name}: stands alone, the same bytes each time, as SVG, PNG and PDF`, async () => {
    const svg = figureToSvg(figure());
    for (const bad of ["NaN", "Infinity", "undefined", "currentColor", "<script"]) {
      assert(!svg.includes(bad), bad);
    }
    assertEquals(figureToSvg(figure()), svg);
    const [width, height] = [/ width="([\d.]+)"/, / height="([\d.]+)"/].map((each) =>
      Number(svg.match(each)![1])
    );
    assert(width <= 672.5 && height > 100, `${width} × ${height}`);
    assertEquals((await figureToPng(svg, { scale: 0.5 })).slice(1, 4), new TextEncoder().encode("PNG"));
    assertMatch(new TextDecoder().decode((await figureToPdf(svg)).slice(0, 5)), /^%PDF-/);
  });
}

Deno.test("surfaces: a cell for each square of the grid, those nearer to the eye painted later", () => {
  // A single surface whose far corner alone is high must not be hidden by the near one.
  const surface = surfaceOf({ grid: 5, range: 1 }, (x, y) => 1 + (x + y > 1 ? 3 : 0));
  const svg = parsed(figureToSvg(lossSurfaces([{ title: "steps", surface }])));
  const polygons = [...svg.querySelectorAll("polygon")];
  assertEquals(polygons.length, 16);
  const lowest = polygons.map((polygon) =>
    Math.max(...polygon.getAttribute("points")!.split(" ").map((point) => Number(point.split(",")[1])))
  );
  // On the flat part a cell nearer to the eye is lower on the page.
  assertLess(lowest[0], lowest.at(-1)!);
  assertEquals(lowest.at(-1), Math.max(...lowest));
});

Deno.test("surfaces share one scale: equal losses have equal colours and heights", () => {
  const step = (left: number, right: number) => surfaceOf({ grid: 5, range: 1 }, (x) => x < 0 ? left : right);
  const [low, high] = [step(0.1, 1), step(1, 100)];
  const views = [{ title: "a", surface: low }, { title: "b", surface: high }];
  const polygons = [...parsed(figureToSvg(lossSurfaces(views))).querySelectorAll("polygon")];
  const fills = polygons.map((each) => each.getAttribute("fill"));
  const [ours, theirs] = [new Set(fills.slice(0, 16)), new Set(fills.slice(16))];
  // Of the four flat halves those at 1 are alike.
  assertEquals(ours.intersection(theirs).size, 1);
  const scale = lossScale([low, high]);
  assertEquals(scale.ticks.map(({ label }) => label), ["0.1", "1", "10", "100"]);
  assertEquals(scale.domain.map((each) => Math.round(each)), [-1, 2]);
  assertEquals(lossScale([step(0.1, 7)], "linear").ticks.map(({ label }) => label), ["0", "2", "4", "6"]);
  assertThrows(() => lossScale([surfaceOf(size, (x) => x)]), RangeError);
  lossScale([surfaceOf(size, (x) => x)], "linear");
});

Deno.test("each network in its own objective and in cross-entropy, and none twice", () => {
  const titles = (options: LandscapeFigureOptions) =>
    texts(drawLandscapes(both, options)).filter((text) => text?.includes("weights"));
  assertEquals(titles({}), [
    "(a) EER weights (seed 0), EER objective",
    "(b) CE weights (seed 0), cross-entropy",
  ]);
  assertEquals(titles({ objectives: ["own", "cross-entropy", "eer"] }), [
    "(a) EER weights (seed 0), EER objective",
    "(b) CE weights (seed 0), cross-entropy",
    "(c) EER weights (seed 0), cross-entropy",
    "(d) CE weights (seed 0), EER objective",
  ]);
  const shown = texts(figures.sheet());
  for (const text of ["directions 0", "directions 1", "EER weights (seed 0), cross-entropy"]) {
    assert(shown.includes(text), text);
  }
  assertThrows(() => drawLandscapes([landscapeOf({ path: true })], { kind: "sheet" }), UserError, "random");
  assertStringIncludes(texts(figures.contour()).join(), "80 % of the variance");
});

Deno.test("draw: files by their ending, mistakes in one sentence", async () => {
  await using temp = await tempDir();
  const stored = new URL("../data/landscape/", import.meta.url).pathname;
  const given = [`${stored}eer-seed-0.csv`, `${stored}ce-seed-0.csv`];
  const drawn = await eer("draw", ...given, "--kind", "contour", "--out", `${temp.path}/new/f.pdf`, "--json");
  assertEquals(drawn.code, 0, drawn.stderr);
  assertEquals(JSON.parse(drawn.stdout), { figures: [`${temp.path}/new/f.pdf`] });
  assertEquals([...Deno.readDirSync(`${temp.path}/new`)].map(({ name }) => name), ["f.pdf"]);
  for (
    const [args, reason] of [
      [[], "give landscapes"],
      [given, "--out"],
      [[...given, "--out", `${temp.path}/f.gif`], "gif"],
      [[...given, "--out", `${temp.path}/f.pdf`, "--kind", "map"], "surface, contour, sheet"],
      [[...given, "--out", `${temp.path}/f.pdf`, "--objective", "mine"], "own, cross-entropy, eer"],
      [[...given, "--out", `${temp.path}/f.pdf`, "--scale", "cubic"], "log, linear"],
      [[`${temp.path}/none.csv`, "--out", `${temp.path}/f.pdf`], "none.json"],
      [[temp.path, "--out", `${temp.path}/f.pdf`], "holds no landscape"],
    ] as [string[], string][]
  ) {
    const { code, stdout, stderr } = await eer("draw", ...args);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
    assertStringIncludes(stderr, reason);
  }
});
