import { type Line, LineSplitter } from "../../../src/datasets/text/ndjson.js";
import { Random, SEED } from "../random.js";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function split(chunks: Iterable<Uint8Array>, maxLineBytes = 100): Line[] {
  const splitter = new LineSplitter(maxLineBytes);
  const lines: Line[] = [];
  for (const chunk of chunks) lines.push(...splitter.push(chunk));
  lines.push(...splitter.end());
  return lines;
}

const textsOf = (lines: Line[]): string[] =>
  lines.map((line) => ("text" in line ? `${line.line}:${line.text}` : `${line.line}!${line.error}`));

test("lines end with LF or CRLF, blank ones are skipped and counted, the last may be unterminated", () => {
  expect(split([bytesOf("a\r\n\n \t\r\nb\nc")])).toEqual([
    { line: 1, text: "a", terminated: true },
    { line: 4, text: "b", terminated: true },
    { line: 5, text: "c", terminated: false },
  ]);
  expect(split([bytesOf("a\n")])).toEqual([{ line: 1, text: "a", terminated: true }]);
  expect(split([])).toEqual([]);
  expect(split([bytesOf("")])).toEqual([]);
  expect(split([bytesOf("{")])).toEqual([{ line: 1, text: "{", terminated: false }]);
});

test("a byte order mark is dropped at the very start only, however the bytes come", () => {
  const bytes = bytesOf("\ufeffa\n\ufeffb\n");
  for (const chunks of [[bytes], [...bytes].map((byte) => Uint8Array.of(byte))]) {
    expect(textsOf(split(chunks))).toEqual(["1:a", "2:\ufeffb"]);
  }
  expect(split([Uint8Array.of(0xef, 0xbb, 0xbf)])).toEqual([]);
});

test("a line that is too long is reported once and skipped, and the next one is read", () => {
  const long = "x".repeat(101);
  const error = "The line is longer than 100 bytes and was skipped.";
  for (const chunks of [[`a\n${long}\nb\n`], ["a\n", ...long, ...long, "\nb\n"], ["a\n", long, long, `${long}\nb\n`]]) {
    expect(textsOf(split(chunks.map(bytesOf)))).toEqual(["1:a", `2!${error}`, "3:b"]);
  }
  expect(textsOf(split([bytesOf(long)]))).toEqual([`1!${error}`]);
  expect(textsOf(split([bytesOf(`${"x".repeat(100)}\nb`)]))).toEqual([`1:${"x".repeat(100)}`, "2:b"]);
  // 34 characters of three bytes are 102 bytes.
  expect(textsOf(split([bytesOf("数".repeat(34))]))).toEqual([`1!${error}`]);
});

test("memory does not grow with a line that is too long", () => {
  const splitter = new LineSplitter(1 << 20);
  const chunk = new Uint8Array(1 << 20).fill(0x78);
  const before = process.memoryUsage().arrayBuffers;
  let reports = 0;
  for (let sent = 0; sent < 512; sent++) for (const _ of splitter.push(chunk)) reports++;
  // Half a gigabyte went through; the limit is a megabyte.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 << 20);
  expect(reports).toBe(1);
});

test("a line that is not UTF-8 is an error of that line alone", () => {
  const bytes = Uint8Array.from([...bytesOf("a\n"), 0xc3, 0x28, 0x0a, ...bytesOf("b\n"), 0xf0, 0x9f]);
  expect(textsOf(split([bytes]))).toEqual(["1:a", "2!The line is not UTF-8.", "3:b", "4!The line is not UTF-8."]);
});

test.each([
  [
    "UTF-16LE with its mark",
    Buffer.from('\ufeff{"text":"x"}\n', "utf16le"),
    "The input begins with a UTF-16 byte order mark; it must be UTF-8.",
  ],
  [
    "UTF-16BE with its mark",
    Buffer.from('\ufeff{"text":"x"}\n', "utf16le").swap16(),
    "The input begins with a UTF-16 byte order mark; it must be UTF-8.",
  ],
  ["UTF-16LE", Buffer.from('{"text":"x"}\n', "utf16le"), "The input looks like UTF-16; it must be UTF-8."],
  ["UTF-16BE", Buffer.from('{"text":"x"}\n', "utf16le").swap16(), "The input looks like UTF-16; it must be UTF-8."],
  [
    "gzip",
    Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]),
    "The input is gzip that is not declared; send it with Content-Encoding: gzip.",
  ],
])("%s is refused as a whole", (_, bytes, message) => {
  expect(() => split([bytes])).toThrow(message);
  expect(() => split([...bytes].map((byte) => Uint8Array.of(byte)))).toThrow(message);
});

test(`any chunking gives the lines of a naive split (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 500; run++) {
    const text = random
      .list(0, 30, () => random.pick(["\n", "\n", "\r\n", random.text(0, 3), '{"a":1}']))
      .join("")
      // However many marks it begins with: the first would be dropped.
      .replace(/^\ufeff+/, "");
    const bytes = bytesOf(text);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + random.int(1, 9));
      chunks.push(bytes.slice(at, end));
      at = end;
    }
    const limit = random.int(8, 60);
    expect(split(chunks, limit)).toEqual(naive(text, limit));
  }
});

function naive(text: string, limit: number): Line[] {
  const parts = text.split("\n");
  return parts.flatMap((part, index): Line[] => {
    const line = index + 1;
    if (bytesOf(part).length > limit)
      return [{ line, error: `The line is longer than ${limit} bytes and was skipped.` }];
    const body = part.endsWith("\r") ? part.slice(0, -1) : part;
    return body.trim() === "" ? [] : [{ line, text: body, terminated: line < parts.length }];
  });
}
