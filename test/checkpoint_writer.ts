/**
 * Writes checkpoint after checkpoint over the file in its first argument until it is killed; says so once it is at it.
 */
import { writeCheckpoint } from "../lib/training/checkpoint.ts";
import { numberedCheckpoint } from "./numbered_checkpoint.ts";

const [path, first] = Deno.args;
for (let step = Number(first);; step++) {
  await writeCheckpoint(path, numberedCheckpoint(step));
  if (step === Number(first)) console.log("writing");
}
