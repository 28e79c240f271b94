import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { exactHessian, InterruptedError } from "../lib/analysis/hessian/exact.ts";
import { gradientOf } from "../lib/analysis/hessian/gradient.ts";
import { lanczosSpectrum, spectralDensity } from "../lib/analysis/hessian/lanczos.ts";
import { movement, riverDirection, riverValley, split } from "../lib/analysis/hessian/river_valley.ts";
import {
  coordinates,
  fromCoordinates,
  spectrumOf,
  summarize,
} from "../lib/analysis/hessian/spectrum.ts";
import { createEngine, type EngineProblem } from "../lib/engines/engine.ts";
import { UserError } from "../lib/errors.ts";
