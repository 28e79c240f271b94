import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { describe } from "../lib/analysis/landscape/description.ts";
import { planeThrough, principalPlane } from "../lib/analysis/landscape/fitted_plane.ts";
import { gridAxis, gridPlaces, lossOnGrid } from "../lib/analysis/landscape/grid.ts";
import { parametersAt, type Plane, projectOnto } from "../lib/analysis/landscape/plane.ts";
import { type Normalization, normalizations, randomPlane } from "../lib/analysis/landscape/random_plane.ts";
import { partialPath, readLandscape, storeLandscape } from "../lib/analysis/landscape/stored.ts";
import { crossEntropyAlone, objectiveSurface } from "../lib/analysis/landscape/surface.ts";
import { type Engine, engineProblem } from "../lib/engines/engine.ts";
import { UserError } from "../lib/errors.ts";
import { configuration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { modelSpecification } from "../lib/models/specification.ts";
import { randomStream } from "../lib/random.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { heldOutBatch } from "../lib/training/train.ts";
import { normalParameters } from "./arbitraries.ts";
import { objective } from "./reference/forward.ts";
import { smallConfiguration, smallEngine } from "./small_run.ts";
import { tempDir } from "./temp_dir.ts";

const small = smallConfiguration();
const task = taskOf(small.task);
const problem = engineProblem(task, small);
const specification = modelSpecification(problem);
const parameters = initialParameters(problem, 5);
const batch = heldOutBatch(task, small.training);

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
const length = (a: ArrayLike<number>) => Math.sqrt(dot(a, a));
const isClose = (actual: number, expected: number, tolerance = 1e-6) =>
  assertAlmostEquals(actual, expected, tolerance * Math.max(1, Math.abs(expected)));

/** A matrix of a flat direction, and the lengths of its filters, written out once more. */
function filterLengths(flat: Float32Array, name: string): number[] {
  const { shape: [rows, columns], offset } = specification.entries.find((each) => each.name === name)!;
  const at = (row: number, column: number) => flat[offset + row * columns + column];
  return name === "embedding"
    ? Array.from(
      { length: rows },
      (_, r) => Math.hypot(...Array.from({ length: columns }, (_, c) => at(r, c))),
    )
    : Array.from(
      { length: columns },
      (_, c) => Math.hypot(...Array.from({ length: rows }, (_, r) => at(r, c))),
    );
}

Deno.test("random directions: lengths as the normalisation asks, orthogonal, biases and gains at rest", () => {
  const { entries } = specification;
  const matrices = entries.filter(({ shape }) => shape.length === 2);
  const part = (flat: Float32Array, name: string) => {
    const { offset, size } = entries.find((each) => each.name === name)!;
    return flat.subarray(offset, offset + size);
  };
  for (const normalize of normalizations) {
    const { origin, alpha, beta } = randomPlane(specification, parameters, { seed: 3, normalize });
    assertEquals(origin, parameters);
    assertLess(Math.abs(dot(alpha, beta)) / (length(alpha) * length(beta)), 1e-6);
    for (const direction of [alpha, beta]) {
      for (const { name, shape } of entries) {
        if (shape.length === 1) assert(part(direction, name).every((value) => value === 0), name);
      }
      for (const { name } of matrices) {
        if (normalize === "filter") {
          filterLengths(direction, name).forEach((each, i) =>
            isClose(each, filterLengths(parameters, name)[i])
          );
        }
        if (normalize === "layer") isClose(length(part(direction, name)), length(part(parameters, name)));
      }
    }
  }
  // Raw draws are standard normal: 164 of them here.
  const raw = randomPlane(specification, parameters, { seed: 3, normalize: "none" }).alpha;
  const count = matrices.reduce((sum, { size }) => sum + size, 0);
  assertLess(Math.abs(length(raw) ** 2 / count - 1), 5 * Math.sqrt(2 / count));
});

Deno.test("random directions: the seed decides, and the draw is the same for other weights", () => {
  const along = (seed: number, normalize: Normalization = "filter", at = parameters) =>
    randomPlane(specification, at, { seed, normalize });
  assertEquals(along(1), along(1));
  assertNotEquals(along(1).alpha, along(2).alpha);
  assertNotEquals(along(1).alpha, along(1).beta);
  // Twice the weights: the same direction, twice as long.
  const doubled = along(1, "filter", parameters.map((value) => 2 * value));
  doubled.alpha.forEach((value, i) => isClose(value, 2 * along(1).alpha[i]));
});

Deno.test("random directions: a filter of one number is refused in one sentence", () => {
  const narrow = modelSpecification({
    ...problem,
    model: configuration({ model: { width: 4, mlpWidth: 1 } }).model,
  });
  const flat = new Float32Array(narrow.size).fill(1);
  const error = assertThrows(() => randomPlane(narrow, flat, { seed: 0 }), UserError) as UserError;
  assertStringIncludes(error.message, "mlp.out.weight has a single number");
  randomPlane(narrow, flat, { seed: 0, normalize: "layer" });
});

Deno.test("a place found again: projecting what lies in a plane gives its coordinates, and the distance what does not", () => {
  const vector = fc.float32Array({ minLength: 6, maxLength: 6, min: -2, max: 2, noNaN: true });
  const coordinate = fc.double({ min: -2, max: 2, noNaN: true });
  fc.assert(fc.property(vector, vector, vector, coordinate, coordinate, (origin, alpha, beta, x, y) => {
    const plane = { origin, alpha, beta };
    const sine2 = 1 - dot(alpha, beta) ** 2 / (dot(alpha, alpha) * dot(beta, beta));
    fc.pre(length(alpha) > 0.1 && length(beta) > 0.1 && sine2 > 0.1);
    const found = projectOnto(plane, parametersAt(plane, { alpha: x, beta: y }));
    isClose(found.alpha, x, 1e-4);
    isClose(found.beta, y, 1e-4);
    assertLess(found.distance, 1e-5);
  }));
  const plane: Plane = {
    origin: Float32Array.of(1, 1, 1),
    alpha: Float32Array.of(2, 0, 0),
    beta: Float32Array.of(1, 1, 0),
  };
  assertEquals(projectOnto(plane, Float32Array.of(6, 3, 4)), { alpha: 1.5, beta: 2, distance: 3 });
});

Deno.test("the principal plane of a path that lies in a plane is that plane, whichever way it is told", () => {
  const stream = randomStream(1, "path");
  const draw = () => Array.from({ length: 40 }, () => stream.normal());
  const [centre, u, v] = [draw(), draw(), draw()];
  const path = Array.from({ length: 12 }, (_, t) => {
    const [x, y] = [4 * Math.cos(t / 3), Math.sin(t / 3)];
    return Float32Array.from(centre, (value, i) => value + x * u[i] + y * v[i]);
  });
  const { explained, ...plane } = principalPlane(path);
  isClose(explained[0] + explained[1], 1);
  assertLess(explained[1], explained[0]);
  isClose(length(plane.alpha), length(plane.beta));
  assertLess(Math.abs(dot(plane.alpha, plane.beta)) / dot(plane.alpha, plane.alpha), 1e-6);
  const places = path.map((each) => projectOnto(plane, each));
  for (const { alpha, beta, distance } of places) {
    assertLess(distance, 1e-4);
    assertLess(Math.max(Math.abs(alpha), Math.abs(beta)), 0.8 + 1e-5);
  }
  isClose(Math.max(...places.map(({ alpha }) => alpha)), 0.8, 1e-4);
  const backwards = principalPlane(path.toReversed());
  backwards.alpha.forEach((value, i) => isClose(value, plane.alpha[i], 1e-4));
});

Deno.test("the principal directions are those of greatest variance", () => {
  const stream = randomStream(2, "cloud");
  const cloud = Array.from(
    { length: 30 },
    () => Float32Array.from([5, 2, 0.5, 0.5, 0.5], (scale) => scale * stream.normal()),
  );
  const { alpha, beta, explained } = principalPlane(cloud);
  const variance = (direction: Float32Array) => {
    const shadows = cloud.map((each) => dot(each, direction) / length(direction));
    const mean = shadows.reduce((a, b) => a + b) / shadows.length;
    return shadows.reduce((sum, each) => sum + (each - mean) ** 2, 0);
  };
  const axes = [0, 1, 2, 3, 4].map((i) => Float32Array.from([0, 1, 2, 3, 4], (j) => i === j ? 1 : 0));
  const total = axes.reduce((sum, axis) => sum + variance(axis), 0);
  isClose(variance(alpha) / total, explained[0], 1e-5);
  isClose(variance(beta) / total, explained[1], 1e-5);
  for (const axis of axes) assertLess(variance(axis), variance(alpha) * (1 + 1e-6));
});

Deno.test("three solutions lie in their plane, undistorted; three on a line, or equal, are refused", () => {
  const three = [0, 1, 2].map((seed) => normalParameters(problem, seed));
  const plane = planeThrough(three);
  const places = three.map((each) => projectOnto(plane, each));
  places.forEach(({ distance }) => assertLess(distance, 1e-4));
  for (const [i, j] of [[0, 1], [0, 2], [1, 2]]) {
    const apart = length(three[i].map((value, k) => value - three[j][k]));
    const seen = Math.hypot(places[i].alpha - places[j].alpha, places[i].beta - places[j].beta);
    isClose(seen * length(plane.alpha), apart, 1e-5);
  }
  const [first, second] = three;
  const between = first.map((value, i) => (value + second[i]) / 2);
  assertThrows(() => planeThrough([first, second, between]), UserError, "on one line");
  assertThrows(() => planeThrough([first, first, second]), UserError);
  assertThrows(() => principalPlane([first, second]), UserError);
});

Deno.test("a slice through known points: every value is the objective at those parameters", async () => {
  await using engine = await engineOf();
  const plane = randomPlane(specification, parameters, { seed: 1 });
  const size = { grid: 3, range: 0.5 };
  assertEquals(gridAxis(size), [-0.5, 0, 0.5]);
  const places = gridPlaces(size);
  assertEquals(places.slice(0, 4).map(({ alpha, beta }) => [alpha, beta]), [
    [-0.5, -0.5],
    [0, -0.5],
    [0.5, -0.5],
    [-0.5, 0],
  ]);
  const rows = await Array.fromAsync(lossOnGrid(plane, { engine: engine.engine, batch, places }));
  for (const { alpha, beta, ...terms } of rows) {
    const there = Float64Array.from(
      parameters,
      (value, i) => value + alpha * plane.alpha[i] + beta * plane.beta[i],
    );
    const expected = objective(problem, Float32Array.from(there), batch);
    for (const [name, value] of Object.entries(terms)) {
      isClose(value, expected[name as keyof typeof expected], 1e-5);
    }
  }
  // The same numbers, seen in the run's own objective and in cross-entropy alone.
  const seen = objectiveSurface({ ...size, rows }, small.objective).values;
  rows.forEach(({ total }, i) => isClose(seen[i], total, 1e-6));
  assertEquals(
    [...objectiveSurface({ ...size, rows }, crossEntropyAlone).values],
    rows.map(({ task }) => task),
  );
});

async function engineOf(): Promise<{ engine: Engine } & AsyncDisposable> {
  const engine = await smallEngine(small);
  return { engine, [Symbol.asyncDispose]: () => engine.dispose() };
}

/** What `storeLandscape` needs for a small landscape. */
function workOf(
  engine: Engine,
  { seed = 0, grid = 4, digits }: { seed?: number; grid?: number; digits?: number } = {},
) {
  const plane = randomPlane(specification, parameters, { seed });
  const origin = { kind: "random", normalize: "filter", seed } as const;
  const recipe = describe(plane, {
    grid,
    range: 1,
    origin,
    digits,
    engine,
    batch,
    source: "held-out",
    configuration: small,
  });
  return { plane, recipe, landmarks: [{ name: "weights", parameters }], engine, batch };
}

const files = async (path: string) =>
  await Promise.all([path, path.replace(".csv", ".json")].map((each) => Deno.readTextFile(each)));

Deno.test("a landscape interrupted anywhere and taken up gives the same bytes; a finished one is left alone", async () => {
  await using temp = await tempDir();
  await using owner = await engineOf();
  const whole = `${temp.path}/whole.csv`;
  assert(await storeLandscape(whole, workOf(owner.engine)));
  const expected = await files(whole);

  for (const after of [0, 1, 7, 15]) {
    const path = `${temp.path}/deep/er/stopped-${after}.csv`;
    const stop = new AbortController();
    if (after === 0) stop.abort();
    const onProgress = (done: number) => done === after ? stop.abort() : undefined;
    assertEquals(
      await storeLandscape(path, { ...workOf(owner.engine), signal: stop.signal, onProgress }),
      false,
    );
    // As kill -9 in the middle of a write leaves it.
    await Deno.writeTextFile(partialPath(path), "0.3333,0.12", { append: true });
    let first: number | undefined;
    assert(
      await storeLandscape(path, { ...workOf(owner.engine), onProgress: (done) => first ??= done }),
    );
    assertEquals(first, after);
    assertEquals(await files(path), expected);
    await assertRejects(() => Deno.stat(partialPath(path)), Deno.errors.NotFound);
  }
  const finished = workOf({
    ...owner.engine,
    lossAndGradient: () => Promise.reject(new Error("computed again")),
  });
  assert(await storeLandscape(whole, finished));
});

Deno.test("rows of a partial file that are not the next places are computed again", async () => {
  await using temp = await tempDir();
  await using owner = await engineOf();
  const path = `${temp.path}/a.csv`;
  await storeLandscape(path, workOf(owner.engine));
  const expected = await files(path);
  const { recipe } = workOf(owner.engine);
  const [, first, second, third] = expected[0].split("\n");
  for (
    const lines of [[third], [first, third], [first, second, "1,2,3"], [
      first,
      second.replace(/,[^,]*$/, ",x"),
    ]]
  ) {
    const other = `${temp.path}/b.csv`;
    await Deno.writeTextFile(partialPath(other), [JSON.stringify(recipe), ...lines, ""].join("\n"));
    await storeLandscape(other, workOf(owner.engine));
    assertEquals(await files(other), expected);
    await Deno.remove(other);
  }
});

Deno.test("the beginning of another landscape is not gone on with, nor one that is being written", async () => {
  await using temp = await tempDir();
  await using owner = await engineOf();
  const path = `${temp.path}/a.csv`;
  const stop = new AbortController();
  stop.abort();
  await storeLandscape(path, { ...workOf(owner.engine), signal: stop.signal });
  const before = await Deno.readTextFile(partialPath(path));
  await assertRejects(() => storeLandscape(path, workOf(owner.engine, { seed: 1 })), UserError, "other work");
  assertEquals(await Deno.readTextFile(partialPath(path)), before);

  using held = await Deno.open(partialPath(path), { read: true, write: true });
  held.lockSync(true);
  await assertRejects(() => storeLandscape(path, workOf(owner.engine)), UserError, "another process");
});

Deno.test("what was stored is read back; digits round the numbers; overflow survives", async () => {
  await using temp = await tempDir();
  await using owner = await engineOf();
  const path = `${temp.path}/a.csv`;
  const overflowing: Engine = {
    ...owner.engine,
    lossAndGradient: async (at, sequences) => {
      const result = await owner.engine.lossAndGradient(at, sequences);
      const terms = { ...result.terms, kinetic: Infinity, potential: NaN };
      return at === parameters ? result : { ...result, terms };
    },
  };
  await storeLandscape(path, workOf(overflowing, { digits: 3 }));
  const { rows, points, plane, norms, grid, range } = await readLandscape(path);
  const { recipe } = workOf(owner.engine);
  assertEquals([plane, norms, grid, range], [recipe.plane, recipe.norms, 4, 1]);
  const exact = gridPlaces({ grid: 4, range: 1 });
  rows.forEach(({ alpha, beta, potential, kinetic, task }, i) => {
    assertEquals([alpha, beta], [exact[i].alpha, exact[i].beta].map((each) => Number(each.toPrecision(3))));
    assertEquals([potential, kinetic], [NaN, Infinity]);
    assertEquals(task, Number(task.toPrecision(3)));
  });
  const [{ name, alpha, beta, distance, ...terms }] = points;
  assertEquals([name, alpha, beta, distance], ["weights", 0, 0, 0]);
  const { meanEntropy: _, ...expected } = (await owner.engine.lossAndGradient(parameters, batch)).terms;
  assertEquals(terms, expected);

  const text = await Deno.readTextFile(path);
  for (
    const [damaged, reason] of [
      [text.replace("alpha,beta", "a,b"), "first line"],
      [text.split("\n").slice(0, -2).join("\n"), "15 rows"],
      [text.replace(/\n[^\n]*\n$/, "\n1,2,3\n"), "line 17"],
      [text.replace(/\n[^\n]*\n$/, "\n1,2,3,4,5,6,seven\n"), "line 17"],
    ]
  ) {
    await Deno.writeTextFile(path, damaged);
    await assertRejects(() => readLandscape(path), UserError, reason);
  }
  await Deno.writeTextFile(path.replace(".csv", ".json"), JSON.stringify({ grid: "4" }));
  await assertRejects(() => readLandscape(path), UserError, "grid");
});
