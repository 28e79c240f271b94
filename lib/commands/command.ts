/**
 * What a command of the command line is, how its arguments are read and how its help is written.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { type EngineChoice, engines } from "../engines/select.ts";
import { UserError } from "../errors.ts";

/** One `--name` of a command. */
export interface Option {
  /** What the value is, such as "N"; a switch has none. */
  readonly value?: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  readonly about: string;
}

/** The arguments of one call. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The value of `--name`, or undefined. */
  text(name: string): string | undefined;
  /** All values of a `--name` that may be given several times. */
  texts(name: string): readonly string[];
  /** The value of `--name` as a whole number ≥ low. */
  integer(name: string, low: number): number | undefined;
  /** Whether the switch `--name` was given. */
  has(name: string): boolean;
}

/** A command: what it is called with, and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Lines below the summary in the command's help. */
  readonly details?: readonly string[];
  /** What follows the name, such as "DIR [options]". */
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** @returns the exit code, 0 unless given */
  run(args: Arguments): Promise<number | void>;
}

/** Options that every command takes. */
const common: Record<string, Option> = {
  json: { about: "print the result as JSON" },
  help: { about: "print this help" },
};

/** Options of every command that runs a model. */
export const engineOptions: Record<string, Option> = {
  engine: { value: "NAME", about: `what computes: auto (unless given), ${Object.keys(engines).join(", ")}` },
  workers: { value: "N", about: "threads of the fused engine (all processors' unless given)" },
  backend: { value: "NAME", about: `what it runs on: ${Object.values(engines).flat().join(", ")}` },
};

/** What {@linkcode engineOptions} say. */
export function engineChoice(args: Arguments): EngineChoice {
  return {
    engine: args.text("engine"),
    backend: args.text("backend"),
    workers: args.integer("workers", 1),
  };
}

/**
 * Reads a command's arguments.
 *
 * @throws {UserError} for an unknown option or one whose value is missing
 */
export function parseArguments(command: Command, args: string[]): Arguments {
  const options = { ...command.options, ...common };
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { value, multiple = false }]) => [
          name,
          { type: value === undefined ? "boolean" as const : "string" as const, multiple },
        ]),
      ),
    });
  } catch (error) {
    const [reason] = (error as Error).message.split(/\.? *\n|\. /);
    throw new UserError(`${reason}; see deno task eer ${command.name} --help`);
  }
  const { values, positionals } = parsed;
  return {
    positionals,
    text: (name) => values[name] as string | undefined,
    texts: (name) => (values[name] ?? []) as string[],
    integer: (name, low) =>
      values[name] === undefined ? undefined : integer(name, values[name] as string, low),
    has: (name) => values[name] === true,
  };
}

/** @throws {UserError} unless `text` is a whole number ≥ low */
export function integer(option: string, text: string, low: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value) || value < low) {
    throw new UserError(`Cannot use --${option} ${text}: it must be a whole number ≥ ${low}`);
  }
  return value;
}

/** @throws {UserError} unless `text` is a finite number > 0 */
export function positive(option: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (!(value > 0 && value < Infinity)) {
    throw new UserError(`Cannot use --${option} ${text}: it must be a number > 0`);
  }
  return value;
}

/** @throws {UserError} unless `text` is one of the words */
export function oneOf<Word extends string>(option: string, text: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) {
    throw new UserError(`Cannot use --${option} ${text}: it must be one of ${words.join(", ")}`);
  }
  return found;
}

/** The help text of one command. */
export function help({ name, summary, details = [], usage, options }: Command): string {
  const rows = Object.entries({ ...options, ...common }).map(([option, { value, about, multiple }]) =>
    [`--${option}${value === undefined ? "" : ` ${value}`}${multiple ? " …" : ""}`, about] as const
  );
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return [
    `usage: deno task eer ${name} ${usage}`,
    "",
    summary,
    "",
    ...details.length === 0 ? [] : [...details, ""],
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
  ].join("\n");
}
