/**
 * The command line: `deno task eer COMMAND …`.
 *
 * @module
 */
import { bench } from "./commands/bench.ts";
import { bound } from "./commands/bound.ts";
import { type Command, help, parseArguments } from "./commands/command.ts";
import { doctor } from "./commands/doctor.ts";
import { draw } from "./commands/draw.ts";
import { dynamics } from "./commands/dynamics.ts";
import { evaluate } from "./commands/evaluate.ts";
import { funnel } from "./commands/funnel.ts";
import { landscape } from "./commands/landscape.ts";
import { hessian } from "./commands/hessian.ts";
import { loss } from "./commands/loss.ts";
import { report } from "./commands/report.ts";
import { reproduce } from "./commands/reproduce.ts";
import { shift } from "./commands/shift.ts";
import { train } from "./commands/train.ts";
import { UserError } from "./errors.ts";

const commands: readonly Command[] = [
  train,
  evaluate,
  loss,
  landscape,
  hessian,
  funnel,
  draw,
  report,
  reproduce,
  shift,
  bound,
  dynamics,
  bench,
  doctor,
];

const overview = [
  "usage: deno task eer COMMAND [options]",
  "",
  ...commands.map(({ name, summary }) => `  ${name.padEnd(11)}${summary}`),
  "",
  "deno task eer COMMAND --help tells a command's options.",
].join("\n");

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "help") {
    console.log(overview);
    return name === undefined ? 1 : 0;
  }
  const command = commands.find((each) => each.name === name);
  if (!command) {
    const names = commands.map((each) => each.name).join(", ");
    throw new UserError(`Cannot run "${name}": the commands are ${names}`);
  }
  const parsed = parseArguments(command, args);
  if (parsed.has("help")) {
    console.log(help(command));
    return 0;
  }
  return (await command.run(parsed)) ?? 0;
}

if (import.meta.main) {
  try {
    Deno.exitCode = await main(Deno.args);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.error(`eer: ${error.message}`);
    Deno.exitCode = 1;
  }
}
