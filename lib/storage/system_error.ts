const reasons = new Map([
  ["EACCES", "permission is denied"],
  ["EPERM", "permission is denied"],
  ["EROFS", "the file system is read-only"],
  ["ENOENT", "there is no such file or directory"],
  ["ENOTDIR", "a part of its path is not a directory"],
  ["EISDIR", "it is a directory"],
  ["ENOSPC", "the disk is full"],
  ["EDQUOT", "the disk quota is used up"],
  ["ENAMETOOLONG", "its name is too long"],
]);

/**
 * Why the operating system refused, as the end of a sentence: `Cannot write X as ${systemReason(error)}`.
 *
 * @throws the error itself if it does not come from the system (or from Deno's permissions)
 */
export function systemReason(error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return `Deno may not: ${error.message}`;
  const { code, message } = error as { code?: string; message: string };
  // Deno gives the rarer ones no code.
  if (code === undefined && !message.includes("(os error ")) throw error;
  return reasons.get(code ?? "") ?? `the system reports "${message.split(/ \(os error|: /)[0]}"`;
}
