import { UserError } from "../errors.ts";
import { readFile } from "./read_file.ts";

/**
 * A JSON file's content.
 *
 * @param what names the content in errors, such as "tokens"
 * @throws {UserError} if it cannot be read or is no JSON
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  const text = new TextDecoder().decode(await readFile(path));
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`Cannot use ${what} ${path} as it is not JSON: ${(error as Error).message}`);
  }
}
