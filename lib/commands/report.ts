import { basename, resolve } from "node:path";
import { UserError } from "../errors.ts";
import { aboutPreset, preset, presetNames } from "../models/presets.ts";
import type { Configuration } from "../models/config.ts";
import { assumptions } from "../report/assumptions.ts";
import type { ReportRun } from "../report/data.ts";
import { findings } from "../report/findings.ts";
import { measureRun } from "../report/measure_run.ts";
import { versions } from "../report/versions.ts";
import { readRunFolder } from "../training/run_folder.ts";
import { type Command, engineChoice, engineOptions } from "./command.ts";
import { progress } from "./progress.ts";

export const report: Command = {
  name: "report",
  summary: "Measures trained runs and writes a report with all figures as SVG, PNG and PDF.",
  usage: "DIR … [--out DIR] [--sequences N]",
  options: {
    out: { value: "DIR", about: "where report.html and figures/ go (out unless given)" },
    sequences: { value: "N", about: "sequences at each length (100 unless given)" },
    ...engineOptions,
  },
  async run(args) {
    const start = performance.now();
    const directories = args.positionals;
    if (directories.length === 0) {
      throw new UserError("Cannot report on nothing: give one or more run folders");
    }
    const sequences = args.integer("sequences", 2);
    const out = args.text("out") ?? "out";
    const stored = await Promise.all(directories.map(readRunFolder));
    const engine = engineChoice(args);

    const bar = progress("report", directories.length);
    const runs: ReportRun[] = [];
    try {
      for (const [index, { configuration, metrics, checkpoint }] of stored.entries()) {
        const name = basename(resolve(directories[index]));
        const measurements = await measureRun({ configuration, parameters: checkpoint.parameters }, {
          engine,
          sequences,
          onPart: (part) => bar.update(index, `${name}, ${part}`),
        });
        runs.push({
          name,
          about: about(configuration),
          configuration,
          parameters: checkpoint.parameters.length,
          engine: checkpoint.engine ?? { name: "unknown", backend: "unknown" },
          seconds: NaN, // Not in the folder, which holds no times.
          metrics,
          ...measurements,
        });
        bar.line(`${name}: measured`);
      }
    } finally {
      bar.stop();
    }
    // Loaded here, as drawing needs much that the other commands do not.
    const { writeReport } = await import("../report/write_report.ts");
    const written = await writeReport({
      command: `deno task eer report ${directories.join(" ")}`,
      versions: versions(),
      cores: navigator.hardwareConcurrency,
      seconds: (performance.now() - start) / 1000,
      runs,
      findings: findings(runs),
      assumptions,
    }, out);
    console.log(args.has("json") ? JSON.stringify(written) : `Report: ${written.report}`);
  },
};

/** What the preset with the same model and objective is for. */
function about({ model, objective }: Configuration): string {
  const same = presetNames.find((name) => {
    const known = preset(name);
    return JSON.stringify([known.model, known.objective]) === JSON.stringify([model, objective]);
  });
  return same ? aboutPreset(same) : "a configuration of its own";
}
