import { join } from "node:path";
import { describe } from "../analysis/landscape/description.ts";
import { randomPlane } from "../analysis/landscape/random_plane.ts";
import { storeLandscape } from "../analysis/landscape/stored.ts";
import { compareFunnels, measureStudy, readLandscapes, systemOf } from "../analysis/landscape/study.ts";
import { engineProblem } from "../engines/engine.ts";
import { createEngine } from "../engines/select.ts";
import { UserError } from "../errors.ts";
import { funnelFindings } from "../report/funnel_findings.ts";
import { funnelTable } from "../report/funnel_table.ts";
import { taskOf } from "../tasks/select.ts";
import { readRunFolder, type StoredRun } from "../training/run_folder.ts";
import { heldOutBatch } from "../training/train.ts";
import { type Command, engineChoice, engineOptions, positive } from "./command.ts";
import { interruption } from "./interruption.ts";
import { progress } from "./progress.ts";

/** Enough for the figures and measures, and half the room on disk. */
const DIGITS = 5;

export const funnel: Command = {
  name: "funnel",
  summary:
    "Compares the landscapes of EER and cross-entropy runs, paired by training seed, along random directions; " +
    "goes on where it was stopped.",
  usage: "DIR DIR … --out DIR [--directions 8] [--grid 21] [--range 1]",
  options: {
    out: { value: "DIR", about: "where the landscapes go" },
    directions: { value: "N", about: "seeds of directions, from 0 (8 unless given)" },
    grid: { value: "N", about: "places a side (21 unless given)" },
    range: { value: "R", about: "alpha and beta go from -R to R (1 unless given)" },
    ...engineOptions,
  },
  async run(args) {
    const out = args.text("out");
    if (!out || args.positionals.length === 0) {
      throw new UserError(
        "Cannot compare funnels: give run folders and --out DIR, the folder for their landscapes",
      );
    }
    const directions = args.integer("directions", 1) ?? 8;
    const grid = args.integer("grid", 3) ?? 21;
    const range = positive("range", args.text("range") ?? "1");
    const runs = await Promise.all(args.positionals.map(readRunFolder));
    assertPaired(runs);
    using interrupted = interruption();
    const bar = progress("funnel", runs.length * directions * grid ** 2);
    let done = 0;
    try {
      for (const { configuration, checkpoint: { parameters } } of runs) {
        const name = `${systemOf(configuration.objective)}-seed-${configuration.training.seed}`;
        const task = taskOf(configuration.task);
        const engine = await createEngine(engineProblem(task, configuration), engineChoice(args));
        const batch = heldOutBatch(task, configuration.training);
        try {
          for (let seed = 0; seed < directions; seed++) {
            const plane = randomPlane(engine.specification, parameters, { seed });
            const finished = await storeLandscape(join(out, `${name}-directions-${seed}.csv`), {
              plane,
              recipe: describe(plane, {
                grid,
                range,
                origin: { kind: "random", normalize: "filter", seed },
                digits: DIGITS,
                engine,
                batch,
                source: "held-out",
                configuration,
              }),
              landmarks: [{ name, parameters }],
              engine,
              batch,
              signal: interrupted.signal,
              onProgress: (places) => bar.update(done + places, `${name}, directions ${seed}`),
            });
            if (!finished) {
              console.error("Stopped; the same command goes on from here.");
              return 130;
            }
            done += grid ** 2;
          }
        } finally {
          await engine.dispose();
        }
        bar.line(`${name}: ${directions} landscapes`);
      }
    } finally {
      bar.stop();
    }
    const comparisons = compareFunnels(measureStudy(await readLandscapes(out)));
    const said = funnelFindings(comparisons).map((each) => `- ${each}`).join("\n");
    const text = `${funnelTable(comparisons)}\n\n${said}`;
    console.log(args.has("json") ? JSON.stringify({ landscapes: out, comparisons }) : text);
  },
};

/** @throws {UserError} before anything is computed, unless the runs make pairs */
function assertPaired(runs: readonly StoredRun[]): void {
  const seeds = (wanted: string) =>
    runs.filter(({ configuration }) => systemOf(configuration.objective) === wanted)
      .map(({ configuration }) => configuration.training.seed).sort((a, b) => a - b);
  const [eer, ce] = [seeds("eer"), seeds("ce")];
  if (eer.join() === ce.join() && new Set(eer).size === eer.length) return;
  throw new UserError(
    `Cannot compare funnels: each training seed is wanted once with the regularisers and once without, but with them ` +
      `there are seeds ${eer.join(", ") || "none"} and without ${ce.join(", ") || "none"}`,
  );
}
