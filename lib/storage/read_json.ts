import { UserError } from "../errors.ts";
import { oneLine } from "./printable.ts";
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
    // The parser quotes the file, line breaks and all.
    const reason = oneLine((error as Error).message, 200);
    throw new UserError(`Cannot use ${what} ${path} as it is not JSON: ${reason}`);
  }
}
