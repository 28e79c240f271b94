/** Writes more to the file in its first argument than its parent allows, and says what came of it. */
import { writeFileAtomically } from "../lib/storage/atomic_write.ts";

try {
  await writeFileAtomically(Deno.args[0], new Uint8Array(1_000_000));
  console.log("written");
} catch (error) {
  console.log((error as Error).name, (error as Error).message);
}
