/**
 * The report of a reproduction: one HTML page with everything in it.
 *
 * @module
 */
import { fontFaces } from "../figures/fonts.ts";
import { widthOf } from "../figures/layout.ts";
import { figureFormats } from "../figures/save.ts";
import { composed, figureToSvg } from "../figures/svg.ts";
import { columnWidth } from "../figures/theme.ts";
import { configuration } from "../models/config.ts";
import { isPapersTask, type ReportData, type ReportRun, systems } from "./data.ts";
import { reportFigures } from "./figures.ts";
import type { ReportFigure } from "./report_figure.ts";
import { formatCount, formatDuration, formatShare, listOf } from "./format.ts";
import { formulaStyles, textWithFormulas } from "./formula.ts";
import { Html, html, type HtmlValue } from "./html.ts";
import { objectiveFormulas } from "./objective.ts";
import { paper } from "./paper.ts";
import { speedSection } from "./speed.ts";
import style from "./style.css" with { type: "text" };
import { accuracyTable, configurationTable, runsTable, trainingTable } from "./tables.ts";

/** How {@linkcode renderReport} makes the page. */
export interface ReportOptions {
  /** The figures, if they have been made already. */
  readonly figures?: readonly ReportFigure[];
  /** Where the figures' files are, relative to the page (such as "figures"), to link to them. */
  readonly files?: string;
}

/**
 * The report as one HTML page: it asks the network for nothing, runs no script, prints well, and can be read on a
 * telephone. All text in the data is escaped.
 */
