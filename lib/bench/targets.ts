/**
 * How fast the fused engine was meant to be, set before it was measured, and whether it is.
 *
 * @module
 */
import { millisecondText } from "./format.ts";
import { fusedName } from "./line_up.ts";
import type { GrowthResult, Measurements, SpeedResult, SpeedWork } from "./results.ts";
import { median, quantile } from "../statistics.ts";

/** A target beside what was measured. */
export interface Target {
  readonly what: string;
  /** What was to be reached, such as "10 ×". */
  readonly target: string;
  readonly measured: string;
  /** The middle half of the rounds, where there are rounds. */
  readonly middle?: string;
  /** Whether it was reached: "undecided" where the target lies within the middle half. */
  readonly verdict: "reached" | "undecided" | "not reached";
  /** Where it was not surely reached, what stands in the way. */
  readonly limit?: string;
}

/** How many times as long as the fused engine's, with a worker on each core, others' times were to be at least. */
const ratios: readonly [work: string, other: string, least: number][] = [
  ["train-8", "PyTorch eager", 10],
  ["train-8", "torch.compile", 5],
  ["train-8", "JAX jit", 10],
  ["train-8", "tfjs on tensorflow", 15],
  ["forward-8", "PyTorch eager", 10],
  ["train-64", "PyTorch eager", 2],
];
/** One worker's time over that of one on each of two cores. */
const LEAST_SPEEDUP = 1.7;
const LEAST_SHARE = 0.3;
const MOST_BYTES = 400e6;
/** Resident memory may differ by so much between 1,000 and 10,000 steps and be called flat. */
const FLAT = 0.05;

/** The targets that the measurements can tell of. */
export function targets({ speed, growth }: Measurements): Target[] {
  return [...(speed ? ofSpeed(speed) : []), ...(growth ? ofGrowth(growth) : [])];
}

function ofSpeed(result: SpeedResult): Target[] {
  const { works, machine: { cores }, peak } = result;
  const found: Target[] = [];
  const limit = limitOfTheStep(result);
  for (const [name, other, least] of ratios) {
    const work = works.find((each) => each.name === name);
    // Whichever number of threads suits a peer best.
    const best = work && fastest(work, (timing) => timing === other || timing.startsWith(`${other}, `));
    if (work && best) found.push(ratioTarget(work, { slow: best, fast: fusedName(cores), least, limit }));
  }
  const [first] = works;
  if (first && cores === 2) {
    const limit = "what is done once a step, by one thread alone, and two cores that share caches and memory";
    found.push(ratioTarget(first, { slow: fusedName(1), fast: fusedName(2), least: LEAST_SPEEDUP, limit }));
  }
  const one = first?.timings.find(({ name }) => name === fusedName(1));
  if (first && one && peak) {
    const flops = first.flops.products + first.flops.others;
    const shares = one.rounds.map((time) => flops / 1e6 / time / peak.one);
    found.push({
      what: `${first.title}: share of the measured peak, one worker`,
      target: percent(LEAST_SHARE),
      ...measured(shares, { least: LEAST_SHARE, text: percent, limit }),
    });
  }
  return found;
}

/** In words, from the times that lifting limits gave. */
function limitOfTheStep({ works, limits }: SpeedResult): string {
  const [whole, ...lifted] = limits;
  if (whole === undefined) return "see where the time goes";
  return `V8: ${works[0].title}, of ${millisecondText(whole.milliseconds)}, would take ` +
    lifted.map(({ name, milliseconds }) => `${millisecondText(milliseconds)} ${name}`).join(", ");
}

function fastest({ timings }: SpeedWork, takes: (name: string) => boolean): string | undefined {
  return timings.filter(({ name }) => takes(name)).toSorted((a, b) => a.median - b.median)[0]?.name;
}

function ratioTarget(
  { title, timings }: SpeedWork,
  { slow, fast, least, limit }: { slow: string; fast: string; least: number; limit: string },
): Target {
  const [a, b] = [slow, fast].map((name) => timings.find((timing) => timing.name === name)?.rounds ?? []);
  const byRound = a.map((time, round) => time / b[round]);
  return {
    what: `${title}: ${slow} over ${fast}`,
    target: times(least),
    ...measured(byRound, { least, text: times, limit }),
  };
}

function measured(
  values: readonly number[],
  { least, text, limit }: { least: number; text: (value: number) => string; limit: string },
): Omit<Target, "what" | "target"> {
  const low = quantile(values, 0.25), high = quantile(values, 0.75);
  return {
    measured: text(median(values)),
    middle: `${text(low)} – ${text(high)}`,
    ...(low >= least
      ? { verdict: "reached" }
      : { verdict: high < least ? "not reached" : "undecided", limit }),
  };
}

function ofGrowth({ resident }: GrowthResult): Target[] {
  const found: Target[] = [];
  const forward = resident.find(({ after }) => after.startsWith("forward"));
  if (forward) {
    found.push({
      what: `Resident memory after ${forward.after}`,
      target: `< ${megabytes(MOST_BYTES)}`,
      measured: megabytes(forward.bytes),
      verdict: forward.bytes < MOST_BYTES ? "reached" : "not reached",
    });
  }
  const steps = resident.filter(({ after }) => after.includes("train steps"));
  const early = steps.find(({ after }) => after.startsWith("1000 ")), late = steps.at(-1);
  if (early && late && late !== early) {
    const growth = late.bytes / early.bytes - 1;
    found.push({
      what: `Growth of resident memory from 1000 to ${late.after}`,
      target: `≤ ${percent(FLAT)}`,
      measured: percent(growth),
      verdict: growth <= FLAT ? "reached" : "not reached",
    });
  }
  return found;
}

const times = (value: number) => `${value.toFixed(value < 9.95 ? 1 : 0)} ×`;
const percent = (value: number) => `${(100 * value).toFixed(0)} %`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
