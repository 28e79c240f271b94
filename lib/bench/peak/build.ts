/**
 * Compiles the kernel that measures the processor's peak to `peak.wasm`, which is committed:
 *
 *     deno run -A lib/bench/peak/build.ts
 *
 * @module
 */
import { FLOPS_A_TURN, SUMS, TURNS_UNROLLED } from "./kernel.ts";

const names = Array.from({ length: SUMS }, (_, i) => `s${i}`);
const turn = names.map((name) => `    ${name} = f32x4.relaxed_madd(x, y, ${name});`).join("\n");

/**
 * Sums that do not wait for one another, each taking up x·y in every turn. x and y come from outside, as constants
 * would be made anew in the loop.
 */
const source = `// ${FLOPS_A_TURN} FLOPs a turn
export function run(turns: i32, a: f32, b: f32): f32 {
  const x = f32x4.splat(a), y = f32x4.splat(b);
  let ${names.map((name) => `${name} = x`).join(", ")};
  for (let i = 0; i < turns; i++) {
${Array(TURNS_UNROLLED).fill(turn).join("\n")}
  }
  return f32x4.extract_lane(${names.reduce((sum, name) => `f32x4.add(${sum}, ${name})`)}, 0);
}
`;

/** @throws {Error} with the compiler's messages if it does not compile */
export async function compilePeak(): Promise<Uint8Array<ArrayBuffer>> {
  // Not in the import map: only a build needs the compiler.
  const compiler = "npm:assemblyscript@0.28.19/asc";
  const { compileString } = await import(compiler);
  const { error, stderr, binary } = await compileString(source, {
    enable: ["simd", "relaxed-simd"],
    optimizeLevel: 3,
    runtime: "stub",
    noAssert: true,
  });
  if (error || !binary) throw new Error(`Cannot compile the kernel:\n${stderr}`);
  return binary;
}

if (import.meta.main) {
  const module = await compilePeak();
  await Deno.writeFile(new URL("./peak.wasm", import.meta.url), module);
  console.log(`peak.wasm: ${module.length} bytes`);
}
