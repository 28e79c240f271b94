import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { assertParameterCount, parameterSpecification, parameterView } from "../lib/parameters.ts";

// Every run sees the same random inputs.
fc.configureGlobal({ seed: 1 });

const shapes = fc.uniqueArray(
  fc.tuple(fc.string({ minLength: 1 }), fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 })),
  { minLength: 1, maxLength: 8, selector: ([name]) => name },
);

Deno.test("views cover the flat array once, in order", () => {
  fc.assert(fc.property(shapes, (given) => {
    const specification = parameterSpecification(given);
    const flat = new Float32Array(specification.size);
    given.forEach(([name], i) => {
      const view = parameterView(specification, flat, name);
      assert(view.every((value) => value === 0), "no place belongs to two parameters");
      view.fill(i + 1);
    });
    const expected = given.flatMap(([, shape], i) => {
      let size = 1;
      for (const n of shape) size *= n;
      return new Array(size).fill(i + 1);
    });
    assertEquals([...flat], expected);
    assertEquals(specification.entries.map(({ name, shape }) => [name, shape]), given);
  }));
});

Deno.test("a view shares memory with the flat array", () => {
  const specification = parameterSpecification([["a", [2]], ["b", [2, 2]]]);
  const flat = Float32Array.of(1, 2, 3, 4, 5, 6);
  const b = parameterView(specification, flat, "b");
  assertEquals([...b], [3, 4, 5, 6]);
  flat[2] = 30;
  b[3] = 60;
  assertEquals([b[0], flat[5]], [30, 60]);
});

Deno.test("an unknown name is refused, with the names there are", () => {
  const specification = parameterSpecification([["a", [2]], ["b", [2, 2]]]);
  const error = assertThrows(() => parameterView(specification, new Float32Array(6), "c"), RangeError);
  assertStringIncludes(error.message, '"c"');
  assertStringIncludes(error.message, "a, b");
});

Deno.test("a wrong number of parameters is refused, with both numbers", () => {
  const specification = parameterSpecification([["a", [2]], ["b", [2, 2]]]);
  assertParameterCount(specification, new Float32Array(6));
  for (const size of [0, 5, 7]) {
    const error = assertThrows(() => assertParameterCount(specification, new Float32Array(size)), RangeError);
    assertStringIncludes(error.message, `${size} parameters as this model has 6`);
  }
});
