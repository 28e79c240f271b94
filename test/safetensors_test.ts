import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../lib/errors.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Safetensors,
  type Tensor,
} from "../lib/storage/safetensors.ts";

const label = "w.safetensors";
const decode = (bytes: Uint8Array) => decodeSafetensors(bytes, { label });

/** A file put together by hand: the header as text or as a value, `length` lying about it if given. */
function file(header: unknown, { data = 0, length }: { data?: number; length?: bigint } = {}): Uint8Array {
  const text = header instanceof Uint8Array
    ? header
    : new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, length ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const f32 = (shape: unknown, begin: unknown, end: unknown) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});

const valid = { a: f32([2, 3], 0, 24), b: f32([], 24, 28), c: f32([4, 0], 28, 28) };

// Made with the Python package safetensors 0.8.0, save({"b": …, "a": …, "10": …, "é\n\"": …, "__proto__": …}).
const reference = Uint8Array.from([
  ...[0x58, 1, 0, 0, 0, 0, 0, 0],
  ...new TextEncoder().encode(
    String.raw`{"__metadata__":{"config":"{\"x\":\"é/\\n\"}"},` +
      `"a":{"dtype":"F64","shape":[2,2],"data_offsets":[0,32]},` +
      `"10":{"dtype":"F32","shape":[],"data_offsets":[32,36]},` +
      `"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[36,44]},` +
      `"b":{"dtype":"F32","shape":[3],"data_offsets":[44,56]},` +
      String.raw`"é\n\"":{"dtype":"F32","shape":[0,3],"data_offsets":[56,56]}}     `,
  ),
  ...[0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0],
  ...[0, 0, 0, 0, 0, 0, 0x08, 0x40, 0, 0, 0, 0, 0, 0, 0x10, 0x40],
  ...[0, 0, 0xe0, 0x40, 0xcd, 0xcc, 0xcc, 0x3d, 1, 0, 0, 0],
  ...[0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40],
]);

const referenceContent: Safetensors = {
  tensors: new Map<string, Tensor>([
    ["b", { shape: [3], data: Float32Array.of(0, 1, 2) }],
    ["a", { shape: [2, 2], data: Float64Array.of(1.5, -2, 3, 4) }],
    ["10", { shape: [], data: Float32Array.of(7) }],
    ['é\n"', { shape: [0, 3], data: new Float32Array() }],
    ["__proto__", { shape: [2], data: Float32Array.of(0.1, 1e-45) }],
  ]),
  metadata: new Map([["config", '{"x":"é/\\n"}']]),
};

Deno.test("safetensors: the reference implementation's bytes are written and read", () => {
  assertEquals(encodeSafetensors(referenceContent), reference);
  assertEquals(decode(reference), referenceContent);
});

Deno.test("safetensors: metadata is sorted, and files without tensors or metadata exist", () => {
  const metadata = new Map([["z", "1"], ["10", "2"], ["a", "3"]]);
  const bytes = encodeSafetensors({ tensors: new Map(), metadata });
  assertEquals(bytes, file('{"__metadata__":{"10":"2","a":"3","z":"1"}}     '));
  assertEquals(decode(bytes), { tensors: new Map(), metadata });
  assertEquals(encodeSafetensors({ tensors: new Map(), metadata: new Map() }), file("{}      "));
});

Deno.test("safetensors: the order of tensors in the header, padding and unknown members are free", () => {
  const { a, b, c } = valid;
  const { tensors } = decode(file(JSON.stringify({ c, b: { ...b, note: 1 }, a }) + " \n", { data: 28 }));
  assertEquals(tensors.get("a"), { shape: [2, 3], data: new Float32Array(6) });
  assertEquals(tensors.size, 3);
});

Deno.test("safetensors: tensors are read from the middle of a larger buffer, and are copies", () => {
  const larger = new Uint8Array(reference.length + 5);
  larger.set(reference, 3);
  const bytes = larger.subarray(3, 3 + reference.length);
  const content = decode(bytes);
  larger.fill(0);
  assertEquals(content, referenceContent);
});

