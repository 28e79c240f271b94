import kit from "../../deno.json" with { type: "json" };

/** Versions of the kit, of Deno and of what computes. */
export function versions(): Record<string, string> {
  return {
    "kit": kit.version,
    "Deno": Deno.version.deno,
    "V8": Deno.version.v8,
    "TensorFlow.js": kit.imports["@tensorflow/tfjs"].split("@").at(-1)!,
    "system": `${Deno.build.os} ${Deno.build.arch}`,
  };
}
