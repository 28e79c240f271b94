import { type Diagnosis, examine, type Health } from "../doctor/doctor.ts";
import { patients } from "../doctor/patients.ts";
import { UserError } from "../errors.ts";
import type { Command } from "./command.ts";
import { progress } from "./progress.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Tries every engine on every backend: whether it works, how fast, and what helps if it does not.",
  usage: "[--limit SECONDS]",
  options: { limit: { value: "SECONDS", about: "how long each may take (60 unless given)" } },
  async run(args) {
    if (args.positionals.length > 0) {
      throw new UserError(`Cannot examine "${args.positionals[0]}": doctor takes options alone`);
    }
    const limit = args.integer("limit", 1);
    const bar = progress("doctor", patients.length);
    let started = 0;
    try {
      const diagnosis = await examine({
        limit: limit === undefined ? undefined : 1000 * limit,
        onStart: ({ engine, backend }) => bar.update(started++, `${engine} ${backend}`),
      });
      bar.stop();
      console.log(args.has("json") ? JSON.stringify(diagnosis) : diagnosisText(diagnosis));
    } finally {
      bar.stop();
    }
  },
};

/** The diagnosis as a table, then what helps where something does not work. */
export function diagnosisText({ ground, engines, auto }: Diagnosis): string {
  const yes = (has: boolean) => has ? "yes" : "no";
  const rows = [
    ["engine", "backend", "works", "step"],
    ...engines.map(({ engine, backend, works, milliseconds, details }) => [
      engine,
      backend,
      yes(works),
      milliseconds === undefined ? "" : `${milliseconds.toFixed(milliseconds < 100 ? 1 : 0)} ms`,
      [
        ...(engine === auto?.engine && backend === auto.backend ? ["what auto takes"] : []),
        ...(details === undefined ? [] : [details]),
      ].join(", "),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column].length)));
  const table = rows.map((row) =>
    row.map((cell, i) => i === 3 ? cell.padStart(widths[3]) : cell.padEnd(widths[i] ?? 0)).join("  ")
      .trimEnd()
  );
  const broken = engines.filter(({ works }) => !works).flatMap(problem);
  return [
    `Deno ${ground.deno}, ${ground.system}, ${ground.cores} cores`,
    `WebAssembly: SIMD ${yes(ground.simd)}, relaxed SIMD ${yes(ground.relaxedSimd)}, ` +
    `shared memory ${yes(ground.sharedMemory)}`,
    "",
    ...table,
    "",
    "A step trains preset eer on 32 sequences of 40 tokens; median after warming up.",
    ...broken,
  ].join("\n");
}

function problem({ engine, backend, reason, fix }: Health): string[] {
  return ["", `${engine} ${backend}: ${reason}`, ...(fix === undefined ? [] : [`  ${fix}`])];
}
