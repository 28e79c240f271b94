import { UserError } from "../errors.ts";
import { systemReason } from "./system_error.ts";

const largest = 2 ** 31;

/**
 * The content of a regular file of at most 2 GiB.
 *
 * @throws {UserError} if there is no such file or it cannot be read
 */
export async function readFile(path: string): Promise<Uint8Array> {
  const refuse = (reason: string) => new UserError(`Cannot read ${path} as ${reason}`);
  try {
    const { isDirectory, isFile, size } = await Deno.stat(path);
    if (isDirectory) throw refuse("it is a directory");
    // Devices and pipes may never end.
    if (!isFile) throw refuse("it is not a regular file");
    if (size > largest) throw refuse(`it has ${size} bytes, and more than ${largest} are not read`);
    return await Deno.readFile(path);
  } catch (error) {
    throw error instanceof UserError ? error : refuse(systemReason(error));
  }
}
