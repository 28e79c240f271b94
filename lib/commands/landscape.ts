import { basename } from "node:path";
import type { Landmark, PlaneOrigin } from "../analysis/landscape/description.ts";
import { describe } from "../analysis/landscape/description.ts";
import { planeThrough, principalPlane } from "../analysis/landscape/fitted_plane.ts";
import { funnelMeasures } from "../analysis/landscape/funnel.ts";
import type { Plane } from "../analysis/landscape/plane.ts";
import { normalizations, randomPlane } from "../analysis/landscape/random_plane.ts";
import {
  descriptionPath,
  readLandscape,
  type StoredLandscape,
  storeLandscape,
} from "../analysis/landscape/stored.ts";
import { objectiveSurface } from "../analysis/landscape/surface.ts";
import { engineProblem } from "../engines/engine.ts";
import { createEngine } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import type { Configuration } from "../models/config.ts";
import { modelSpecification } from "../models/specification.ts";
import { taskOf } from "../tasks/select.ts";
import { readTrajectory } from "../training/trajectory.ts";
import { type Arguments, type Command, engineChoice, engineOptions, oneOf, positive } from "./command.ts";
import { interruption } from "./interruption.ts";
import { lossBatch, lossOptions, weightsPath } from "./weights_and_batch.ts";
import { progress } from "./progress.ts";
import { readWeights } from "./weights.ts";

const planes = ["random", "pca", "solutions"] as const;

export const landscape: Command = {
  name: "landscape",
  summary:
    "Computes the objective on a grid of a plane through parameter space; goes on where it was stopped.",
  usage: "DIR --out F.csv [--grid 51] [--range 1] [--normalize filter] [--seed N]",
  options: {
    out: {
      value: "F.csv",
      about:
        "alpha, beta, total and the terms before their weights (entropy is |mean S_q - eta|, as in loss); " +
        "F.json beside it tells what decided them",
    },
    grid: { value: "N", about: "places a side (51 unless given)" },
    range: { value: "R", about: "alpha and beta go from -R to R (1 unless given)" },
    plane: {
      value: "NAME",
      about:
        "random: two random directions around the weights (unless given); pca: the principal plane of the " +
        "training path, of a run trained with --trajectory; solutions: through DIR and two others. The latter two " +
        "fit into [-1, 1]",
    },
    normalize: {
      value: "NAME",
      about: `of random directions: ${normalizations.join(", ")} (filter unless given)`,
    },
    seed: { value: "N", about: "of the random directions (0 unless given)" },
    with: {
      value: "DIR",
      multiple: true,
      about: "another run: pca lays one plane through all paths, solutions needs two others",
    },
    ...lossOptions,
    digits: { value: "N", about: "significant digits in F.csv (all unless given)" },
    ...engineOptions,
  },
  async run(args) {
    const path = args.text("out");
    if (!path) {
      throw new UserError("Cannot compute a landscape without --out F.csv, the file for its numbers");
    }
    const grid = args.integer("grid", 2) ?? 51;
    const range = positive("range", args.text("range") ?? "1");
    const digits = args.integer("digits", 1);
    if (digits !== undefined && digits > 17) {
      throw new UserError(`Cannot use --digits ${digits}: it must be at most 17`);
    }
    const kind = oneOf("plane", args.text("plane") ?? "random", planes);
    for (const option of ["normalize", "seed"]) {
      if (kind !== "random" && args.text(option) !== undefined) {
        throw new UserError(`Cannot use --${option} with --plane ${kind}: its directions are not random`);
      }
    }
    const { configuration, parameters, name } = await weightsOf(args);
    const { plane, origin, landmarks } = await planeOf(kind, args, { configuration, parameters, name });

    const task = taskOf(configuration.task);
    const batch = await lossBatch(args, configuration);
    const source = args.text("tokens") === undefined ? "held-out" as const : "tokens" as const;
    const engine = await createEngine(engineProblem(task, configuration), engineChoice(args));
    const recipe = describe(plane, {
      grid,
      range,
      origin,
      digits,
      engine,
      batch,
      source,
      configuration,
    });
    using interrupted = interruption();
    const bar = progress("landscape", grid ** 2);
    let finished;
    try {
      finished = await storeLandscape(path, {
        plane,
        recipe,
        landmarks,
        engine,
        batch,
        signal: interrupted.signal,
        onProgress: (done, latest) => bar.update(done, latest ? `loss ${latest.total.toFixed(3)}` : ""),
      });
    } finally {
      bar.stop();
      await engine.dispose();
    }
    if (!finished) {
      console.error("Stopped; the same command goes on from here.");
      return 130;
    }
    const result = summary(await readLandscape(path), path);
    console.log(args.has("json") ? JSON.stringify(result) : asText(result));
  },
};

