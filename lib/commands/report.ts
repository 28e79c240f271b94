import { committedMeasurements, readMeasurements } from "../bench/results.ts";
import { UserError } from "../errors.ts";
import type { ReportRun } from "../report/data.ts";
import { reportRun } from "../report/report_run.ts";
import { readRunFolder } from "../training/run_folder.ts";
import { type Command, engineChoice, engineOptions } from "./command.ts";
import { progress } from "./progress.ts";
import { publish } from "./publish.ts";

export const report: Command = {
  name: "report",
  summary: "Measures trained runs and writes a report with all figures as SVG, PNG and PDF.",
  usage: "DIR … [--out DIR] [--sequences N]",
  options: {
    out: { value: "DIR", about: "where report.html and figures/ go (out unless given)" },
    bench: {
      value: "F.json",
      multiple: true,
      about: "measurements of eer bench to show (those that come with the kit unless given)",
    },
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
    const files = args.texts("bench");
    const bench = files.length === 0 ? await committedMeasurements() : await readMeasurements(files);
    const stored = await Promise.all(directories.map(readRunFolder));
    const engine = engineChoice(args);

    const bar = progress("report", directories.length);
    const runs: ReportRun[] = [];
    try {
      for (const [index, run] of stored.entries()) {
        const onPart = (part: string) => bar.update(index, `${directories[index]}, ${part}`);
        runs.push(await reportRun(run, { engine, sequences, onPart }));
        bar.line(`${directories[index]}: measured`);
      }
    } finally {
      bar.stop();
    }
    const command = `deno task eer report ${directories.join(" ")}`;
    await publish(runs, { command, start, bench, out, json: args.has("json") });
  },
};
