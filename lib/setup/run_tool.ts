import { UserError } from "../errors.ts";
import { systemReason } from "../storage/system_error.ts";

/** What a program left behind. */
export interface ToolResult {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end, or until the signal aborts it.
 *
 * @returns undefined if there is no such program
 * @throws {UserError} if it cannot be started for another reason, or was aborted
 */
export async function runTool(
  program: string,
  args: readonly string[],
  { signal, env }: { signal: AbortSignal; env?: Record<string, string> },
): Promise<ToolResult | undefined> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      env,
      signal,
      stdin: "null",
    }).output();
    signal.throwIfAborted();
    const text = new TextDecoder();
    return { success, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new UserError(`Cannot run ${program} as ${systemReason(error)}`);
  }
}
