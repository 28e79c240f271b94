import { assert, assertEquals, assertGreater, assertMatch, assertStringIncludes } from "@std/assert";
import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Engine } from "../lib/engines/engine.ts";
import { document as plotDocument } from "../lib/figures/dom.ts";
import { figureToPng } from "../lib/figures/save.ts";
import { preset, type PresetName } from "../lib/models/presets.ts";
import { randomStream } from "../lib/random.ts";
import type { ReportData, ReportRun } from "../lib/report/data.ts";
import { reportFigures } from "../lib/report/figures.ts";
import type { ReportFigure } from "../lib/report/report_figure.ts";
import { formatDuration, formatFixed, formatShare, listOf } from "../lib/report/format.ts";
import { textWithFormulas } from "../lib/report/formula.ts";
import { html } from "../lib/report/html.ts";
import { paperTable1, paperTable2 } from "../lib/report/paper.ts";
import { renderReport } from "../lib/report/report.ts";
import { traceSequence } from "../lib/report/trace_sequence.ts";
import {
  syntheticEvaluation,
  syntheticLoops,
  syntheticMetrics,
  syntheticTrace,
  task,
} from "./synthetic_runs.ts";

function syntheticRun(name: PresetName, { seed = 0, steps = 300 } = {}): ReportRun {
  return {
    name,
    about: `about ${name}`,
    configuration: { ...preset(name), training: { ...preset(name).training, seed, steps } },
    parameters: 932,
    step: steps,
    engine: { name: "tfjs", backend: "wasm" },
    seconds: 281,
    metrics: syntheticMetrics({
      seed,
      steps,
      every: steps / 12,
      pace: 200,
      ceiling: { 10: 0.8, 100: 0.85, 1000: 0.8 },
    }),
    evaluation: syntheticEvaluation({ 10: 0.7 + seed / 100, 100: 0.75, 1000: 0.72 }),
    loops: { length: 100, sequences: 32, accuracy: syntheticLoops(0.75) },
    sequence: syntheticTrace({ seed, length: 12 }),
  };
}

const data: ReportData = {
  command: "deno task reproduce",
  versions: { kit: "0.1.0", Deno: "2.9.6" },
  cores: 2,
  seconds: 599.6,
  runs: [syntheticRun("eer"), syntheticRun("eer-as-written")],
  findings: ["The first finding, at $L=10$."],
  assumptions: ["The first assumption.", "The second."],
};

const parse = (page: string) => parseHTML(page).document as unknown as Document;
const textOf = (element: Element | null | undefined) =>
  element?.textContent?.replaceAll(/\s+/g, " ").trim() ?? "";
const tableOf = (page: Document, number: number) =>
  [...page.querySelectorAll(`#table-${number} tbody tr`)].map((row) => [...row.children].map(textOf));

