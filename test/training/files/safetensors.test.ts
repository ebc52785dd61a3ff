import type { TensorFile } from "../../../src/training/events/events.js";
import { readSafetensors, writeSafetensors } from "../../../src/training/files/safetensors.js";
import { Random, SEED } from "../../datasets/random.js";

/** A file of a header as given and some bytes of data. */
function fileOf(header: string, dataBytes = 0, headerLength = BigInt(Buffer.byteLength(header))): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength);
  return Buffer.concat([length, Buffer.from(header), Buffer.alloc(dataBytes)]);
}

test("the bytes of a small file, by hand", () => {
  const file: TensorFile = {
    metadata: { b: "2", a: "1" },
    tensors: [{ name: "x", shape: [1, 2], data: Float32Array.of(1, -2) }],
  };
  const header = '{"__metadata__":{"a":"1","b":"2"},"x":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}';
  // 89 characters, filled up with spaces to 96 = 0x60; 1 is 0x3f800000, −2 is 0xc0000000, little-endian.
  expect(header).toHaveLength(89);
  expect(Buffer.from(writeSafetensors(file))).toEqual(
    Buffer.concat([
      Buffer.of(0x60, 0, 0, 0, 0, 0, 0, 0),
      Buffer.from(header.padEnd(96)),
      Buffer.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0),
    ]),
  );
});

