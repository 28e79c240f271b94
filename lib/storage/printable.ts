/** A value of unknown origin, quoted, as a short part of a one-line message. */
export function printable(value: unknown): string {
  return oneLine(JSON.stringify(value) ?? "nothing", 100);
}

/** Text of unknown origin without control characters, which could forge lines or steer a terminal, and cut. */
export function oneLine(text: string, longest: number): string {
  const visible = text.replace(/\p{C}/gu, (each) => `\\u{${each.codePointAt(0)!.toString(16)}}`);
  return visible.length <= longest ? visible : `${visible.slice(0, longest - 1)}…`;
}
