import { createHash } from "node:crypto";
import { exactHessian, MOST_EXACT_PARAMETERS } from "../analysis/hessian/exact.ts";
import { gradientOf } from "../analysis/hessian/gradient.ts";
import { lanczosSpectrum } from "../analysis/hessian/lanczos.ts";
import { coordinates, spectrumOf, summarizeSpectrum } from "../analysis/hessian/spectrum.ts";
import type { Engine } from "../engines/engine.ts";
import { engineProblem } from "../engines/engine.ts";
import { createEngine } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import type { Configuration } from "../models/config.ts";
import { euclideanNorm } from "../vectors.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import { taskOf } from "../tasks/select.ts";
import type { Batch } from "../tasks/task.ts";
import { type Arguments, type Command, engineChoice, engineOptions } from "./command.ts";
import { hessiansOverTraining } from "./hessian_over_training.ts";
import { interruption } from "./interruption.ts";
import { lossBatch, lossOptions, weightsPath } from "./weights_and_batch.ts";
import { progress } from "./progress.ts";
import { readWeights } from "./weights.ts";

export const hessian: Command = {
  name: "hessian",
  summary: "Computes the objective's Hessian: its spectrum, trace, entropy and how far they can be trusted.",
  usage: "DIR [--lanczos] [--vectors K] [--trajectory] [--out F.json]",
  options: {
    out: { value: "F.json", about: "write the result here, too" },
    vectors: { value: "K", about: "give the eigenvectors of the K largest eigenvalues, largest first" },
    ...lossOptions,
    sequences: { value: "N", about: "use the first N sequences of the batch only" },
    lanczos: {
      about: `estimate the spectrum from products with the Hessian, as models of more than ` +
        `${MOST_EXACT_PARAMETERS} parameters need`,
    },
    iterations: { value: "N", about: "of Lanczos's method from each random direction (80 unless given)" },
    probes: { value: "N", about: "random directions (8 unless given)" },
    seed: { value: "N", about: "of the random directions (0 unless given)" },
    trajectory: {
      about:
        "Hessians along a run trained with --trajectory (of another, at its end alone), for --out, which grows and is gone on with",
    },
    at: {
      value: "STEP,…",
      about: "of --trajectory: these steps only (0 and every fifth snapshot unless given)",
    },
    walk: { value: "N", about: "of --trajectory: train on for N single steps from the end and follow them" },
    ...engineOptions,
  },
  async run(args) {
    const { configuration, parameters, batch } = await inputs(args);
    const task = taskOf(configuration.task);
    const out = args.text("out");
    checkOptions(args);
    const engine = await createEngine(engineProblem(task, configuration), engineChoice(args));
    using interrupted = interruption();
    const { signal } = interrupted;
    try {
      if (args.has("trajectory")) {
        const [directory] = args.positionals;
        return await hessiansOverTraining(args, { directory, configuration, engine, batch, signal });
      }
      const result = args.has("lanczos")
        ? await estimated(args, { engine, batch, parameters, signal })
        : await exact(args, { engine, batch, parameters, signal });
      const answer = { ...result, ...about(configuration, engine, batch) };
      if (out !== undefined) await writeFileAtomically(out, JSON.stringify(answer) + "\n");
      console.log(args.has("json") ? JSON.stringify(answer) : asText(result));
    } catch (error) {
      if (!signal.aborted || error !== signal.reason) throw error;
      console.error("Stopped; nothing was written.");
      return 130;
    } finally {
      await engine.dispose();
    }
  },
};

interface Work {
  readonly engine: Engine;
  readonly batch: Batch;
  readonly parameters: Float32Array;
  readonly signal: AbortSignal;
}

