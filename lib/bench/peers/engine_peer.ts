/**
 * The fused engine as a peer: in a process of its own, so that it can be timed under other flags of V8. Speaks the
 * protocol of `protocol.py`.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { engineProblem } from "../../engines/engine.ts";
import { createFusedEngine } from "../../engines/fused/engine.ts";
import { taskOf } from "../../tasks/select.ts";
import { engineRunner, type Runner } from "../contestant.ts";

let runner: Runner | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (runner === undefined) {
    runner = await open(message);
    answer({ about: runner.about, value: runner.value });
  } else answer({ milliseconds: await runner.run(message.times) });
}
await runner?.close();

async function open({ kind, configuration, parameters, tokens, targets, workers }: {
  kind: "forward" | "train";
  configuration: Parameters<typeof engineRunner>[1]["prepared"]["configuration"];
  /** By name, in the order of the specification. */
  parameters: Record<string, number[] | number[][]>;
  tokens: number[][];
  targets: number[][];
  workers: number;
}): Promise<Runner> {
  const problem = engineProblem(taskOf(configuration.task), configuration);
  const count = tokens.length, length = tokens[0].length;
  const prepared = {
    work: { name: kind, title: kind, kind, count, length, model: configuration.model },
    configuration,
    problem,
    parameters: Float32Array.from(Object.values(parameters).flat(2)),
    batch: {
      tokens: Int32Array.from(tokens.flat()),
      targets: Int32Array.from(targets.flat()),
      count,
      length,
    },
  };
  return await engineRunner(await createFusedEngine(problem, { workers }), { prepared });
}

function answer(content: unknown): void {
  console.log(JSON.stringify(content));
}
