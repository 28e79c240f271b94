import { extname } from "node:path";
import { readLandscapes } from "../analysis/landscape/study.ts";
import { readLandscape, type StoredLandscape } from "../analysis/landscape/stored.ts";
import { UserError } from "../errors.ts";
import type { FigureFormat } from "../figures/save.ts";
import type { LandscapeFigureOptions, SeenObjective } from "../report/landscape_figures.ts";
import { type Command, oneOf } from "./command.ts";

// Their types alone are loaded here, as drawing needs much that the other commands do not.
const kinds = ["surface", "contour", "sheet"] satisfies LandscapeFigureOptions["kind"][];
const objectives = ["own", "cross-entropy", "eer"] satisfies SeenObjective[];

export const draw: Command = {
  name: "draw",
  summary: "Draws stored landscapes side by side on one scale: Figure 1 of the paper is two surfaces.",
  usage: "F.csv|DIR … --out F.pdf [--kind surface] [--objective own …] [--scale log]",
  options: {
    out: { value: "F", about: "F.svg, F.png or F.pdf; without an ending all three" },
    kind: {
      value: "NAME",
      about: "surface (unless given); contour, with the known points and paths; sheet: a row a network and " +
        "objective, a column a seed of directions",
    },
    objective: {
      value: "NAME",
      multiple: true,
      about: "what the weights are seen in: own (unless given: their run's), cross-entropy, eer",
    },
    scale: { value: "NAME", about: "of the loss: log (unless given), linear" },
  },
  async run(args) {
    const out = args.text("out");
    if (!out || args.positionals.length === 0) {
      throw new UserError(
        "Cannot draw: give landscapes, such as data/landscape/eer-seed-0.csv, and --out F.pdf",
      );
    }
    const ending = extname(out);
    const format = ending === "" ? undefined : oneOf("out", ending.slice(1), ["svg", "png", "pdf"]);
    const kind = oneOf("kind", args.text("kind") ?? "surface", kinds);
    const scale = oneOf("scale", args.text("scale") ?? "log", ["log", "linear"]);
    const given = args.texts("objective");
    const seen = (given.length === 0 ? ["own"] : given).map((each) => oneOf("objective", each, objectives));
    const landscapes: StoredLandscape[] = [];
    for (const path of args.positionals) {
      landscapes.push(...path.endsWith(".csv") ? [await readLandscape(path)] : await readLandscapes(path));
    }
    const { drawLandscapes } = await import("../report/landscape_figures.ts");
    const { saveFigure } = await import("../figures/save.ts");
    const figure = drawLandscapes(landscapes, { kind, objectives: seen, scale });
    const formats: FigureFormat[] | undefined = format && [format];
    const files = await saveFigure(figure, out.slice(0, out.length - ending.length), {
      formats,
      label: `Loss landscapes: ${
        landscapes.flatMap(({ points }) => points.map(({ name }) => name)).join(", ")
      }`,
    });
    console.log(args.has("json") ? JSON.stringify({ figures: files }) : files.join("\n"));
  },
};
