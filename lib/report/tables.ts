/**
 * The paper's tables with ours beside them.
 *
 * @module
 */
import type { Share } from "../analysis/interval.ts";
import type { TrainingPoint } from "../figures/training_curves.ts";
import { mean } from "../statistics.ts";
import { type ReportRun, systems } from "./data.ts";
import { distinct, formatCount, formatDuration, formatFixed, formatShare, NONE } from "./format.ts";
import { formula, textWithFormulas } from "./formula.ts";
import { type Html, html, type HtmlValue } from "./html.ts";
import { paper, paperTable1, paperTable2 } from "./paper.ts";

/** What was run, and how far that is from the paper's training. */
export function runsTable(runs: readonly ReportRun[]): Html {
  const header = ["System", "Seed", "Steps", `Of the paper's ${formatCount(paper.steps)}`, "Time", "Engine"];
  return table(header, [
    systems(runs).map(({ name, first, seeds }) =>
      row([
        html`<b>${name}</b><br><small>${first.about}</small>`,
        seeds.map((run) => run.configuration.training.seed).join(", "),
        distinct(seeds, (run) => formatCount(run.step)),
        distinct(seeds, (run) => formatShare(run.step / paper.steps)),
        formatDuration(seeds.reduce((sum, run) => sum + run.seconds, 0)),
        distinct(seeds, ({ engine }) => `${engine.name} on ${engine.backend}`),
      ])
    ),
  ]);
}

/** Table 1: how the paper's models were made and trained, and how ours were. */
export function configurationTable(runs: readonly ReportRun[]): Html {
  const columns = systems(runs);
  const more = furtherMetrics.map(({ metric, eer }) => ({ metric, fop: NONE, eer }));
  return table(
    ["", "FOP (paper)", "EER (paper)", ...columns.map(({ name }) => html`<b>${name}</b>`)],
    [paperTable1, more].map((rows) =>
      rows.map(({ metric, fop, eer }) =>
        row([
          textWithFormulas(metric),
          cell(fop),
          cell(eer),
          ...columns.map(({ first }) => ours(metric, first)),
        ])
      )
    ),
  );
}

/** What our column says to a metric of Table 1. */
type Ours = (run: ReportRun) => HtmlValue;

const oursByMetric: Readonly<Record<string, Ours>> = {
  "Base Architecture": ({ configuration: { model } }) =>
    `${model.heads === 1 ? "Single-head" : `${model.heads}-head`} looped transformer`,
  "Latent Dimension (d)": ({ configuration: { model } }) => model.width,
  "Attention Heads (h)": ({ configuration: { model } }) => model.heads,
  "Position Encoding": ({ configuration: { model: { positions } } }) =>
    positions.kind === "none" ? "none" : html`${formula(`${positions.scale} \\times`)} sinusoidal`,
  "Recurrence Depth (T)": ({ configuration: { model } }) => model.loops,
  "Training Steps": (run) => html`<b>${formatCount(run.step)}</b>`,
  "Learning Rate": ({ configuration: { training } }) => scientific(training.learningRate),
  "Weight Decay": ({ configuration: { training } }) => training.weightDecay,
  "Batch Size": ({ configuration: { training } }) => training.batch,
  "Training Range (L)": ({ configuration: { training } }) => `${training.minLength}–${training.maxLength}`,
  "Loss Objective": ({ configuration: { objective } }) => {
    const terms = [["Kinetic", objective.lambdaKinetic], ["Potential", objective.lambdaPotential], [
      "Entropy",
      objective.lambdaEntropy,
    ]] as const;
    const used = terms.filter(([, weight]) => weight > 0).map(([name]) =>
      ` + \\mathcal{L}_{\\text{${name}}}`
    );
    return used.length === 0 ? "Cross-Entropy (CE)" : formula(`\\mathcal{L}_{\\text{Task}}${used.join("")}`);
  },
};

/** What Table 1 leaves out, with what the paper's text says of it. */
const furtherMetrics: readonly { metric: string; eer: string; ours: Ours }[] = [
  {
    metric: "$\\lambda_P,\\ \\lambda_K,\\ \\lambda_S$ (§6.1)",
    eer: "0.1, 0.001, 0.02",
    ours: ({ configuration: { objective } }) =>
      [objective.lambdaPotential, objective.lambdaKinetic, objective.lambdaEntropy].join(", "),
  },
  {
    metric: "$q,\\ \\eta$ (§6.1)",
    eer: "1.5, 0",
    ours: ({ configuration: { objective } }) => `${objective.q}, ${objective.eta}`,
  },
  {
    metric: "Recency bias $m$",
    eer: "not mentioned",
    ours: ({ configuration: { model } }) => model.recency === 0 ? "none" : model.recency,
  },
  {
    metric: "Symbols",
    eer: "not given",
    ours: ({ configuration: { task } }) => `${task.alphabet}${task.bottom ? " and ⊥" : ""}`,
  },
  { metric: "Optimiser", eer: "not named", ours: () => "AdamW" },
  { metric: "Parameters", eer: "not given", ours: ({ parameters }) => formatCount(parameters) },
];

function ours(metric: string, run: ReportRun): HtmlValue {
  const further = furtherMetrics.find((each) => each.metric === metric);
  return (further?.ours ?? oursByMetric[metric] ?? (() => NONE))(run);
}

/** A cell of Table 1: `1×10^{-4}` and what stands between dollar signs are formulas. */
function cell(text: string): Html {
  return textWithFormulas(text.replace(/^(\d+)×10\^\{(.*)\}$/, "$$$1 \\times 10^{$2}$$"));
}

function scientific(value: number): Html {
  const [digits, exponent] = value.toExponential().split("e");
  return formula(`${digits} \\times 10^{${Number(exponent)}}`);
}