test(`what was written is read again, to the bit (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 100; run++) {
    const tensors = random.list(0, 6, (index) => {
      const shape = random.list(0, 3, () => random.int(0, 4));
      const size = shape.reduce((product, one) => product * one, 1);
      const special = [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e-45];
      const data = Float32Array.from({ length: size }, () =>
        random.chance(0.2) ? random.pick(special) : random.next(),
      );
      return { name: `${random.text()}${index}`, shape, data };
    });
    const metadata = Object.fromEntries(random.list(0, 3, (index) => [`${random.text()}${index}`, random.text()]));
    const bytes = writeSafetensors({ metadata, tensors });
    expect((bytes.length - tensors.reduce((sum, { data }) => sum + data.byteLength, 0)) % 8).toBe(0);
    // At an odd place of a larger buffer, too.
    const moved = new Uint8Array(bytes.length + 3);
    moved.set(bytes, 3);
    const again = readSafetensors(moved.subarray(3));
    expect(again.metadata).toEqual(metadata);
    expect(writeSafetensors(again)).toEqual(bytes);
  }
});

const entry = (shape: string, offsets: string, dtype = '"F32"') =>
  `{"x":{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}}`;

test.each([
  ["nothing", new Uint8Array(0), "has 0 bytes"],
  ["a byte", new Uint8Array(1), "has 1 byte; a safetensors file has at least 8"],
  ["a length beyond the file", fileOf("{}", 0, 3n), "is said to have 3 bytes"],
  ["the greatest length", fileOf("{}", 0, 2n ** 64n - 1n), "is said to have 18446744073709551615 bytes"],
  ["no JSON", fileOf("{"), "is no JSON"],
  ["no UTF-8", Buffer.concat([Buffer.of(1, 0, 0, 0, 0, 0, 0, 0), Buffer.of(0xff)]), "is no JSON"],
  ["a list", fileOf("[]"), "is no JSON object"],
  ["null", fileOf("null"), "is no JSON object"],
  ["an entry that is none", fileOf('{"x":7}'), "has the type"],
  ["another element type", fileOf(entry("[1]", "[0,1]", '"I8"'), 1), "has the type I8; F32, F16, BF16 are read"],
  ["an unknown element type", fileOf(entry("[1]", "[0,1]", '"F8"'), 1), 'has the type "F8"; F32, F16, BF16 are read'],
  ["a type of Object's", fileOf(entry("[1]", "[0,4]", '"constructor"'), 4), 'has the type "constructor"'],
  ["a negative size", fileOf(entry("[-1]", "[0,4]"), 4), "is no list of whole numbers"],
  ["half a size", fileOf(entry("[0.5]", "[0,2]"), 2), "is no list of whole numbers"],
  ["sizes beyond everything", fileOf(entry(`[${Array(40).fill(2 ** 53 - 1)}]`, "[0,4]"), 4), "takes Infinity bytes"],
  ["a size that hides a 0", fileOf(entry(`[${Array(40).fill(2 ** 53 - 1)},0]`, "[0,0]")), "takes NaN bytes"],
  ["one offset", fileOf(entry("[1]", "[0]"), 4), "are no two whole numbers"],
  ["offsets in the wrong order", fileOf(entry("[1]", "[4,0]"), 4), "takes 4 bytes, not the -4"],
  ["offsets beyond the data", fileOf(entry("[1]", "[4,8]"), 4), "begins at byte 4"],
  ["an end beyond the data", fileOf(entry("[2]", "[0,8]"), 4), "take 8 bytes, but the file has 4"],
  ["bytes of no tensor", fileOf(entry("[1]", "[0,4]"), 8), "take 4 bytes, but the file has 8"],
  [
    "tensors that overlap",
    fileOf(
      '{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
    ),
    '"y" begins at byte 4 of the data; the one before ends at 8',
  ],
  ["metadata that is no object", fileOf('{"__metadata__":[]}'), "__metadata__ is no object of texts"],
  ["metadata that is null", fileOf('{"__metadata__":null}'), "__metadata__ is no object of texts"],
  ["metadata of numbers", fileOf('{"__metadata__":{"a":1}}'), "__metadata__ is no object of texts"],
])("%s is refused", (_, bytes, words) => {
  expect(() => readSafetensors(bytes)).toThrow(
    expect.objectContaining({ code: "MODEL_DAMAGED", message: expect.stringContaining(words) }),
  );
});

test(`damaged files are read or refused, and never anything else (seed ${SEED})`, () => {
  const random = new Random(SEED);
  const whole = writeSafetensors({
    metadata: { a: "1" },
    tensors: [1, 2].map((size) => ({ name: `t${size}`, shape: [size, 2], data: new Float32Array(2 * size) })),
  });
  for (let run = 0; run < 3000; run++) {
    const bytes = whole.slice(0, random.chance(0.3) ? random.int(0, whole.length) : whole.length);
    for (const _ of Array(random.int(0, 4))) bytes[random.int(0, bytes.length)] = random.int(0, 255);
    try {
      const { tensors } = readSafetensors(bytes);
      expect(tensors.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThanOrEqual(bytes.length);
    } catch (error) {
      expect(error).toMatchObject({ code: "MODEL_DAMAGED" });
    }
  }
});

/** A file of one tensor of 16-bit numbers, all 65,536 of them. */
function everyHalf(dtype: string): Float32Array {
  const file = fileOf(entry("[65536]", "[0,131072]", JSON.stringify(dtype)), 131_072);
  const data = new DataView(file.buffer, file.byteOffset + file.byteLength - 131_072);
  for (let half = 0; half < 65_536; half++) data.setUint16(2 * half, half, true);
  return readSafetensors(file).tensors[0]?.data as Float32Array;
}

test("every F16 is read exactly: (−1)^s · 2^(e−15) · (1 + f/1024), and 2^−14 · f/1024 where e is 0 (IEEE 754-2008, 3.4)", () => {
  const read = everyHalf("F16");
  for (let half = 0; half < 65_536; half++) {
    const [sign, e, f] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
    const special = f === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    const value = e === 31 ? special : e === 0 ? 2 ** -14 * (f / 1024) : 2 ** (e - 15) * (1 + f / 1024);
    if (!Object.is(read[half], sign * value)) throw new Error(`${half} is read as ${read[half]}, not ${sign * value}.`);
  }
});

test("every BF16 is read exactly: (−1)^s · 2^(e−127) · (1 + f/128), and 2^−126 · f/128 where e is 0", () => {
  const read = everyHalf("BF16");
  for (let half = 0; half < 65_536; half++) {
    const [sign, e, f] = [half >> 15 ? -1 : 1, (half >> 7) & 255, half & 127];
    const special = f === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
    const value = e === 255 ? special : e === 0 ? 2 ** -126 * (f / 128) : 2 ** (e - 127) * (1 + f / 128);
    if (!Object.is(read[half], sign * value)) throw new Error(`${half} is read as ${read[half]}, not ${sign * value}.`);
  }
});

test("tensors that nobody wants are left out, of whatever type, and their places are checked all the same", () => {
  const two = (end: number) =>
    `{"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]},"x":{"dtype":"F32","shape":[1],"data_offsets":[2,${end}]}}`;
  const { tensors } = readSafetensors(fileOf(two(6), 6), (name) => name === "x");
  expect(tensors.map(({ name }) => name)).toEqual(["x"]);
  expect(() => readSafetensors(fileOf(two(7), 7), (name) => name === "mask")).toThrow("takes 4 bytes, not the 5");
});
