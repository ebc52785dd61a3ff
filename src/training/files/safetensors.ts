/**
 * The safetensors format: eight bytes with the header's length (little-endian), the header as JSON, then the tensors' data
 * without gaps. Source: github.com/huggingface/safetensors, "Format" in README.md.
 */
import { show } from "../../datasets/text/code-points.js";
import { counted } from "../../datasets/text/counted.js";
import { JobFailure } from "../../errors.js";
import type { NamedTensor, TensorFile } from "../events/events.js";

const LENGTH_BYTES = 8;
/** The data begins at a multiple of this; spaces after the header's JSON fill it up. */
const ALIGNMENT = 8;
/** As in the reference implementation. */
const MOST_HEADER_BYTES = 100_000_000;

/** An element type: how many bytes each element takes, and how its numbers become float32, where they are read. */
interface ElementType {
  readonly bytes: number;
  readonly read?: (data: Uint8Array) => Float32Array;
}

/** The element types of the format. Those without `read` may stand in a file for tensors that nobody wants. */
const DTYPES: Readonly<Record<string, ElementType>> = {
  F32: { bytes: 4, read: (data) => new Float32Array(copyOf(data)) },
  F16: { bytes: 2, read: (data) => new Float32Array(float16Bits(new Uint16Array(copyOf(data)))) },
  BF16: { bytes: 2, read: (data) => new Float32Array(bfloat16Bits(new Uint16Array(copyOf(data)))) },
  F64: { bytes: 8 },
  I64: { bytes: 8 },
  I32: { bytes: 4 },
  I16: { bytes: 2 },
  I8: { bytes: 1 },
  U8: { bytes: 1 },
  BOOL: { bytes: 1 },
};

const READ_DTYPES = Object.keys(DTYPES).filter((name) => DTYPES[name]?.read !== undefined);

const copyOf = (data: Uint8Array): ArrayBuffer => {
  const copy = new ArrayBuffer(data.byteLength);
  new Uint8Array(copy).set(data);
  return copy;
};

/** bfloat16 is the upper half of float32. */
const bfloat16Bits = (halves: Uint16Array): ArrayBuffer => Uint32Array.from(halves, (half) => half << 16).buffer;

/**
 * The bits of float32 for those of float16 (IEEE 754-2008, binary16): 1 sign, 5 of exponent with bias 15, 10 of fraction.
 * Every float16 is exactly a float32, also its subnormal numbers, infinities and NaN.
 */