export function renderReport(
  data: ReportData,
  { figures = reportFigures(data), files }: ReportOptions = {},
): string {
  const title = "Energy-Entropy Regularization, reproduced";
  const link = `https://arxiv.org/abs/${paper.number.replace("arXiv ", "")}`;
  const numbered = sections(data, figures, files).map(({ title, content }, index) =>
    html`<h2>${index + 1} ${title}</h2>${content}`
  );
  const page = html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="${POLICY}">
        <title>${title}</title>
        <style>${new Html(fontFaces() + formulaStyles() + style)}</style>
      </head>
      <body>
        <h1>${title}</h1>
        <p class="byline">
          A reproduction of ${paper.author}, <cite>${paper.title}</cite> (<a href="${link}">${paper
            .number}</a>)
        </p>
        ${abstract(data.findings)}
        ${numbered}
        <footer>
          ${data.runs.map(fullConfiguration)}
          <p>Made by ${versionList(data.versions)}.</p>
        </footer>
      </body>
    </html>
  `;
  return page.markup.trimStart();
}

/** The page may use what is in it and nothing else. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:";

interface Section {
  readonly title: string;
  readonly content: HtmlValue;
}

/** The sections that the data has something for. */
function sections(data: ReportData, figures: readonly ReportFigure[], files: string | undefined): Section[] {
  const { runs, assumptions, bench = {} } = data;
  const blocks = figures.map((each, index) => figureBlock(each, { number: index + 1, files }));
  const shown = (section: ReportFigure["section"]) =>
    blocks.filter((_, index) => figures[index].section === section);
  const trained = runs.some(({ metrics }) => metrics.length > 0);
  const evaluated = runs.some(({ evaluation }) => evaluation.length > 0);
  const all: (Section & { present?: boolean })[] = [
    {
      title: "What was run",
      content: [facts(data), html`<div class="scroll runs">${runsTable(runs)}</div>`, distance(runs)],
    },
    {
      title: "The objective",
      content: objectiveFormulas((runs[0]?.configuration ?? configuration()).objective),
    },
    {
      title: "Configuration",
      content: captioned(1, "The paper's Table 1, and what was run here.", configurationTable(runs)),
    },
    {
      title: "Training",
      present: trained,
      content: [
        shown("training"),
        captioned(
          2,
          "The paper's Table 2, and the same of our runs at some of their steps (all are in metrics.csv): " +
            "regularisers before their weights, and accuracy over all positions. A step without a row was not " +
            "evaluated; several seeds are averaged.",
          trainingTable(runs),
          "numbers",
        ),
      ],
    },
    {
      title: "Length generalisation",
      present: evaluated,
      content: [
        captioned(
          3,
          "Accuracy on fresh sequences, in brackets the 95 % interval (of several seeds: the lowest and the " +
            "highest). Matched positions are those whose symbol has occurred before.",
          accuracyTable(runs),
          "numbers",
        ),
        html`<div class="pair">${shown("generalisation")}</div>`,
      ],
    },
    { title: "Inside the loop", present: shown("inside").length > 0, content: shown("inside") },
    {
      title: "Speed, and how cost grows",
      present: bench.speed !== undefined || bench.growth !== undefined,
      content: speedSection(bench, { shown, captioned }),
    },
    {
      title: "What is assumed where the paper is silent",
      present: assumptions.length > 0,
      content: html`<ol>${assumptions.map((each) => html`<li>${textWithFormulas(each)}</li>`)}</ol>`,
    },
  ];
  return all.filter(({ present = true }) => present);
}

function abstract(findings: readonly string[]): HtmlValue {
  if (findings.length === 0) return undefined;
  return html`
    <div class="abstract">
      <h2>Findings</h2>
      <ul>${findings.map((each) => html`<li>${textWithFormulas(each)}</li>`)}</ul>
    </div>
  `;
}

function facts({ command, versions, cores, seconds }: ReportData): Html {
  const machine = `${cores} ${cores === 1 ? "core" : "cores"}, ${formatDuration(seconds)} in all`;
  return html`
    <dl>
      <dt>Command</dt>
      <dd><code>${command}</code></dd>
      <dt>Versions</dt>
      <dd>${versionList(versions)}</dd>
      <dt>Machine</dt>
      <dd>${machine}</dd>
    </dl>
  `;
}

function versionList(versions: ReportData["versions"]): string {
  return Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(", ");
}

/** A plain word on how far a short run can speak for the paper's long one. */
function distance(runs: readonly ReportRun[]): HtmlValue {
  const others = systems(runs.filter((run) => !isPapersTask(run))).map(({ name }) => name);
  if (others.length > 0) {
    return html`
      <p>
        Not trained on the paper's task: ${listOf(others)}. The paper's numbers beside them are no comparison.
      </p>
    `;
  }
  const furthest = Math.max(0, ...runs.map(({ step }) => step));
  if (furthest >= paper.steps) return undefined;
  const [all, reached, share] = [
    formatCount(paper.steps),
    formatCount(furthest),
    formatShare(furthest / paper.steps),
  ];
  return html`
    <p>
      The paper trains for ${all} steps; ours went to step ${reached}, or ${share} of that. What the paper reports of
      later steps is neither confirmed nor refuted here.
    </p>
  `;
}

function figureBlock(
  { name, figure, caption }: ReportFigure,
  { number, files }: { number: number; files: string | undefined },
): Html {
  const label = caption.replaceAll("$", "");
  // The page has the font once, for all of them.
  const svg = new Html(figureToSvg(figure, { font: false, idPrefix: name, label }));
  const wide = widthOf(composed(figure)) > columnWidth ? "wide" : "";
  const links = files === undefined ? undefined : fileLinks(`${files}/${name}`);
  return html`
    <figure class="${wide}" id="figure-${number}">
      <div class="scroll plot">${svg}</div>
      <figcaption><b>Figure ${number}.</b> ${textWithFormulas(caption)} ${links}</figcaption>
    </figure>
  `;
}

function fileLinks(path: string): Html {
  const links = figureFormats.map((format) =>
    html`
      <a href="${encodeURI(path)}.${format}">${format.toUpperCase()}</a>
    `
  );
  return html`<span class="files">${links}</span>`;
}

function captioned(number: number, caption: string, table: Html, kind = ""): Html {
  return html`
    <figure class="table ${kind}" id="table-${number}">
      <figcaption><b>Table ${number}.</b> ${caption}</figcaption>
      <div class="scroll">${table}</div>
    </figure>
  `;
}

function fullConfiguration({ name, configuration }: ReportRun): Html {
  return html`
    <details>
      <summary>The whole configuration of ${name}</summary>
      <pre>${JSON.stringify(configuration, undefined, 2)}</pre>
    </details>
  `;
}
