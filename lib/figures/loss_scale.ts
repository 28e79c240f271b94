/**
 * One colour scale for the loss surfaces of a figure, so that they can be compared.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { bounded, type Surface } from "../analysis/landscape/surface.ts";
import { document } from "./dom.ts";

/** Logarithmic, on which the pit around a solution and the walls far from it can both be seen, or linear. */
export type LossScaleKind = "log" | "linear";

/** Losses as positions, which heights and colours are made of. */
export interface LossScale {
  /** Of positions: the loss itself, or its decimal logarithm. */
  readonly domain: readonly [low: number, high: number];
  /** Round losses with their positions within the domain. */
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  /** A surface's positions. */
  positions(surface: Surface): Float64Array;
  /** The colour of a position. */
  color(position: number): string;
  /** Plot's options for colours of positions. */
  readonly options: Plot.ScaleOptions;
  /** The legend. */
  ramp(): Element;
}

/**
 * The scale that all given surfaces fit into.
 *
 * @throws {RangeError} if there is none, or (on a logarithmic scale) a value is not positive
 */
export function lossScale(surfaces: readonly Surface[], kind: LossScaleKind = "log"): LossScale {
  const positions = (surface: Surface) => {
    const { values } = bounded(surface);
    return kind === "linear" ? values : values.map((value) => value > 0 ? Math.log10(value) : NaN);
  };
  const known = surfaces.flatMap((surface) => [...positions(surface)]);
  const [low, high] = known.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [
    Infinity,
    -Infinity,
  ]);
  if (!(Number.isFinite(low) && Number.isFinite(high))) {
    throw new RangeError("Cannot draw losses unless there are some and all are positive");
  }
  // Heights are read against zero where they can be.
  const least = kind === "linear" ? Math.min(low, 0) : low;
  const domain = least < high ? [least, high] as const : [least - 0.1, high + 0.1] as const;
  const ticks = (kind === "linear" ? linearTicks : logTicks)(domain);
  const labels = new Map(ticks.map(({ at, label }) => [at, label]));
  const options: Plot.ScaleOptions = { type: "linear", scheme: "viridis", domain: [...domain] };
  const { apply } = Plot.scale({ color: options })!;
  const legend = {
    width: 240,
    height: 40,
    tickSize: 4,
    // Plot's types know a number of ticks only; it takes the ticks themselves.
    ticks: ticks.map(({ at }) => at) as unknown as number,
    tickFormat: (at: number) => labels.get(at) ?? "",
    label: kind === "linear" ? "loss" : "loss (logarithmic scale)",
  };
  return {
    domain,
    ticks,
    positions,
    color: apply,
    options,
    ramp: () => Plot.plot({ document, color: options }).legend("color", legend)!,
  };
}

type Ticks = (domain: readonly [number, number]) => { at: number; label: string }[];

const logTicks: Ticks = ([low, high]) => {
  const steps = high - low < 1.5 ? [1, 2, 5] : high - low < 3 ? [1, 3] : [1];
  return Array.from({ length: 80 }, (_, at) => at - 40)
    .flatMap((power) => steps.map((step) => Number(`${step}e${power}`)))
    .map((tick) => ({ at: Math.log10(tick), label: String(tick) }))
    .filter(({ at }) => at >= low - 1e-9 && at <= high + 1e-9);
};

const linearTicks: Ticks = ([low, high]) => {
  const power = 10 ** Math.floor(Math.log10((high - low) / 3));
  const step = power * [1, 2, 5].findLast((each) => each * power <= (high - low) / 3)!;
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, at) => {
    const tick = Number(((first + at) * step).toPrecision(12));
    return { at: tick, label: String(tick) };
  });
};
