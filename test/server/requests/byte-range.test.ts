import { describe, expect, test } from "@jest/globals";
import { byteRange, UnsatisfiableRange } from "../../../src/server/requests/byte-range.js";

const FILE = { size: 1000, etag: '"abc"' };

describe("Range", () => {
  test.each([
    ["bytes=0-0", [0, 0]],
    ["bytes=0-", [0, 999]],
    ["bytes=200-299", [200, 299]],
    ["bytes=999-", [999, 999]],
    ["bytes=990-5000", [990, 999]],
    ["bytes=0-99999999999999999999999", [0, 999]],
    ["bytes=-1", [999, 999]],
    ["bytes=-1000", [0, 999]],
    ["bytes=-4000", [0, 999]],
    [" Bytes = 1 - 2 ", [1, 2]],
  ])("%s is a stretch", (range, [first, last]) => {
    expect(byteRange({ range }, FILE)).toEqual({ first, last });
  });

  test.each([
    undefined,
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=5-2",
    "bytes=-5-2",
    "bytes=1.5-2",
    "bytes=+1-2",
    "bytes=0x1-2",
    "bytes=1-2,5-6",
    "bytes=2000-,0-1",
    "lines=0-1",
    "0-1",
  ])("%s is answered with the whole", (range) => {
    expect(byteRange({ range }, FILE)).toBeNull();
  });

  test.each(["bytes=1000-", "bytes=1000-1001", "bytes=99999999999999999999999-", "bytes=-0"])(
    "%s begins behind the end",
    (range) => {
      expect(() => byteRange({ range }, FILE)).toThrow(UnsatisfiableRange);
      expect(() => byteRange({ range }, FILE)).toThrow(
        `Range is "${range}"; the file has 1000 bytes, the first of them is 0.`,
      );
    },
  );
});

describe("If-Range", () => {
  const asked = (ifRange: string, range = "bytes=1-2") => byteRange({ range, "if-range": ifRange }, FILE);

  test("today's tag gives the stretch", () => {
    expect(asked('"abc"')).toEqual({ first: 1, last: 2 });
    expect(() => asked('"abc"', "bytes=1000-")).toThrow(UnsatisfiableRange);
  });

  test.each(['"old"', 'W/"abc"', "abc", "", "Sun, 06 Nov 1994 08:49:37 GMT"])("%s gives the whole", (ifRange) => {
    expect(asked(ifRange)).toBeNull();
    expect(asked(ifRange, "bytes=1000-")).toBeNull();
  });
});
