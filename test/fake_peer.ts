/** Speaks the line protocol of peers; its one argument is what goes wrong. */
import { createInterface } from "node:readline";
import process from "node:process";

const [trouble] = Deno.args;
const answer = (content: unknown) => console.log(JSON.stringify(content));
const shape = (array: unknown): number[] => Array.isArray(array) ? [array.length, ...shape(array[0])] : [];

if (trouble === "crash") {
  console.error("first\n  out of memory\n");
  Deno.exit(3);
}
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (trouble === "error") answer({ error: "Python has no module torch" });
  else if ("times" in message) answer({ milliseconds: 5 * message.times });
  else {
    const { kind, threads, parameters, tokens, targets } = message;
    answer({
      about: JSON.stringify({ kind, threads, tokens: shape(tokens), targets: shape(targets) }),
      value: shape(parameters["mlp.in.weight"])[1],
    });
  }
}