const PAPER = html`<i>paper</i>`;

/** Table 2: the paper's values and ours (means over seeds), below each other where a step has both. */
export function trainingTable(runs: readonly ReportRun[]): Html {
  const lengths = lengthsOf(runs.flatMap(({ metrics }) => metrics), paperTable2);
  const sources = [
    { name: PAPER, seeds: [paperTable2] },
    ...systems(runs).map(({ name, seeds }) => ({
      name: html`<b>${name}</b>`,
      seeds: seeds.map(({ metrics }) => metrics),
    })),
  ];
  const header = ["Step", "", html`Entropy ${formula("S_q")}`, "Potential", "Kinetic"];
  return table(
    [...header, ...lengths.map((length) => `L = ${length}`)],
    shownSteps(runs).map((step) =>
      group(
        formatCount(step),
        sources.flatMap(({ name, seeds }) => {
          const points = seeds.flatMap((metrics) => metrics.filter((point) => point.step === step));
          return points.length === 0 ? [] : [[name, ...trainingCells(points, lengths)]];
        }),
      )
    ),
  );
}

function trainingCells(points: readonly TrainingPoint[], lengths: readonly number[]): string[] {
  const over = (value: (point: TrainingPoint) => number) => mean(points.map(value));
  return [
    formatFixed(over(({ entropy }) => entropy), 4),
    formatFixed(over(({ potential }) => potential), 4),
    formatFixed(over(({ kinetic }) => kinetic), 2),
    ...lengths.map((length) => formatShare(over(({ accuracy }) => accuracy[length] ?? NaN))),
  ];
}

function lengthsOf(...sources: readonly (readonly TrainingPoint[])[]): number[] {
  const lengths = sources.flat().flatMap(({ accuracy }) => Object.keys(accuracy).map(Number));
  return [...new Set(lengths)].sort((a, b) => a - b);
}

/**
 * Seven steps, evenly spaced among those that both the paper and a run have, or (where those are few) among all up to
 * the first of the paper's that lies beyond our last; and the last of all.
 */
function shownSteps(runs: readonly ReportRun[]): number[] {
  const ascending = (steps: readonly number[]) => [...new Set(steps)].sort((a, b) => a - b);
  const theirs = paperTable2.map(({ step }) => step);
  const mine = runs.flatMap(({ metrics }) => metrics.map(({ step }) => step));
  const lasts = runs.flatMap(({ metrics }) => metrics.slice(-1).map(({ step }) => step));
  const common = theirs.filter((step) => mine.includes(step));
  const next = theirs.find((step) => step > Math.max(0, ...lasts));
  const before = theirs.filter((step) => step <= (next ?? Infinity));
  const candidates = ascending(common.length >= 4 ? common : [...mine, ...before]);
  const wanted = 7;
  const spread = candidates.length <= wanted
    ? candidates
    : Array.from({ length: wanted }, (_, at) =>
      candidates[Math.round(at * (candidates.length - 1) / (wanted - 1))]);
  return ascending([...spread, ...lasts, ...next === undefined ? [] : [next], theirs.at(-1)!]);
}

/** Accuracy of the final models at each length: of one seed with its 95 % interval, of several their mean and range. */
export function accuracyTable(runs: readonly ReportRun[]): Html {
  const last = paperTable2.at(-1)!;
  const lengths = new Set(runs.flatMap(({ evaluation }) => evaluation.map(({ length }) => length)));
  const step = (seeds: readonly ReportRun[]) => distinct(seeds, (run) => formatCount(run.step));
  return table(
    ["L", "", "Step", "All positions", "Matched positions"],
    [...lengths].sort((a, b) => a - b).map((length) => {
      const theirs = last.accuracy[length];
      const paperRows = theirs === undefined
        ? []
        : [[PAPER, formatCount(last.step), formatShare(theirs), NONE]];
      const ourRows = systems(runs).flatMap(({ name, seeds }) => {
        const found = seeds.flatMap(({ evaluation }) => evaluation.filter((each) => each.length === length));
        if (found.length === 0) return [];
        const [all, matched] = [
          shares(found.map(({ all }) => all)),
          shares(found.map(({ matched }) => matched)),
        ];
        return [[html`<b>${name}</b>`, step(seeds), all, matched]];
      });
      return group(formatCount(length), [...paperRows, ...ourRows]);
    }),
  );
}

function shares(seeds: readonly Share[]): HtmlValue {
  const values = seeds.filter(({ positions }) => positions > 0).map(({ value }) => value);
  if (values.length === 0) return NONE;
  const range = seeds.length === 1 ? seeds[0].interval : [Math.min(...values), Math.max(...values)];
  const [low, high] = range.map((end) => formatFixed(100 * end, 1));
  return html`${formatShare(mean(values))} <small>[${low}, ${high}]</small>`;
}

/** A table with its groups of rows; the first cell of a row is its heading. */
export function table(header: readonly HtmlValue[], groups: readonly (readonly Html[])[]): Html {
  return html`<table><thead><tr>${header.map((each) => html`<th scope="col">${each}</th>`)}</tr></thead>
${groups.map((rows) => html`<tbody>${rows}</tbody>\n`)}</table>`;
}

/** Rows under one heading, which stands in the first of them. */
export function group(heading: string, rows: readonly (readonly HtmlValue[])[]): Html[] {
  return rows.map((cells, index) => row([index === 0 ? heading : "", ...cells]));
}

/** A row whose first cell is its heading. */
export function row([first, ...rest]: readonly HtmlValue[]): Html {
  return html`<tr><th scope="row">${first}</th>${rest.map((each) => html`<td>${each}</td>`)}</tr>`;
}
