/**
 * Text of unknown origin as one short line of a message: quoted, without control characters (which could forge
 * lines or steer a terminal), cut at 100 characters.
 */
export function printable(value: unknown): string {
  const json = JSON.stringify(value) ?? "nothing";
  const text = json.replace(/\p{C}/gu, (each) => `\\u{${each.codePointAt(0)!.toString(16)}}`);
  return text.length <= 100 ? text : `${text.slice(0, 99)}…`;
}
