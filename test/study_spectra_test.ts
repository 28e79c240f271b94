import { assert, assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  readStudySpectra,
  runStudySpectra,
  type StudySpectrum,
} from "../lib/analysis/looped_single/study_spectra.ts";
import { runStudy } from "../lib/analysis/looped_single/study.ts";
import { engineProblem } from "../lib/engines/engine.ts";
import { createFusedEngine } from "../lib/engines/fused/engine.ts";
import { UserError } from "../lib/errors.ts";
import { spectraOverTraining } from "../lib/figures/spectra_over_training.ts";
import { figureToSvg } from "../lib/figures/svg.ts";
import { configuration } from "../lib/models/config.ts";
import { taskOf } from "../lib/tasks/select.ts";
import { heldOutBatch } from "../lib/training/train.ts";
import { readTrajectory } from "../lib/training/trajectory.ts";
import { tempDir } from "./temp_dir.ts";

const small = configuration({
  task: { kind: "markov-language", alphabet: 2, bottom: false },
  model: { width: 4, mlpWidth: 0, loops: 2, recency: 0 },
  objective: { lambdaPotential: 0, lambdaKinetic: 0, lambdaEntropy: 0 },
  training: {
    batch: 4,
    minLength: 6,
    maxLength: 6,
    steps: 4,
    evaluateEvery: 2,
    evaluateLengths: [5],
    evaluateSequences: 8,
  },
});

Deno.test("spectra of a study's snapshots: computed once, kept, and those of the gradient's differences", async () => {
  await using dir = await tempDir();
  const directory = dir.path;
  const criterion = { window: 1, plateau: 1, stability: 1, patience: 1 };
  const study = { directory, seeds: 1, configuration: small, criterion, engine: { workers: 1 } };
  for await (const _ of runStudy(study));

  const compute = async (steps: number[]) => {
    const found: StudySpectrum[] = [];
    for await (const each of runStudySpectra({ directory, seeds: 1, steps, engine: { workers: 1 } })) {
      found.push(each);
    }
    return found;
  };
  const named = (spectra: StudySpectrum[]) => spectra.map(({ arm, step }) => `${arm} ${step}`);
  await assertRejects(
    () => compute([3]),
    UserError,
    "Cannot compute the Hessian of single, seed 0, at step 3",
  );
  assertEquals(named(await compute([4])), ["single 4", "looped 4"]);
  assertEquals(named(await compute([0, 4])), ["single 0", "looped 0"]);
  assertEquals(await compute([0, 4]), []);
  const stored = await readStudySpectra(directory);
  assertEquals(named(stored), ["single 0", "single 4", "looped 0", "looped 4"]);

  // The trace, by longer differences of the gradient along each parameter.
  const spectrum = stored[3];
  const { parameters } = await readTrajectory(`${directory}/looped-seed-0`, small);
  const task = taskOf(small.task);
  const engine = await createFusedEngine(engineProblem(task, small), { workers: 1 });
  const batch = heldOutBatch(task, small.training);
  const slope = async (index: number, step: number) => {
    const moved = parameters.at(-1)!.slice();
    moved[index] += step;
    return (await engine.lossAndGradient(moved, batch)).gradient[index];
  };
  let trace = 0;
  for (let index = 0; index < spectrum.eigenvalues.length; index++) {
    trace += (await slope(index, 1e-2) - await slope(index, -1e-2)) / 2e-2;
  }
  await engine.dispose();
  const sum = spectrum.eigenvalues.reduce((total, value) => total + value, 0);
  assertAlmostEquals(sum, trace, 0.01 * Math.abs(trace));
  assert(spectrum.eigenvalues.every((value, k) => k === 0 || value >= spectrum.eigenvalues[k - 1]));

  for (
    const text of ["Single-Attn", "Looped-Attn", "Matrix entropy", "Condition κ of the valley at step 4"]
  ) {
    assertStringIncludes(figureToSvg(spectraOverTraining(stored)), text);
  }

  const path = `${directory}/single-seed-0/hessian-4.json`;
  await Deno.writeTextFile(path, '{"eigenvalues": [1, null], "eigenvalueError": 0}');
  await assertRejects(
    () => readStudySpectra(directory),
    UserError,
    `Cannot use spectrum ${path} as it does not hold eigenvalues and their error`,
  );
});
