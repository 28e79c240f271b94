/** Locks the directory in its first argument, says so and waits to be killed. */
import { lockDirectory } from "../lib/storage/run_lock.ts";

using _lock = lockDirectory(Deno.args[0]);
console.log("locked");
await new Promise((resolve) => setTimeout(resolve, 60_000));
