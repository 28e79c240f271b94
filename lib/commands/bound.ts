import { UserError } from "../errors.ts";
import { contractionBounds } from "../theory/contraction/bounds.ts";
import type { ContractionProblem } from "../theory/contraction/problem.ts";
import type { Command } from "./command.ts";
import { booleanOf, matrixOf, numberOf, readProblem, unusable } from "./problem.ts";

const keys = ["X", "Z", "WQ", "WK", "WV", "transposed", "logitScale", "q"];

/** Attention holds the square of it, several times over. */
const mostTokens = 4096;

export const bound: Command = {
  name: "bound",
  summary:
    "Computes the norm of self-attention's Jacobian with respect to Z beside Theorem 3.2.1 and two true bounds.",
  details: [
    `F.json holds an object with the keys ${keys.join(", ")}.`,
    "X and Z are n × d, a token a row; WQ and WK are d × k, WV is d × v. With Y = X + Z and the row-wise softmax S of",
    "logitScale·(Y WQ)(Y WK)ᵀ the map is Sᵀ Y WV if transposed is true, else S Y WV; q > 0 is the entropy's order.",
    "--json prints jacobianNorm, stated, corrected and local, and the residual to which jacobianNorm is known.",
  ],
  usage: "F.json",
  options: {},
  async run(args) {
    const [file, ...more] = args.positionals;
    if (file === undefined || more.length > 0) {
      throw new UserError(
        `Cannot compute bounds: give one file with the keys ${keys.join(", ")}, and no more`,
      );
    }
    const { jacobianNorm, stated, corrected, local, residual } = contractionBounds(await read(file));
    const result = { jacobianNorm, stated, corrected, local, residual };
    if (args.has("json")) return console.log(JSON.stringify(result));
    for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(14)}${value}`);
  },
};

/** @throws {UserError} unless the file holds matrices of fitting shapes and the other keys */
async function read(file: string): Promise<ContractionProblem> {
  const problem = await readProblem(file, keys);
  const X = matrixOf(problem, "X");
  if (X.length > mostTokens) {
    throw unusable(problem, `X has ${X.length} rows, where at most ${mostTokens} tokens fit into memory`);
  }
  const [{ length: d }] = X;
  const Z = matrixOf(problem, "Z", { rows: X.length, columns: d, because: `X is ${X.length} × ${d}` });
  const because = `X has ${d} columns`;
  const WQ = matrixOf(problem, "WQ", { rows: d, because });
  const WK = matrixOf(problem, "WK", {
    rows: d,
    columns: WQ[0].length,
    because: `X has ${d} columns and WQ ${WQ[0].length}`,
  });
  const WV = matrixOf(problem, "WV", { rows: d, because });
  return {
    X,
    Z,
    WQ,
    WK,
    WV,
    transposed: booleanOf(problem, "transposed"),
    logitScale: numberOf(problem, "logitScale", { least: 0 }),
    q: numberOf(problem, "q", { above: 0 }),
  };
}