async function exact(args: Arguments, { engine, batch, parameters, signal }: Work) {
  const bar = progress("hessian", parameters.length);
  let found;
  try {
    found = await exactHessian(gradientOf(engine, batch), parameters, {
      signal,
      onColumn: (done) => bar.update(done, "columns"),
    });
  } finally {
    bar.stop();
  }
  const spectrum = spectrumOf(found);
  const { eigenvalues, vectors } = spectrum;
  const { terms, gradient } = await engine.lossAndGradient(parameters, batch);
  const kept = Math.min(args.integer("vectors", 1) ?? 0, found.size);
  const { symmetryError, eigenvalueError, step } = found;
  return {
    method: "exact" as const,
    total: terms.total,
    gradientNorm: euclideanNorm(gradient),
    ...summarizeSpectrum(spectrum),
    symmetryError,
    eigenvalueError,
    step,
    eigenvalues: [...eigenvalues],
    gradient: [...coordinates(spectrum, gradient)],
    ...kept === 0 ? {} : {
      vectors: Array.from({ length: kept }, (_, k) => {
        const row = found.size - 1 - k;
        return [...vectors.subarray(row * found.size, (row + 1) * found.size)];
      }),
    },
  };
}

async function estimated(args: Arguments, { engine, batch, parameters, signal }: Work) {
  const { iterations = 80, probes = 8, seed = 0 } = {
    iterations: args.integer("iterations", 1),
    probes: args.integer("probes", 1),
    seed: args.integer("seed", 0),
  };
  const bar = progress("hessian", probes * Math.min(iterations, parameters.length));
  let found;
  try {
    found = await lanczosSpectrum(gradientOf(engine, batch), parameters, {
      iterations,
      probes,
      seed,
      signal,
      onProduct: (done) => bar.update(done, "products"),
    });
  } finally {
    bar.stop();
  }
  const { eigenvalues: nodes, weights, converged, trace, traceError } = found;
  const { terms } = await engine.lossAndGradient(parameters, batch);
  return {
    method: "lanczos" as const,
    total: terms.total,
    ...summarizeSpectrum({ eigenvalues: nodes, weights }),
    trace,
    traceError,
    iterations,
    probes,
    seed,
    eigenvalues: converged,
    density: { nodes: [...nodes], weights: [...weights] },
  };
}

/** The weights, their configuration and the batch that the arguments name. */
async function inputs(
  args: Arguments,
): Promise<{ configuration: Configuration; parameters: Float32Array; batch: Batch }> {
  const path = weightsPath(args, { what: "a Hessian", name: "hessian" });
  const { configuration, parameters } = await readWeights(path, args);
  const whole = await lossBatch(args, configuration);
  const count = args.integer("sequences", 1) ?? whole.count;
  if (count > whole.count) {
    throw new UserError(`Cannot use --sequences ${count} as the batch has ${whole.count}`);
  }
  const places = count * whole.length;
  return {
    configuration,
    parameters,
    batch: {
      count,
      length: whole.length,
      tokens: whole.tokens.slice(0, places),
      targets: whole.targets.slice(0, places),
    },
  };
}

/** @throws {UserError} for options that do not go together */
function checkOptions(args: Arguments): void {
  const refuse = (reason: string) => new UserError(`Cannot compute a Hessian: ${reason}`);
  const given = (name: string) => args.has(name) || args.text(name) !== undefined;
  for (const name of ["iterations", "probes", "seed"]) {
    if (given(name) && !given("lanczos")) throw refuse(`--${name} is for --lanczos`);
  }
  for (const name of ["at", "walk"]) {
    if (given(name) && !given("trajectory")) throw refuse(`--${name} is for --trajectory`);
  }
  if (given("lanczos") && given("vectors")) throw refuse("--vectors needs the exact Hessian, not --lanczos");
  if (!given("trajectory")) return;
  if (given("lanczos") || given("vectors")) {
    throw refuse(
      "--trajectory computes exact Hessians and keeps no eigenvectors: leave --lanczos and --vectors out",
    );
  }
  if (args.positionals.length === 0 || !given("out")) {
    throw refuse("--trajectory needs a run folder and --out F.json");
  }
}

function about(configuration: Configuration, engine: Engine, { count, length, tokens }: Batch) {
  const checksum = createHash("sha256").update(new Uint8Array(tokens.slice().buffer)).digest("hex");
  return {
    batch: { sequences: count, length, checksum },
    engine: { name: engine.name, backend: engine.backend },
    configuration,
  };
}

function asText(result: object): string {
  const lines = Object.entries(result).flatMap(([name, value]) =>
    typeof value === "object"
      ? []
      : [`${name.padEnd(16)}${typeof value === "number" ? Number(value.toPrecision(6)) : value}`]
  );
  return [...lines, "All eigenvalues: --json, or --out F.json"].join("\n");
}
