import { axes } from "../bench/axes.ts";
import { measureGrowth } from "../bench/growth.ts";
import type { TurnOptions } from "../bench/interleave.ts";
import { lineUp } from "../bench/line_up.ts";
import { machine } from "../bench/machine.ts";
import { measureLimits } from "../bench/limits.ts";
import { measureParts } from "../bench/parts.ts";
import { measurePeak } from "../bench/peak/peak.ts";
import { measureResident } from "../bench/resident.ts";
import type { BenchResult, Circumstances } from "../bench/results.ts";
import { measureSpeed } from "../bench/speed.ts";
import { benchText } from "../bench/text.ts";
import { works } from "../bench/work.ts";
import { UserError } from "../errors.ts";
import { versions } from "../report/versions.ts";
import { writeFileAtomically } from "../storage/atomic_write.ts";
import type { Arguments, Command } from "./command.ts";
import { progress } from "./progress.ts";

export const bench: Command = {
  name: "bench",
  summary: "Times the engines on the same work, in turns; deno task bench has PyTorch and JAX do it as well.",
  usage: "[--growth] [--quick] [--python PATH] [--out F.json]",
  options: {
    growth: {
      about: "instead measure how time and memory grow with length, loops, batch, width and workers",
    },
    quick: { about: "few and short rounds: a first impression" },
    rounds: { value: "N", about: "rounds (15 unless given, 3 with --quick)" },
    python: {
      value: "PATH",
      about: "a Python with torch or jax (with deno task bench: python3 unless given)",
    },
    out: { value: "F.json", about: "write the measurements there, as far as they are after each part" },
    note: { value: "TEXT", about: "kept with the measurements, such as what else the machine did" },
    seed: { value: "N", about: "of parameters and sequences (0 unless given)" },
  },
  async run(args) {
    if (args.positionals.length > 0) {
      throw new UserError(`Cannot bench "${args.positionals[0]}": it takes options alone`);
    }
    const out = args.text("out");
    const save = async (result: BenchResult) => {
      if (out !== undefined) await writeFileAtomically(out, `${JSON.stringify(result, undefined, 1)}\n`);
    };
    const result = args.has("growth") ? await growth(args, save) : await speed(args, save);
    console.log(args.has("json") ? JSON.stringify(result) : benchText(result));
  },
};

type Save = (result: BenchResult) => Promise<void>;

async function speed(args: Arguments, save: Save): Promise<BenchResult> {
  const quick = args.has("quick");
  const python = await pythonOf(args);
  if (python === undefined) {
    console.error("bench: without PyTorch and JAX; deno task bench has them take part");
  }
  const known = await circumstances(args);
  const { seed, machine: { cores } } = known;
  using show = showing(args, { parts: works.length + 1, save });
  return await measureSpeed(known, {
    ...show,
    works,
    // torch.compile takes minutes to get ready: once is enough.
    lineUp: (prepared) => lineUp(prepared, { cores, python, compile: !quick && prepared.work === works[0] }),
    peak: async (threads) => {
      try {
        return await measurePeak(threads);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return undefined;
      }
    },
    parts: (work) => measureParts(work, { ...show, seed }),
    limits: async (work) => await mayRun(Deno.execPath()) ? await measureLimits(work, { ...show, seed }) : [],
  });
}

async function growth(args: Arguments, save: Save): Promise<BenchResult> {
  const known = await circumstances(args);
  const { seed, machine: { cores } } = known;
  const all = axes(cores);
  using show = showing(args, { parts: all.length, save });
  const steps = args.has("quick") ? [50, 100] : [100, 1000, 2000, 5000, 10_000];
  return await measureGrowth(known, {
    ...show,
    axes: all,
    resident: () => measureResident({ seed, steps, works }),
  });
}

async function circumstances(args: Arguments): Promise<Circumstances> {
  const task = await mayRun("python3") ? "bench" : "eer bench";
  const switches = ["growth", "quick"].filter((name) => args.has(name)).map((name) => ` --${name}`);
  const values = ["rounds", "seed"].flatMap((name) => {
    const value = args.text(name);
    return value === undefined ? [] : [` --${name} ${value}`];
  });
  return {
    command: ["deno task ", task, ...switches, ...values].join(""),
    seed: args.integer("seed", 0) ?? 0,
    note: args.text("note"),
    machine: machine(),
    versions: versions(),
  };
}

/** The Python to run peers with, if this task may start one. */
async function pythonOf(args: Arguments): Promise<string | undefined> {
  const python = args.text("python");
  if (await mayRun(python ?? "python3")) return python ?? "python3";
  if (python === undefined) return undefined;
  throw new UserError(`Cannot start ${python} as this task may start no process: use deno task bench`);
}

async function mayRun(command: string): Promise<boolean> {
  return (await Deno.permissions.query({ name: "run", command })).state === "granted";
}

/** How turns are taken, with a bar over the parts of the measurement. */
function showing(
  args: Arguments,
  { parts, save }: { parts: number; save: Save },
): TurnOptions & { onResult: Save } & Disposable {
  const quick = args.has("quick");
  const rounds = args.integer("rounds", 1) ?? (quick ? 3 : 15);
  const bar = progress("bench", parts);
  let done = 0;
  return {
    rounds,
    turn: quick ? 100 : 300,
    patience: quick ? 3_000 : 10_000,
    onRound: (round, note) => bar.update(done, `round ${round + 1} of ${rounds}, ${note}`),
    onAbsence: ({ name, reason }) => bar.line(`${name} is absent: ${reason}`),
    onResult: async (result) => {
      done++;
      await save(result);
    },
    [Symbol.dispose]: () => bar.stop(),
  };
}