interface Weights {
  readonly configuration: Configuration;
  readonly parameters: Float32Array;
  /** What the landscape calls them. */
  readonly name: string;
}

async function weightsOf(args: Arguments): Promise<Weights> {
  const path = weightsPath(args, { what: "a landscape", name: "landscape" });
  return { ...await readWeights(path, args), name: basename(path) };
}

/** The plane, how it was found, and the known parameters in it. */
async function planeOf(
  kind: typeof planes[number],
  args: Arguments,
  { configuration, parameters, name }: Weights,
): Promise<{ plane: Plane; origin: PlaneOrigin; landmarks: Landmark[] }> {
  const others = args.texts("with");
  const specification = specificationOf(configuration);
  const first = { name, parameters };
  if (kind === "random") {
    if (others.length > 0) {
      throw new UserError("Cannot use --with in a random plane: give --plane pca or solutions");
    }
    const normalize = oneOf("normalize", args.text("normalize") ?? "filter", normalizations);
    const seed = args.integer("seed", 0) ?? 0;
    const plane = randomPlane(specification, parameters, { seed, normalize });
    return { plane, origin: { kind, normalize, seed }, landmarks: [first] };
  }
  const read = await Promise.all(others.map(async (path) => {
    const other = { path, name: basename(path), ...await readWeights(path, args) };
    if (JSON.stringify(specificationOf(other.configuration)) !== JSON.stringify(specification)) {
      throw new UserError(
        `Cannot lay a plane through ${name} and ${path} as their parameters differ in shape`,
      );
    }
    return other;
  }));
  if (kind === "solutions") {
    if (read.length !== 2) {
      throw new UserError(
        "Cannot lay a plane through three solutions: name two others, --with DIR --with DIR",
      );
    }
    const landmarks = [first, ...read.map(({ name, parameters }) => ({ name, parameters }))];
    return {
      plane: planeThrough(landmarks.map(({ parameters }) => parameters)),
      origin: { kind },
      landmarks,
    };
  }
  const [directory] = args.positionals;
  if (directory === undefined) {
    throw new UserError("Cannot lay a plane through a training path without its run folder: give DIR");
  }
  const runs = [{ path: directory, name, configuration }, ...read];
  const paths = await Promise.all(runs.map(async ({ path, name, configuration }) => {
    const { steps, parameters } = await readTrajectory(path, configuration);
    return steps.map((step, k) => ({ name, step, parameters: parameters[k] }));
  }));
  const { explained, ...plane } = principalPlane(paths.flat().map(({ parameters }) => parameters));
  return { plane, origin: { kind, explained: [...explained] }, landmarks: paths.flat() };
}

const specificationOf = ({ task, model }: Configuration) => modelSpecification({ ...taskOf(task), model });

/** What the command answers with. */
function summary({ rows, ...description }: StoredLandscape, path: string) {
  const { configuration, plane } = description;
  const totals = rows.map(({ total }) => total).filter(Number.isFinite);
  const surface = objectiveSurface({ ...description, rows }, configuration.objective);
  return {
    landscape: path,
    description: descriptionPath(path),
    least: totals.reduce((a, b) => Math.min(a, b), Infinity),
    most: totals.reduce((a, b) => Math.max(a, b), -Infinity),
    norms: description.norms,
    points: description.points,
    // A plane around a solution has a centre to be a funnel of.
    funnel: plane.kind === "random" ? funnelMeasures(surface) : undefined,
  };
}

function asText({ landscape, description, least, most, norms, funnel }: ReturnType<typeof summary>): string {
  const numbers = { least, most, "norm of alpha": norms.alpha, "norm of beta": norms.beta, ...funnel };
  return [
    ...Object.entries(numbers).map(([name, value]) => `${name.padEnd(18)}${Number(value.toPrecision(6))}`),
    `Numbers: ${landscape}, told in ${description}`,
  ].join("\n");
}
