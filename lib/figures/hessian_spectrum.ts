/**
 * Spectra of Hessians: how many eigenvalues lie where, on an axis that is logarithmic to both sides of 0.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import type { Showable } from "./display.ts";
import { emptyPlot, figureGrid, panelWidth } from "./grid.ts";
import { type Block, legendOf } from "./layout.ts";
import { muted, pageWidth, plot, type SeriesStyle, styled } from "./theme.ts";

/** A spectrum. */
export interface NamedSpectrum {
  readonly name: string;
  readonly eigenvalues: readonly number[];
  /** How far each is off, about. */
  readonly eigenvalueError: number;
  /** Updates done; spectra of the same step share a panel. */
  readonly step: number;
}

/** Bins a decade. */
const FINENESS = 4;

/**
 * A panel for each step with the spectra of all models there, on common axes.
 *
 * The axis is linear up to 10⁻⁵ of the largest eigenvalue, and logarithmic beyond. Between the dotted lines an
 * eigenvalue cannot be told from 0.
 *
 * @param options `width` in pixels, `columns` of panels
 */
export function hessianSpectrum(
  spectra: readonly NamedSpectrum[],
  { width = pageWidth, columns = width < 480 ? 1 : 3 }: { width?: number; columns?: number } = {},
): Showable<Block> {
  const series = styled(spectra);
  const steps = [...new Set(series.map(({ step }) => step))].sort((a, b) => a - b);
  const across = Math.max(1, Math.min(columns, steps.length));
  const size = { width: panelWidth(width, across), height: 170 };
  const axis = signedAxis(series);
  const panels = steps.map((step) => ({
    title: steps.length > 1 ? `Step ${step.toLocaleString("en")}` : undefined,
    plot: spectraPlot(series.filter((each) => each.step === step), { size, axis }),
  }));
  if (panels.length === 0) panels.push({ title: undefined, plot: emptyPlot(size.width, size.height) });
  return figureGrid(panels, {
    columns: across,
    legend: legendOf(series),
    caption:
      `Eigenvalues in each quarter of a decade; the axis is linear between −${axis.unit} and ${axis.unit}. ` +
      "Between the dotted lines an eigenvalue cannot be told from 0.",
  });
}

/** λ → sign(λ)·max(0, 1 + log₁₀|λ|/floor), piece by piece: linear up to the floor, logarithmic beyond. */
interface SignedAxis {
  /** Where the linear part ends. */
  readonly unit: string;
  readonly place: (value: number) => number;
  readonly domain: readonly [number, number];
  /** More than any bin holds, on all panels. */
  readonly most: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

function signedAxis(spectra: readonly NamedSpectrum[]): SignedAxis {
  const all = spectra.flatMap(({ eigenvalues }) => [eigenvalues[0], eigenvalues[eigenvalues.length - 1]]);
  const largest = Math.max(...all.map(Math.abs));
  const floor = 10 ** Math.round(Math.log10(largest > 0 && largest < Infinity ? largest : 1) - 5);
  const place = (value: number) => {
    const size = Math.abs(value) / floor;
    return Math.sign(value) * (size <= 1 ? size : 1 + Math.log10(size));
  };
  const most = Math.ceil(Math.max(1, ...all.map(place)));
  const least = Math.floor(Math.min(-1, ...all.map(place)));
  const power = Math.round(Math.log10(floor));
  const decades = Array.from({ length: most - least + 1 }, (_, k) => least + k);
  const ticks = decades.map((at) => ({
    at,
    label: at === 0 ? "0" : `${at < 0 ? "−" : ""}${powerOfTen(power + Math.abs(at) - 1)}`,
  }));
  const domain = [least, most] as const;
  const fullest = Math.max(
    1,
    ...spectra.flatMap(({ eigenvalues }) => binCounts(eigenvalues, { place, domain })),
  );
  return { unit: powerOfTen(power), place, domain, most: 1.3 * fullest, ticks };
}

/** Eigenvalues in each bin. */
function binCounts(
  eigenvalues: readonly number[],
  { place, domain: [least, most] }: Pick<SignedAxis, "place" | "domain">,
): number[] {
  const counts = new Array<number>((most - least) * FINENESS + 1).fill(0);
  for (const value of eigenvalues) counts[Math.floor((place(value) - least) * FINENESS)]++;
  return counts;
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** 0.1, 1, 10, 100, 10³, … */
function powerOfTen(power: number): string {
  if (power >= -2 && power <= 2) return String(10 ** power);
  const digits = Array.from(String(Math.abs(power)), (digit) => superscripts[Number(digit)]).join("");
  return `10${power < 0 ? "⁻" : ""}${digits}`;
}

function spectraPlot(
  spectra: readonly (NamedSpectrum & { style: SeriesStyle })[],
  { size, axis }: { size: { width: number; height: number }; axis: SignedAxis },
): Block {
  const [least] = axis.domain;
  const unsure = axis.place(Math.max(0, ...spectra.map(({ eigenvalueError }) => eigenvalueError)));
  const lines = spectra.map(({ eigenvalues, style }) => ({
    style,
    rows: binCounts(eigenvalues, axis).map((count, k) => ({ at: least + k / FINENESS, count })),
  }));
  // A label at every second decade where they would touch.
  const every = Math.ceil(axis.ticks.length * 26 / size.width);
  const labelled = axis.ticks.filter(({ at }) => at % every === 0);
  return plot({
    ...size,
    x: {
      domain: axis.domain,
      label: "eigenvalue",
      ticks: labelled.map(({ at }) => at),
      tickFormat: (at: number) => axis.ticks.find((tick) => tick.at === at)?.label ?? "",
    },
    y: {
      type: "symlog",
      constant: 1,
      domain: [0, axis.most],
      ticks: [0, 1, 10, 100, 1000].filter((tick) => tick <= axis.most),
      tickFormat: "d",
    },
    marks: [
      Plot.ruleX([-unsure, unsure], { stroke: muted, strokeDasharray: "1,3" }),
      ...lines.map(({ style, rows }) =>
        Plot.lineY(rows, {
          x: "at",
          y: "count",
          curve: "step-after",
          stroke: style.color,
          strokeWidth: 1.4,
          strokeDasharray: style.dashed ? "5,3" : undefined,
        })
      ),
    ],
  });
}
