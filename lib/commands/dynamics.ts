import { UserError } from "../errors.ts";
import { euclideanNorm } from "../vectors.ts";
import { attentionLandscape } from "../theory/hamiltonian/landscape.ts";
import { latentDynamics } from "../theory/hamiltonian/trajectory.ts";
import type { Command } from "./command.ts";
import { matrixOf, numberOf, readProblem, unusable, vectorOf, wholeNumberOf } from "./problem.ts";

const keys = ["X", "WQ", "WK", "WV", "tau", "mu", "alpha", "beta", "Z0", "V0", "steps"];

/** Of what is kept: more entries would not fit into one JSON text, more steps not into a modest memory. */
const most = { entries: 4_000_000, steps: 1_000_000 };

export const dynamics: Command = {
  name: "dynamics",
  summary: "Follows the latent dynamics of eq. 1 from a given start.",
  details: [
    `F.json holds an object with the keys ${keys.join(", ")}.`,
    "X holds the tokens x_i, one a row (n rows of d numbers); WQ, WK, WV are d × d and act on columns, W_Q Z;",
    "Z0 and V0 have d entries; beta is a number or a list of one number a step, beta[k] in the step to k + 1.",
    "--json prints positions, velocities and energy (E_tau), each for k = 0 to steps.",
  ],
  usage: "F.json",
  options: {},
  async run(args) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0) {
      throw new UserError("Cannot follow the dynamics: give one file F.json, and no more");
    }
    const problem = await readProblem(file, keys);
    const X = matrixOf(problem, "X");
    const dimension = X[0].length;
    const because = `rows of X have ${dimension === 1 ? "1 entry" : `${dimension} entries`}`;
    const square = { rows: dimension, columns: dimension, because };
    const [WQ, WK, WV] = ["WQ", "WK", "WV"].map((key) => matrixOf(problem, key, square));
    const [Z0, V0] = ["Z0", "V0"].map((key) => vectorOf(problem, key, { length: dimension, because }));
    const tau = numberOf(problem, "tau", { above: 0 });
    const [mu, alpha] = ["mu", "alpha"].map((key) => numberOf(problem, key));
    const steps = wholeNumberOf(problem, "steps", {
      most: Math.min(most.steps, Math.floor(most.entries / dimension)),
    });
    const beta = Array.isArray(problem.values.get("beta"))
      ? vectorOf(problem, "beta", { length: steps, because: `steps is ${steps}` })
      : numberOf(problem, "beta");

    const { positions, velocities, energy, leftRangeAt } = latentDynamics(
      attentionLandscape({ X, WQ, WK, WV, tau }),
      { mu, alpha, beta, Z0, V0, steps },
    );
    if (leftRangeAt !== undefined) {
      throw unusable(
        problem,
        `position, velocity or energy leaves the range of numbers (1.8e308) at step ${leftRangeAt}`,
      );
    }
    if (args.has("json")) {
      const lists = [positions, velocities].map((vectors) => vectors.map((vector) => [...vector]));
      console.log(JSON.stringify({ positions: lists[0], velocities: lists[1], energy }));
      return;
    }
    const line = (cells: (string | number)[]) => cells.map((cell) => `${cell}`.padEnd(24)).join("").trimEnd();
    console.log(line(["step", "energy", "|Z|", "|V|"]));
    energy.forEach((each, k) =>
      console.log(line([k, each, euclideanNorm(positions[k]), euclideanNorm(velocities[k])]))
    );
  },
};
