/**
 * Safetensors, the file format of all weights: the length of the header (8 bytes, little-endian), the header (JSON),
 * the data of all tensors (little-endian, row-major). See https://github.com/huggingface/safetensors.
 *
 * Reading trusts nothing: whatever the bytes are, it gives tensors that fit their shapes, or a {@linkcode UserError},
 * and takes memory in proportion to the file.
 *
 * @module
 */
import { UserError } from "../errors.ts";
import { printable } from "./printable.ts";

/** An array of numbers with its shape. */
export interface Tensor {
  /** Lengths along the axes, the last one running fastest; `[]` is a single number. */
  readonly shape: readonly number[];
  /** F32 or F64 in the file. */
  readonly data: Float32Array | Float64Array;
}

/** What a safetensors file holds. */
export interface Safetensors {
  /** The tensors by name. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** `__metadata__` in the header. */
  readonly metadata: ReadonlyMap<string, string>;
}

const elementTypes = new Map<unknown, typeof Float32Array | typeof Float64Array>([
  ["F32", Float32Array],
  ["F64", Float64Array],
]);
const largestHeader = 100_000_000;

/**
 * The bytes of a safetensors file. They depend on the content alone, not on the order of the maps, and are laid out as
 * the reference implementation does: F64 before F32, then by name, the header padded with spaces to a multiple of 8.
 *
 * @throws {RangeError} if a tensor's data does not fit its shape, or its name is `__metadata__`
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array {
  const sorted = [...tensors].sort(([a, { data: left }], [b, { data: right }]) =>
    right.BYTES_PER_ELEMENT - left.BYTES_PER_ELEMENT || (a < b ? -1 : 1)
  );
  let dataSize = 0;
  const descriptions = sorted.map(([name, { shape, data }]) => {
    if (name === "__metadata__" || data.length !== product(shape)) {
      throw new RangeError(`Cannot encode tensor "${name}" with ${data.length} values as shape [${shape}]`);
    }
    const begin = dataSize;
    dataSize += data.byteLength;
    return member(name, { dtype: `F${8 * data.BYTES_PER_ELEMENT}`, shape, data_offsets: [begin, dataSize] });
  });
  const strings = [...metadata].sort(([a], [b]) => a < b ? -1 : 1).map(([key, text]) => member(key, text));
  const members = [...strings.length === 0 ? [] : [`"__metadata__":{${strings}}`], ...descriptions];
  const header = new TextEncoder().encode(`{${members}}`);

  const dataStart = 8 + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + dataSize).fill(0x20, 8, dataStart);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  bytes.set(header, 8);
  let at = dataStart;
  for (const [, { data }] of sorted) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/** A member of a JSON object; an object literal would put names such as "10" first. */
function member(key: string, value: unknown): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

/**
 * Reads F32 and F64 tensors; the arrays are copies.
 *
 * @param options.label the file's name, for messages
 * @throws {UserError} if the bytes are not such a file, to the last byte
 */
export function decodeSafetensors(bytes: Uint8Array, { label }: { label: string }): Safetensors {
  const refuse = (reason: string) => new UserError(`Cannot read ${label} as ${reason}`);

  const header = headerText(bytes, refuse);
  const { __metadata__, ...descriptions } = parsedHeader(header.text, refuse);
  const metadata = __metadata__ ?? {};
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === "string")) {
    throw refuse("its __metadata__ is not an object of strings");
  }
  const data = bytes.subarray(header.end);
  const places = Object.entries(descriptions).map(([name, value]) => placeOf(name, value, refuse));
  places.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let at = 0;
  for (const { name, begin, end } of places) {
    if (begin !== at) {
      throw refuse(
        `the data of tensor ${
          printable(name)
        } begins at byte ${begin}, where ${at} is wanted: tensors must neither ` +
          `overlap nor leave holes`,
      );
    }
    at = end;
  }
  if (at !== data.length) {
    throw refuse(`its tensors take ${at} bytes but ${data.length} bytes follow the header`);
  }
  const tensors = new Map(places.map(({ name, shape, elements, begin, end }) => {
    // A copy, since a view must begin at a multiple of its element's size.
    const copy = new Uint8Array(data.subarray(begin, end));
    return [name, { shape, data: new elements(copy.buffer) }];
  }));
  return { tensors, metadata: new Map(Object.entries(metadata as Record<string, string>)) };
}

type Refuse = (reason: string) => UserError;

function headerText(bytes: Uint8Array, refuse: Refuse): { text: string; end: number } {
  if (bytes.length < 8) throw refuse(`a safetensors file has at least 8 bytes, and this one ${bytes.length}`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (length > largestHeader) {
    throw refuse(
      `its header would have ${length} bytes, and a safetensors header has at most ${largestHeader}`,
    );
  }
  const end = 8 + length;
  if (end > bytes.length) {
    throw refuse(`its header would end at byte ${end}, and the file has only ${bytes.length}`);
  }
  try {
    return {
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, end)),
      end,
    };
  } catch {
    throw refuse("its header is not UTF-8 text");
  }
}

function parsedHeader(text: string, refuse: Refuse): Record<string, unknown> {
  if (!text.startsWith("{")) throw refuse("its header does not begin with {");
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(text);
  } catch {
    throw refuse("its header is not JSON");
  }
  const key = repeatedKey(text);
  if (key !== undefined) throw refuse(`its header names ${printable(key)} twice`);
  return header;
}

/** The first key that an object in valid JSON text has twice: `JSON.parse` would silently keep the last. */
function repeatedKey(json: string): string | undefined {
  const scopes: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    if (json[at] === "{") scopes.push(new Set());
    else if (json[at] === "}") scopes.pop();
    else if (json[at] === '"') {
      const start = at++;
      while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
      let next = at + 1;
      while (/\s/.test(json[next] ?? "")) next++;
      if (json[next] !== ":") continue;
      const key = JSON.parse(json.slice(start, at + 1));
      const keys = scopes.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
}

/** A tensor as the header describes it, its bytes [begin, end) counted from the end of the header. */
function placeOf(name: string, value: unknown, refuse: Refuse) {
  const tensor = `tensor ${printable(name)}`;
  if (!isObject(value)) throw refuse(`its header describes ${tensor} by no object`);
  const { dtype, shape, data_offsets: offsets } = value;
  const elements = elementTypes.get(dtype);
  if (elements === undefined) {
    throw refuse(`${tensor} has dtype ${printable(dtype)}, and only F32 and F64 can be read`);
  }
  if (!isCounts(shape)) {
    throw refuse(`${tensor} has shape ${printable(shape)}, which is not a list of whole numbers ≥ 0`);
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw refuse(
      `${tensor} has data_offsets ${printable(offsets)}, which are not [begin, end] with 0 ≤ begin ≤ end`,
    );
  }
  const [begin, end] = offsets;
  // Beyond 2⁵³ the product is inexact or infinite, and equal to no difference of offsets.
  const size = product(shape) * elements.BYTES_PER_ELEMENT;
  if (size !== end - begin) {
    throw refuse(
      `${tensor} of shape ${printable(shape)} takes ${size} bytes, but its data_offsets span ${end - begin}`,
    );
  }
  return { name, shape, elements, begin, end };
}

function product(shape: readonly number[]): number {
  return shape.reduce((all, n) => all * n, 1);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
