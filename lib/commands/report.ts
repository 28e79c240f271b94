import { committedMeasurements, readMeasurements } from "../bench/results.ts";
import { UserError } from "../errors.ts";
import { assumptions } from "../report/assumptions.ts";
import type { ReportRun } from "../report/data.ts";
import { findings } from "../report/findings.ts";
import { reportRun } from "../report/report_run.ts";
import { summary } from "./summary.ts";
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
      bench,
    }, out);
    console.log(args.has("json") ? JSON.stringify(written) : summary(runs, written.report));
  },
};