const malformed: [what: string, bytes: Uint8Array, message: string][] = [
  ["empty", new Uint8Array(), "at least 8 bytes, and this one 0"],
  ["shorter than the header's length", new Uint8Array(7), "at least 8 bytes, and this one 7"],
  ["header beyond the file", file(valid, { length: 1000n }), "would end at byte 1008, and the file has only"],
  ["header absurdly long", file(valid, { length: 100_000_001n }), "at most 100000000"],
  ["header of 2⁶⁴−1 bytes", file(valid, { length: 2n ** 64n - 1n }), "at most 100000000"],
  ["no header", file(""), "does not begin with {"],
  ["header not UTF-8", file(Uint8Array.of(0x7b, 0xff, 0x7d)), "not UTF-8"],
  ["header with a byte order mark", file("\ufeff{}"), "does not begin with {"],
  ["header begins with a space", file(" {}"), "does not begin with {"],
  ["header is an array", file("[]"), "does not begin with {"],
  ["header is not JSON", file("{'a': 1}"), "not JSON"],
  ["header is cut off", file(valid, { length: 20n }), "not JSON"],
  ["header goes on after the object", file("{}{}"), "not JSON"],
  ["header padded with zeros", file("{}\0\0"), "not JSON"],
  ["header deeply nested", file('{"a":'.repeat(100_000)), "not JSON"],
  ["tensor name twice", file(`{"a":${JSON.stringify(f32([0], 0, 0))},"\\u0061":0}`), 'names "a" twice'],
  ["member twice", file('{"a":{"dtype":"F32","shape":[0],"shape" :[1]}}'), 'names "shape" twice'],
  ["metadata key twice", file('{"__metadata__":{"x\\"":"1","x\\"":"2"}}'), 'names "x\\"" twice'],
  ["metadata twice", file('{"__metadata__":{},"__metadata__":{}}'), 'names "__metadata__" twice'],
  ["metadata not an object", file({ __metadata__: "x" }), "__metadata__ is not an object of strings"],
  ["metadata an array", file({ __metadata__: ["x"] }), "__metadata__ is not an object of strings"],
  ["metadata not of strings", file({ __metadata__: { a: { b: "c" } } }), "not an object of strings"],
  ["description not an object", file({ a: 1 }), 'tensor "a" by no object'],
  ["description null", file({ a: null }), 'tensor "a" by no object'],
  ["description an array", file({ a: [] }), 'tensor "a" by no object'],
  ["dtype missing", file({ a: { shape: [], data_offsets: [0, 4] } }, { data: 4 }), "dtype nothing"],
  ["dtype not a string", file({ a: { ...valid.b, dtype: { a: 1 } } }), 'dtype {"a":1}'],
  [
    "dtype not read",
    file({ a: { ...valid.b, dtype: "BF16" } }),
    '"a" has dtype "BF16", and only F32 and F64',
  ],
  ["dtype of Object's", file({ a: { ...valid.b, dtype: "constructor" } }), 'dtype "constructor"'],
  ["shape missing", file({ a: { dtype: "F32", data_offsets: [0, 4] } }), "shape nothing"],
  ["shape a number", file({ a: f32(1, 0, 4) }, { data: 4 }), "shape 1, which is not a list"],
  ["shape negative", file({ a: f32([-1, -1], 0, 4) }, { data: 4 }), "shape [-1,-1], which is not a list"],
  ["shape with a fraction", file({ a: f32([0.5, 2], 0, 4) }, { data: 4 }), "shape [0.5,2], which is not"],
  ["shape of strings", file({ a: f32(["1"], 0, 4) }, { data: 4 }), 'shape ["1"], which is not'],
  [
    "shape not exact",
    file({ a: f32([2 ** 53], 0, 4) }, { data: 4 }),
    "shape [9007199254740992], which is not",
  ],
  ["shape overflows 64 bits", file({ a: f32([2 ** 32, 2 ** 32], 0, 0) }), "takes 73786976294838210000 bytes"],
  ["shape overflows to infinity", file({ a: f32(Array(30).fill(2 ** 50), 0, 0) }), "takes Infinity bytes"],
  ["shape infinity times 0", file({ a: f32([...Array(30).fill(2 ** 50), 0], 0, 0) }), "takes NaN bytes"],
  ["data_offsets missing", file({ a: { dtype: "F32", shape: [] } }), "data_offsets nothing"],
  ["data_offsets of one", file({ a: { ...valid.b, data_offsets: [0] } }), "data_offsets [0], which are not"],
  ["data_offsets of three", file({ a: { ...valid.b, data_offsets: [0, 4, 8] } }), "data_offsets [0,4,8]"],
  ["data_offsets reversed", file({ a: f32([], 4, 0) }, { data: 4 }), "data_offsets [4,0], which are not"],
  ["data_offsets negative", file({ a: f32([], -4, 0) }, { data: 4 }), "data_offsets [-4,0], which are not"],
  ["data_offsets with a fraction", file({ a: f32([], 0.5, 4.5) }, { data: 5 }), "data_offsets [0.5,4.5]"],
  ["data_offsets not exact", file({ a: f32([], 2 ** 53, 2 ** 53 + 4) }), "which are not [begin, end]"],
  [
    "data_offsets too wide",
    file({ a: f32([2], 0, 12) }, { data: 12 }),
    "takes 8 bytes, but its data_offsets span 12",
  ],
  [
    "data_offsets too narrow",
    file({ a: f32([2], 0, 4) }, { data: 4 }),
    "takes 8 bytes, but its data_offsets span 4",
  ],
  ["F64 in the room of F32", file({ a: { ...f32([2], 0, 8), dtype: "F64" } }, { data: 8 }), "takes 16 bytes"],
  [
    "data_offsets beyond the data",
    file({ a: f32([1000], 0, 4000) }, { data: 8 }),
    "take 4000 bytes but 8 bytes",
  ],
  ["data cut off", file(valid, { data: 27 }), "take 28 bytes but 27 bytes"],
  ["bytes after the data", file(valid, { data: 29 }), "take 28 bytes but 29 bytes"],
  ["bytes without tensors", file({}, { data: 1 }), "take 0 bytes but 1 bytes"],
  [
    "tensors overlap",
    file({ a: f32([2], 0, 8), b: f32([2], 4, 12) }, { data: 12 }),
    '"b" begins at byte 4, where 8',
  ],
  [
    "tensors share data",
    file({ a: f32([2], 0, 8), b: f32([2], 0, 8) }, { data: 8 }),
    '"b" begins at byte 0, where 8',
  ],
  [
    "hole between tensors",
    file({ a: f32([], 0, 4), b: f32([], 8, 12) }, { data: 12 }),
    "begins at byte 8, where 4",
  ],
  ["hole at the start", file({ a: f32([], 4, 8) }, { data: 8 }), '"a" begins at byte 4, where 0'],
  [
    "empty tensor inside another",
    file({ a: f32([2], 0, 8), b: f32([0], 4, 4) }, { data: 8 }),
    '"b" begins at byte 4',
  ],
  [
    "name that steers a terminal",
    file({ "a\n\x1b\u009b\u202e": 1 }),
    String.raw`"a\n\u001b\u{9b}\u{202e}" by no`,
  ],
  ["name of 10⁵ characters", file({ ["x".repeat(100_000)]: 1 }), "xxx… by no object"],
];

