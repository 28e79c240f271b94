/**
 * The attention of one head, loop by loop.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Trace } from "../engines/engine.ts";
import type { Sequences } from "../tasks/task.ts";
import type { Showable } from "./display.ts";
import { document } from "./dom.ts";
import { figureGrid, panelWidth } from "./grid.ts";
import type { Block } from "./layout.ts";
import { ink, muted, pageWidth, type SeriesStyle } from "./theme.ts";

/** Traced attention, with the sequences that it belongs to. */
export interface TracedAttention extends Sequences {
  /** Of each loop, [count, heads, length, length]. */
  readonly attention: Trace["attention"];
}

/** What {@linkcode attentionMap} shows. */
export interface AttentionMapOptions {
  /** Which of the traced sequences. Default: the first. */
  readonly sequence?: number;
  /** Which head. Default: the first. */
  readonly head?: number;
  /** Which loops, counted from 1. Default: four from the first to the last, in equal ratios. */
  readonly loops?: readonly number[];
  /** The key that each query should find, -1 for none: marked. [length] */
  readonly correct?: ArrayLike<number>;
  /** How to write a token. Default: a, b, c, … */
  readonly symbol?: (token: number) => string;
  readonly width?: number;
}

const markStyle: SeriesStyle = { color: "#d55e00", symbol: "square", dashed: true };

interface Cell {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
}

/**
 * Attention maps of one head on one sequence, one for each chosen loop: a row is a query, a column a key, and colours
 * are comparable between maps. Meant for sequences of up to some 64 tokens.
 *
 * @throws {RangeError} if no attention was traced, or none of such a sequence, head or loop
 */
export function attentionMap(traced: TracedAttention, options: AttentionMapOptions = {}): Showable<Block> {
  const { sequence = 0, head = 0, correct = [], symbol = letter, width = pageWidth } = options;
  const { attention, count, length } = traced;
  if (attention.length === 0) throw new RangeError("Cannot show an attention map as no attention was traced");
  const heads = attention[0].length / (count * length * length);
  const loops = options.loops ?? equalRatios(attention.length);
  assertIndex(sequence, count, "sequence");
  assertIndex(head, heads, "head");
  for (const loop of loops) assertIndex(loop - 1, attention.length, "loop");

  const start = (sequence * heads + head) * length * length;
  const maps = loops.map((loop) => attention[loop - 1].subarray(start, start + length * length));
  const largest = maps.reduce((most, map) => map.reduce((a, b) => Math.max(a, b), most), 0);
  const color = {
    // The first query can only attend to itself: on a linear scale this one weight would make all others pale.
    type: "sqrt",
    scheme: "blues",
    domain: [0, largest > 0 ? largest : 1],
    label: "attention weight (square-root scale)",
  } as const;
  const columns = Math.min(loops.length, width < 480 ? 2 : 4);
  const side = panelWidth(width, columns, 12);
  const tokens = [...traced.tokens.subarray(sequence * length, (sequence + 1) * length)].map(symbol);
  const panels = maps.map((map, index) => ({
    title: `loop ${loops[index]}`,
    plot: heatMap(cellsOf(map, length), { color, side, tokens, correct, labelled: index % columns === 0 }),
  }));
  const ramp = Plot.plot({ document, color }).legend("color", {
    width: 220,
    height: 40,
    tickSize: 4,
    ticks: 4,
  });
  const legend = [{ label: "key to be found", style: markStyle, kind: "symbol" as const }];
  return figureGrid(panels, { columns, gap: 12, ramp, legend: correct.length === 0 ? [] : legend });
}

const letter = (token: number) => token < 26 ? String.fromCharCode(97 + token) : String(token);

/** Four whole numbers (fewer where there are not so many) from 1 to `last`. */
function equalRatios(last: number): number[] {
  const four = [0, 1, 2, 3].map((third) => Math.round(last ** (third / 3)));
  return [...new Set(four)].filter((loop) => loop <= last);
}

function assertIndex(index: number, count: number, what: string): void {
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    throw new RangeError(`Cannot show ${what} number ${index + 1} as ${count} were traced`);
  }
}

/** What can be seen: zeros stay white. */
function cellsOf(map: Float32Array, length: number): Cell[] {
  const cells = Array.from(
    map,
    (weight, at) => ({ query: Math.floor(at / length), key: at % length, weight }),
  );
  return cells.filter(({ weight }) => weight > 5e-4);
}

function heatMap(
  cells: readonly Cell[],
  { color, side, tokens, correct, labelled }: {
    color: Plot.ScaleOptions;
    side: number;
    tokens: readonly string[];
    correct: ArrayLike<number>;
    /** Whether the queries' tokens are written. */
    labelled: boolean;
  },
): Block {
  const length = tokens.length;
  const marked = Array.from(correct, (key, query) => ({ key, query })).filter(({ key }) => key >= 0);
  const margin = 30;
  const cell = (side - margin) / length;
  const fontSize = Math.max(5, Math.min(9, 1.2 * cell));
  // One in so many, so that tokens do not run into each other.
  const every = Math.ceil(0.75 * fontSize / cell);
  const ticks = tokens.map((_, at) => at).filter((at) => at % every === 0);
  const scale = {
    type: "band",
    domain: tokens.map((_, at) => at),
    padding: 0,
    round: false,
    axis: null,
  } as const;
  const axis = {
    fontSize,
    tickSize: 0,
    tickPadding: 3,
    ticks,
    tickFormat: (at: number) => tokens[at],
    labelAnchor: "center",
    labelArrow: "none",
    fill: muted,
  } as const;
  return Plot.plot({
    document,
    width: side,
    height: side,
    marginTop: 2,
    marginRight: 2,
    marginBottom: margin - 2,
    marginLeft: margin - 2,
    color,
    x: scale,
    y: scale,
    marks: [
      Plot.cell(cells, { x: "key", y: "query", fill: "weight", inset: 0.2 }),
      Plot.cell(marked, { x: "key", y: "query", stroke: markStyle.color, strokeWidth: 1.2, inset: 0.6 }),
      Plot.axisX({ ...axis, label: "key", labelOffset: 21 }),
      labelled ? Plot.axisY({ ...axis, label: "query", labelOffset: 24 }) : [],
      Plot.frame({ stroke: ink, strokeOpacity: 0.25 }),
    ],
  }) as Block;
}