Deno.test("the report asks the network for nothing and runs nothing", () => {
  const page = renderReport(data);
  const policy = parse(page).querySelector("meta[http-equiv=Content-Security-Policy]")?.getAttribute(
    "content",
  );
  assertStringIncludes(policy ?? "", "default-src 'none'");
  assert(!/<(script|link|iframe|object|embed|base|form)\b|@import|\bsrc="(?!data:)|\son\w+="/i.test(page));
  for (const [, url] of page.matchAll(/url\(["']?([^"')]*)/g)) assertMatch(url, /^(data:|#)/);
  const links = [...parse(page).querySelectorAll("a[href], link, use")].map((each) =>
    each.getAttribute("href")
  );
  assertEquals(links, ["https://arxiv.org/abs/2601.09588"]);
});

Deno.test("the report has the font once for all figures, whose ids are their own", async () => {
  const page = renderReport(data);
  assertEquals(page.match(/@font-face\{font-family:"Kit Sans"/g)?.length, 2);
  const document = parse(page);
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  const svgs = [
    ...page.matchAll(/<svg xmlns="http:\/\/www.w3.org\/2000\/svg" xmlns:xlink.*?<\/svg>(?=<\/div>)/gs),
  ];
  assertEquals(svgs.length, reportFigures(data).length);
  for (const [svg] of svgs) await figureToPng(svg, { scale: 0.1 });

  const clipped = (name: string): ReportFigure => ({
    name,
    section: "training",
    figure: Plot.plot({ document: plotDocument, marks: [Plot.lineY([1, 2], { clip: true })] }),
    caption: "Clipped",
  });
  const own = renderReport(data, { figures: [clipped("one"), clipped("two")] });
  for (const id of ["one-1", "two-1"]) assertEquals(own.split(`id="${id}"`).length, 2);
});

Deno.test("the report says what was run and how far it went", () => {
  const text = textOf(parse(renderReport(data)).body);
  for (
    const part of [
      "deno task reproduce",
      "kit 0.1.0, Deno 2.9.6",
      "2 cores, 10 min 0 s in all",
      "about eer-as-written",
      "ours went to step 300, or 1.5 % of that",
      "The first finding",
      "The second.",
    ]
  ) assertStringIncludes(text.replaceAll(/[\u00a0\u202f]/g, " "), part);
  const far = { ...data, runs: [syntheticRun("eer", { steps: 20_000 })] };
  assert(!textOf(parse(renderReport(far)).body).includes("neither confirmed nor refuted"));
});

Deno.test("figures and tables are numbered in order, each with its caption", () => {
  const document = parse(renderReport(data));
  const captions = (selector: string) =>
    [...document.querySelectorAll(`${selector} figcaption b`)].map(textOf);
  const figures = reportFigures(data);
  assertEquals(captions("figure:not(.table)"), figures.map((_, index) => `Figure ${index + 1}.`));
  assertEquals(captions("figure.table"), ["Table 1.", "Table 2.", "Table 3."]);
  assertEquals(new Set(figures.map(({ name }) => name)).size, figures.length);
  assertGreater(figures.length, 5);
  const sections = [...document.querySelectorAll("h2")].map(textOf).slice(1);
  sections.forEach((title, index) => assertMatch(title, new RegExp(`^${index + 1} [A-Z]`)));
});

Deno.test("links lead to the figures' files, where there are any", () => {
  const document = parse(renderReport(data, { files: "figures" }));
  const links = [...document.querySelectorAll(".files a")].map((link) => link.getAttribute("href"));
  assertEquals(
    links,
    reportFigures(data).flatMap(({ name }) =>
      ["svg", "png", "pdf"].map((format) => `figures/${name}.${format}`)
    ),
  );
});

Deno.test("Table 1: our side is filled in wherever the paper has a line", () => {
  const rows = tableOf(parse(renderReport(data)), 1);
  assertGreater(rows.length, paperTable1.length);
  for (const [metric, , , ...ours] of rows) {
    for (const cell of ours) assert(cell !== "" && cell !== "–", metric);
  }
  const row = (start: string) => rows.find(([metric]) => metric.startsWith(start))!;
  assertEquals(row("Latent Dimension"), ["Latent Dimension (d)", "64", "8", "8", "8"]);
  assertEquals(row("Training Steps"), ["Training Steps", "100k", "20k", "300", "300"]);
  assertEquals(row("Recency bias").slice(2), ["not mentioned", "0.25", "none"]);
  assertEquals(row("Parameters").slice(3), ["932", "932"]);
});

Deno.test("Table 2: values at the same step stand below each other, and none is made up", () => {
  const rows = tableOf(parse(renderReport(data)), 2);
  assertEquals(rows[0], [
    "0",
    "paper",
    "1.2509",
    "1.4000",
    "93.78",
    "25.6 %",
    "32.7 %",
    "33.5 %",
  ]);
  assertEquals(rows.at(-1)?.slice(0, 5), ["10,000", "paper", "1.0710", "1.0016", "26.94"]);
  // The paper has no step 300, ours no step 500.
  const at = (step: string) => {
    const first = rows.findIndex(([heading]) => heading === step);
    const next = rows.findIndex(([heading], index) => index > first && heading !== "");
    return rows.slice(first, next < 0 ? undefined : next);
  };
  assertEquals(at("0").map(([, source]) => source), ["paper", "eer", "eer-as-written"]);
  assertEquals(at("300").map(([, source]) => source), ["eer", "eer-as-written"]);
  assertEquals(at("500").map(([, source]) => source), ["paper"]);
  const last = data.runs[0].metrics.at(-1)!;
  assertEquals(at("300")[0].slice(2, 5), [
    last.entropy.toFixed(4),
    last.potential.toFixed(4),
    last.kinetic.toFixed(2),
  ]);

  const long = tableOf(parse(renderReport({ ...data, runs: [syntheticRun("eer", { steps: 24_000 })] })), 2);
  const both = long.flatMap(([, source], index) =>
    source === "paper" && long[index + 1]?.[0] === "" ? [index] : []
  );
  assertGreater(both.length, 3);
});

Deno.test("Table 3: accuracies with intervals; of several seeds their mean and range", () => {
  const rows = tableOf(parse(renderReport(data)), 3);
  assertEquals(rows[0], ["10", "paper", "10,000", "92.8 %", "–"]);
  assertMatch(rows[1].join(), /^,eer,300,70\.0 % \[6\d\.\d, 7\d\.\d\],68\.0 % \[/);

  const seeds = [0, 5, 1].map((seed) => syntheticRun("eer", { seed }));
  const document = parse(renderReport({ ...data, runs: seeds }));
  assertEquals(tableOf(document, 3)[1], [
    "",
    "eer",
    "300",
    "72.0 % [70.0, 75.0]",
    "70.0 % [68.0, 73.0]",
  ]);
  const mean = seeds.reduce((sum, { metrics }) => sum + metrics[0].kinetic, 0) / 3;
  assertEquals(tableOf(document, 2)[1].slice(1, 5)[3], mean.toFixed(2));
  assertEquals(tableOf(document, 1)[0].length, 4);
});

Deno.test("nothing in the data is markup", () => {
  const hostile = `<script>alert("1")</script><img src=x onerror='y'> $\\href{javascript:z}{w}$ ]]> $`;
  const run = {
    ...syntheticRun("eer"),
    name: hostile,
    about: hostile,
    engine: { name: hostile, backend: hostile },
  };
  const page = renderReport({
    command: hostile,
    versions: { [hostile]: hostile },
    cores: 1,
    seconds: 1,
    runs: [run],
    findings: [hostile],
    assumptions: [hostile],
  }, { files: `"><script>` });
  const document = parse(page);
  assertEquals(document.querySelectorAll("script, img, [onerror], a[href^=javascript]").length, 0);
  assertGreater(page.split("&lt;script&gt;").length, 6);
});

Deno.test("a report of runs that measured little, and of none", () => {
  const bare: ReportRun = {
    ...syntheticRun("eer"),
    metrics: [],
    evaluation: [],
    loops: undefined,
    sequence: undefined,
  };
  for (const runs of [[], [bare]]) {
    const document = parse(renderReport({ ...data, runs, findings: [], assumptions: [] }));
    assertEquals([...document.querySelectorAll("h2")].map(textOf), [
      "1 What was run",
      "2 The objective",
      "3 Configuration",
    ]);
    assertEquals(reportFigures({ ...data, runs }), []);
  }
  const uncounted = { value: NaN, interval: [0, 1] as const, positions: 0 };
  const nothing = { length: 10, sequences: 0, all: uncounted, matched: uncounted, byDistance: [] };
  const page = renderReport({ ...data, runs: [{ ...syntheticRun("eer"), evaluation: [nothing] }] });
  assertEquals(tableOf(parse(page), 3)[1], ["", "eer", "300", "–", "–"]);
  assert(!page.replaceAll(/base64,[\w+/=]*/g, "").includes("NaN"));
});

Deno.test("the report has every font that its formulas use", () => {
  const page = renderReport(data);
  const body = page.slice(page.indexOf("<body>"));
  // KaTeX's classes that ask for fonts which are left out.
  const others =
    /class="[^"]*\b(mathbf|mathit|mathbb|mathfrak|mathscr|mathsf|mathtt|boldsymbol|textbf|textit|amsrm|delimsizing size[34])\b/;
  assert(!others.test(body), body.match(others)?.[0]);
  assertStringIncludes(body, "katex");
  for (const [rule] of page.matchAll(/@font-face\{[^}]*\}/g)) {
    assertMatch(rule, /url\(data:font\/woff2;base64,/);
  }
  assertEquals(page.match(/@font-face\{[^}]*KaTeX/g)?.length, 5);
});

Deno.test("the paper's Table 2 is read from its file", async () => {
  const text = await Deno.readTextFile(new URL("../data/paper/table2.csv", import.meta.url));
  assertEquals(paperTable2.length, 21);
  const line = (
    { step, entropy, potential, accuracy, kinetic }: typeof paperTable2[number],
  ) => [step, entropy, potential, accuracy[10], accuracy[100], accuracy[1000], kinetic];
  const numbers = text.trim().split("\n").slice(1).map((row) => row.split(",").map(Number));
  assertEquals(paperTable2.map(line), numbers);
  assertEquals(paperTable2[0].kinetic, 93.7773);
});

Deno.test("the key to be found holds the answer", async () => {
  const stream = randomStream(3);
  const engine = {
    trace: () => Promise.resolve({ states: [], logits: [], attention: [] }),
  } as unknown as Engine;
  const parameters = new Float32Array();
  const { tokens, length, count, correct } = await traceSequence(engine, {
    task,
    parameters,
    stream,
    length: 200,
  });
  const { targets } = task.label({ tokens, length, count });
  for (let at = 0; at < length; at++) {
    const key = correct![at];
    if (key < 0) assertEquals(targets[at], task.classes - 1);
    else {
      assertEquals(tokens[key], targets[at]);
      assertEquals(tokens[key - 1], tokens[at]);
      assert(key <= at);
    }
  }
});

Deno.test("templates escape what they are given, once", () => {
  const inner = html`<b>${"<&>"}</b>`;
  assertEquals(
    html`<p>${inner}${["a", undefined, 1, html`<br>`]}${`"'`}</p>`.markup,
    `<p><b>&lt;&amp;&gt;</b>a1<br>&quot;&#39;</p>`,
  );
  assertEquals(textWithFormulas("costs $5 < 6").markup, "costs $5 &lt; 6");
  assertStringIncludes(textWithFormulas("so $x^2$.").markup, 'class="katex"');
  assertStringIncludes(textWithFormulas("so $\\frac$.").markup, "katex-error");
});

Deno.test("numbers are written for readers", () => {
  assertEquals(
    [9.4, 59.6, 580, 3599.9, 12_000].map(formatDuration).map((text) => text.replaceAll("\u00a0", " ")),
    [
      "9 s",
      "1 min 0 s",
      "9 min 40 s",
      "1 h 0 min",
      "3 h 20 min",
    ],
  );
  assertEquals([formatShare(0.7123), formatShare(NaN), formatShare(1)], ["71.2\u202f%", "–", "100.0\u202f%"]);
  assertEquals([formatFixed(-1.25, 1), formatFixed(Infinity, 1), formatFixed(2, 3)], ["−1.3", "–", "2.000"]);
  assertEquals([[], ["a"], ["a", "b"], ["a", "b", "c"]].map(listOf), ["", "a", "a and b", "a, b and c"]);
});