for (const [what, bytes, message] of malformed) {
  Deno.test(`safetensors refuses: ${what}`, () => {
    const error = assertThrows(() => decode(bytes), UserError);
    assertStringIncludes(error.message, message);
    // One sentence on one line, of a bearable length, with nothing invisible in it.
    assertMatch(error.message, /^Cannot read w\.safetensors as \P{C}{10,300}$/u);
  });
}

Deno.test("safetensors: what could not be read again is not written", () => {
  const encode = (name: string, shape: number[]) =>
    encodeSafetensors({
      tensors: new Map([[name, { shape, data: new Float32Array(6) }]]),
      metadata: new Map(),
    });
  assertThrows(() => encode("a", [2, 2]), RangeError, 'tensor "a" with 6 values as shape [2,2]');
  assertThrows(() => encode("__metadata__", [6]), RangeError, "__metadata__");
});

const texts = fc.string({ unit: "binary", maxLength: 8 });
const shapes = fc.array(fc.nat({ max: 4 }), { maxLength: 3 });
const tensors = fc.tuple(shapes, fc.boolean()).chain(([shape, double]): fc.Arbitrary<Tensor> => {
  const length = shape.reduce((product, n) => product * n, 1);
  const limits = { minLength: length, maxLength: length };
  const data = double ? fc.float64Array(limits) : fc.float32Array(limits);
  return data.map((data) => ({ shape, data }));
});
const names = fc.oneof(texts, fc.constantFrom("__proto__", "constructor", "1", "02")).filter((name) =>
  name !== "__metadata__"
);
const contents: fc.Arbitrary<Safetensors> = fc.record({
  tensors: fc.array(fc.tuple(names, tensors), { maxLength: 5 }).map((all) => new Map(all)),
  metadata: fc.array(fc.tuple(names, texts), { maxLength: 3 }).map((all) => new Map(all)),
});