function float16Bits(halves: Uint16Array): ArrayBuffer {
  return Uint32Array.from(halves, (half) => {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
    if (exponent > 0) return sign | ((exponent - 15 + 127) << 23) | (fraction << 13);
    if (fraction === 0) return sign;
    const shift = Math.clz32(fraction) - 21; // until the leading one stands at bit 10
    return sign | ((127 - 14 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
  }).buffer;
}

const damaged = (sentence: string): JobFailure => new JobFailure("MODEL_DAMAGED", sentence);

/**
 * A model or a checkpoint as bytes. Equal content gives equal bytes: metadata is sorted by name, tensors keep their order.
 * @returns a header whose length is a multiple of 8, then the tensors as F32
 */
export function writeSafetensors({ metadata, tensors }: TensorFile): Uint8Array {
  const header = safetensorsHeader(metadata, tensors);
  const bytes = new Uint8Array(tensors.reduce((sum, { data }) => sum + data.byteLength, header.length));
  bytes.set(header);
  let at = header.length;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * All that stands before the data of F32 tensors, which follow in the order given and without gaps.
 * @returns eight bytes with the length of the JSON, then the JSON, filled up with spaces to a multiple of 8
 */
export function safetensorsHeader(
  metadata: TensorFile["metadata"],
  tensors: readonly Pick<NamedTensor, "name" | "shape">[],
): Uint8Array {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) {
    header.__metadata__ = Object.fromEntries(Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  let end = 0;
  for (const { name, shape } of tensors) {
    const start = end;
    end += shape.reduce((product, one) => product * one, Float32Array.BYTES_PER_ELEMENT);
    header[name] = { dtype: "F32", shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const length = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

/**
 * The inverse. F32, F16 and BF16 are read, each number exactly. Refused with MODEL_DAMAGED: a header that is longer than
 * the file or no JSON object, an element type that is not read, a shape that is not a list of sizes or does not have as many
 * bytes as its offsets say, offsets outside the data, overlaps, gaps, and bytes that belong to no tensor. Nothing is
 * allocated before its bytes are known to be there.
 * @param isWanted by name; tensors that are not are checked for their place, and left out
 */
export function readSafetensors(bytes: Uint8Array, isWanted: (name: string) => boolean = () => true): TensorFile {
  const { metadata, dataStart, places } = readLayout(bytes, bytes.length);
  const data = bytes.subarray(dataStart);
  const tensors = places.flatMap(({ name, shape, start, end, dtype, type }): NamedTensor[] => {
    if (!isWanted(name)) return [];
    if (type.read === undefined)
      throw damaged(`The tensor ${show(name)} has the type ${dtype}; ${READ_DTYPES.join(", ")} are read.`);
    return [{ name, shape, data: type.read(data.subarray(start, end)) }];
  });
  return { metadata, tensors };
}

/** Where a tensor stands in the data of a file. */
export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly dtype: string;
  readonly type: ElementType;
}

/** How many bytes of a file its header takes, read from its first 8; at most as many as the file has. */
export function headerEnd(first: Uint8Array, fileBytes: number): number {
  if (first.length < LENGTH_BYTES)
    throw damaged(`The file has ${counted(first.length, "byte")}; a safetensors file has at least 8.`);
  const length = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(Math.min(fileBytes - LENGTH_BYTES, MOST_HEADER_BYTES)))
    throw damaged(`The header is said to have ${counted(length, "byte")}; the file has ${fileBytes} in all.`);
  return LENGTH_BYTES + Number(length);
}

/**
 * What a file holds and where, checked as readSafetensors does.
 * @param bytes the file, or its beginning with the whole header @param fileBytes how many the whole file has
 */
export function readLayout(
  bytes: Uint8Array,
  fileBytes: number,
): { readonly metadata: Record<string, string>; readonly dataStart: number; readonly places: readonly TensorPlace[] } {
  const dataStart = headerEnd(bytes, fileBytes);
  const header = parse(bytes.subarray(LENGTH_BYTES, dataStart));
  if (typeof header !== "object" || header === null || Array.isArray(header))
    throw damaged("The header is no JSON object.");
  const { __metadata__: metadata, ...entries } = header as Record<string, unknown>;
  const places = Object.entries(entries).map(([name, entry]) => placeOf(name, entry));
  places.sort((a, b) => a.start - b.start || a.end - b.end);
  let at = 0;
  for (const { name, start, end } of places) {
    if (start !== at)
      throw damaged(`The tensor ${show(name)} begins at byte ${start} of the data; the one before ends at ${at}.`);
    at = end;
  }
  const dataBytes = fileBytes - dataStart;
  if (at !== dataBytes)
    throw damaged(`The tensors take ${counted(at, "byte")}, but the file has ${counted(dataBytes, "byte")} of data.`);
  return { metadata: readMetadata(metadata), dataStart, places };
}

function parse(json: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch {
    throw damaged("The header is no JSON.");
  }
}

/** One entry of the header, checked on its own. */
function placeOf(name: string, entry: unknown): TensorPlace {
  const { dtype, shape, data_offsets: offsets } = Object(entry) as Record<string, unknown>;
  const type = typeof dtype === "string" && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  if (type === undefined)
    throw damaged(`The tensor ${show(name)} has the type ${show(dtype)}; ${READ_DTYPES.join(", ")} are read.`);
  if (!isSizes(shape)) throw damaged(`The shape of the tensor ${show(name)} is no list of whole numbers from 0 on.`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw damaged(`The data_offsets of the tensor ${show(name)} are no two whole numbers from 0 on.`);
  const [start, end] = offsets as [number, number];
  const size = shape.reduce((product, one) => product * one, type.bytes);
  // A product beyond 2^53 is not exact, but then it is larger than any file.
  if (size !== end - start)
    throw damaged(
      `The tensor ${show(name)} of shape [${shape}] takes ${counted(size, "byte")}, not the ${end - start} of its data_offsets.`,
    );
  return { name, shape, start, end, dtype: String(dtype), type };
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);

function readMetadata(metadata: unknown): Record<string, string> {
  if (metadata === undefined) return {};
  const entries = Object.entries(Object(metadata));
  if (
    typeof metadata !== "object" ||
    metadata === null ||
    Array.isArray(metadata) ||
    entries.some(([, value]) => typeof value !== "string")
  )
    throw damaged("__metadata__ is no object of texts.");
  return Object.fromEntries(entries) as Record<string, string>;
}
