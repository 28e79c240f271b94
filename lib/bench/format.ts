/** Milliseconds to three digits, in µs, ms or s. */
export function millisecondText(milliseconds: number): string {
  const [value, unit] = Math.abs(milliseconds) < 1
    ? [1000 * milliseconds, "µs"]
    : Math.abs(milliseconds) < 1000
    ? [milliseconds, "ms"]
    : [milliseconds / 1000, "s"];
  return `${threeDigits(value)} ${unit}`;
}

/** Bytes to three digits, in kB, MB or GB (powers of 1000). */
export function byteText(bytes: number): string {
  const [value, unit] = bytes < 1e6
    ? [bytes / 1e3, "kB"]
    : bytes < 1e9
    ? [bytes / 1e6, "MB"]
    : [bytes / 1e9, "GB"];
  return `${threeDigits(value)} ${unit}`;
}

/** 1.23, 12.3, 123 */
function threeDigits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}
