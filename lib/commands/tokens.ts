import { UserError } from "../errors.ts";
import { readJson } from "../storage/read_json.ts";
import type { Sequences, Task } from "../tasks/task.ts";

/**
 * The sequences in a JSON file of `--tokens`: an array of equally long arrays of the task's tokens.
 *
 * @throws {UserError} if the file cannot be read or holds anything else
 */
export async function readTokens(
  file: string,
  { vocabulary }: Pick<Task, "vocabulary">,
): Promise<Sequences> {
  const value = await readJson(file, "tokens");
  const refuse = (why: string) => new UserError(`Cannot use tokens ${file} as ${why}`);
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => Array.isArray(each))) {
    throw refuse("it must be an array of sequences, such as [[0,1,2],[2,1,0]]");
  }
  const [{ length }] = value;
  if (length === 0) throw refuse("sequence 0 is empty");
  value.forEach((sequence, i) => {
    if (sequence.length !== length) {
      throw refuse(`sequence ${i} has ${sequence.length} tokens, but sequence 0 has ${length}`);
    }
    sequence.forEach((token: unknown, j: number) => {
      if (!Number.isInteger(token) || (token as number) < 0 || (token as number) >= vocabulary) {
        throw refuse(
          `sequence ${i} has ${
            JSON.stringify(token)
          } at position ${j}: tokens must be whole numbers ≥ 0 and < ${vocabulary}`,
        );
      }
    });
  });
  return { tokens: Int32Array.from(value.flat()), count: value.length, length };
}
