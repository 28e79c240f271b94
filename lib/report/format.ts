/**
 * Numbers as a reader wants them.
 *
 * @module
 */

/** What stands where there is no value. */
export const NONE = "–";

/** 20,000 */
export const formatCount = (value: number): string => value.toLocaleString("en-US");

/** A share in [0, 1] as 71.2 % (the space is narrow and does not break). */
export const formatShare = (value: number): string =>
  Number.isFinite(value) ? `${(100 * value).toFixed(1)}\u202f%` : NONE;

/** A number to so many digits after the point, with a proper minus sign. */
export const formatFixed = (value: number, digits: number): string =>
  Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : NONE;

/** Seconds as 45 s, 9 min 40 s, 3 h 20 min. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return NONE;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const parts = hours > 0
    ? [hours, "h", minutes, "min"]
    : minutes > 0
    ? [minutes, "min", rest, "s"]
    : [rest, "s"];
  return parts.join("\u00a0");
}

/** a, b and c */
export function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** The values of all items, each once: 32, or 32 or 64. */
export function distinct<T>(items: readonly T[], value: (item: T) => string): string {
  return [...new Set(items.map(value))].join(" or ");
}
