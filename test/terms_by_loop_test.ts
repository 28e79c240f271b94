import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { termsByLoop } from "../lib/analysis/terms_by_loop.ts";
import { engineProblem } from "../lib/engines/engine.ts";
import { createTfjsEngine } from "../lib/engines/tfjs/engine.ts";
import { configuration } from "../lib/models/config.ts";
import { initialParameters } from "../lib/models/init.ts";
import { randomStream } from "../lib/random.ts";
import { taskOf } from "../lib/tasks/select.ts";

for (const objective of [{ q: 1.5 }, { q: 1, kinetic: "norm" }, { q: 2.5 }] as const) {
  Deno.test(`what the loops contribute adds up to the objective's terms, ${JSON.stringify(objective)}`, async () => {
    const setup = configuration({ objective, model: { loops: 5, heads: 2 } });
    const task = taskOf(setup.task);
    const engine = await createTfjsEngine(engineProblem(task, setup));
    const parameters = initialParameters(engine.problem, 4);
    const batch = task.sample(randomStream(4, "batch"), 3, 9);
    const { terms } = await engine.lossAndGradient(parameters, batch);
    const loops = termsByLoop(
      await engine.trace(parameters, batch, { attention: true }),
      batch,
      setup.objective,
    );
    assertEquals(loops.map(({ loop }) => loop), [1, 2, 3, 4, 5]);
    const mean = (term: "entropy" | "potential") =>
      loops.reduce((sum, each) => sum + each[term], 0) / loops.length;
    assertAlmostEquals(mean("entropy"), terms.meanEntropy, 1e-5);
    assertAlmostEquals(mean("potential"), terms.potential, 1e-5);
    assertAlmostEquals(loops[4].kinetic, terms.kinetic, 1e-5 * terms.kinetic);
    assertThrows(
      () => termsByLoop({ states: [parameters, parameters], attention: [] }, batch, setup.objective),
      RangeError,
    );
  });
}