Deno.test("safetensors: what is written is read again, NaN and −0 included, whatever the order it came in", () => {
  fc.assert(
    fc.property(contents, (content) => {
      const bytes = encodeSafetensors(content);
      const read = decode(bytes);
      assertEquals(new Map([...read.tensors].sort(byName)), new Map([...content.tensors].sort(byName)));
      assertEquals(new Map([...read.metadata].sort(byName)), new Map([...content.metadata].sort(byName)));
      const reversed = {
        tensors: new Map([...content.tensors].reverse()),
        metadata: new Map([...content.metadata].reverse()),
      };
      assertEquals(encodeSafetensors(reversed), bytes);
      assertEquals(new DataView(bytes.buffer).getUint32(0, true) % 8, 0);
    }),
    { seed: 1, numRuns: 300 },
  );
});

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Whether the bytes are read; whatever is read must fit its shapes and fill the file to the last byte. */
function isRead(bytes: Uint8Array): boolean {
  let content: Safetensors;
  try {
    content = decode(bytes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return false;
  }
  let size = 0;
  for (const { shape, data } of content.tensors.values()) {
    assertEquals(data.length, shape.reduce((product, n) => product * n, 1));
    size += data.byteLength;
  }
  assertEquals(8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) + size, bytes.length);
  assertEquals(decode(encodeSafetensors(content)).tensors.size, content.tensors.size);
  return true;
}

Deno.test("safetensors: no truncation of a file is read", () => {
  for (let length = 0; length < reference.length; length++) {
    assert(!isRead(reference.subarray(0, length)), `the first ${length} bytes are read`);
  }
  assert(isRead(reference));
});

Deno.test("safetensors: every single flipped bit of length and header is refused, or gives a whole file", () => {
  const headerEnd = 8 + 0x158;
  const outcomes = { read: 0, refused: 0 };
  for (let bit = 0; bit < 8 * headerEnd; bit++) {
    const bytes = reference.slice();
    bytes[bit >> 3] ^= 1 << (bit & 7);
    outcomes[isRead(bytes) ? "read" : "refused"]++;
  }
  // A flip in a name or in the metadata's text is another name or text; all others are refused.
  assert(outcomes.read > 50 && outcomes.refused > 2000, JSON.stringify(outcomes));
});

Deno.test("safetensors: any header is refused, or gives a whole file", () => {
  const counts = fc.oneof(fc.nat({ max: 9 }), fc.constantFrom(-1, 0.5, 2 ** 53, 2 ** 32, "1", null));
  const descriptions = fc.record({
    dtype: fc.constantFrom("F32", "F64", "F16", 32),
    shape: fc.oneof(fc.array(counts, { maxLength: 2 }), fc.jsonValue()),
    data_offsets: fc.oneof(fc.tuple(counts, counts), fc.constantFrom([0, 0], [0, 4], [4, 8], [0, 8])),
  }, { requiredKeys: ["dtype"] });
  const headers = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(
      fc.constantFrom("a", "b", "__metadata__", "__proto__"),
      fc.oneof(descriptions, fc.jsonValue()),
    ),
    fc.dictionary(fc.constantFrom("a", "b"), descriptions),
  );
  let read = 0;
  fc.assert(
    fc.property(headers, fc.constantFrom(0, 4, 8), (header, data) => {
      if (isRead(file(header, { data }))) read++;
    }),
    { seed: 2, numRuns: 3000 },
  );
  assert(read > 50, `only ${read} files were read`);
});

Deno.test("safetensors: any bytes are refused, or give a whole file", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void isRead(bytes)), { seed: 3 });
});
