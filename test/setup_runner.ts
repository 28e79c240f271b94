// Sets up on the stage in the given folder, and says when the named program runs, which then does not end.
import { join } from "node:path";
import { SetupStage } from "./setup_stage.ts";

const [root, blocked] = Deno.args;
const stage = await SetupStage.create(root);
const sign = join(root, "blocked");
await stage.program(
  blocked as "python" | "compiler",
  `
  [ "$1" = --version ] && exit 0
  [ "$3" = --version ] && exit 0
  echo > "${sign}"
  while [ -e "${sign}" ]; do sleep 0.05; done`,
);
const done = stage.run();
while (!await Deno.stat(sign).catch(() => undefined)) await new Promise((resolve) => setTimeout(resolve, 20));
console.log("blocked");
await done;
