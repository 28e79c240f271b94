import { UserError } from "../errors.ts";
import { systemReason } from "./system_error.ts";

/**
 * Whether there is something at `path`.
 *
 * @throws {UserError} if that cannot be told
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw new UserError(`Cannot read ${path} as ${systemReason(error)}`);
  }
}
