import { parseTimestamp } from "../../../src/datasets/text/timestamps.js";
import { Random, SEED } from "../random.js";

const timeOf = (text: string): string => {
  const parsed = parseTimestamp(text);
  return "date" in parsed ? parsed.date.toISOString() : parsed.problem;
};

// Each by arithmetic on the offset.
test.each([
  ["2026-01-05T10:00:00.000Z", "2026-01-05T10:00:00.000Z"],
  ["2026-01-05T10:00:00Z", "2026-01-05T10:00:00.000Z"],
  ["2026-01-05T10:00Z", "2026-01-05T10:00:00.000Z"],
  ["2026-01-05t10:00:00z", "2026-01-05T10:00:00.000Z"],
  ["2026-01-05T10:00:00.5+02:00", "2026-01-05T08:00:00.500Z"],
  ["2026-01-05T10:00:00,25-0530", "2026-01-05T15:30:00.250Z"],
  ["2026-01-01T00:30:00+01", "2025-12-31T23:30:00.000Z"],
  ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
  ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00.000Z"],
  ["0050-06-01T00:00:00+00:00", "0050-06-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
])("%s is %s", (text, expected) => {
  expect(timeOf(text)).toBe(expected);
});

const FORM = 'must be a time in ISO 8601 with a zone, such as "2026-01-05T10:00:00.000Z"';

test.each([
  ["", FORM],
  ["yesterday", FORM],
  ["2026-01-05", FORM],
  ["2026-01-05 10:00:00Z", FORM],
  ["2026-1-5T10:00:00Z", FORM],
  ["2026-01-05T10:00:00", 'must name its time zone, such as "Z" or "+02:00"'],
  ["2026-02-30T10:00:00.000Z", "names a day that does not exist"],
  ["2025-02-29T10:00:00.000Z", "names a day that does not exist"],
  ["1900-02-29T10:00:00Z", "names a day that does not exist"],
  ["2026-13-01T10:00:00Z", "names a day that does not exist"],
  ["2026-00-01T10:00:00Z", "names a day that does not exist"],
  ["2026-01-05T24:00:00.000Z", "names a time that does not exist"],
  ["2026-01-05T10:60:00Z", "names a time that does not exist"],
  ["2026-01-05T10:00:60Z", "names a time that does not exist"],
  ["2026-01-05T10:00:00+24:00", "names a time that does not exist"],
  ["0000-01-01T00:00:00.000Z", "must have a year from 1 to 9999"],
  ["-0001-01-01T00:00:00Z", "must have a year from 1 to 9999"],
  ["10000-01-01T00:00:00Z", "must have a year from 1 to 9999"],
  ["+010000-01-01T00:00:00.000Z", "must have a year from 1 to 9999"],
  ["0001-01-01T00:00:00+01:00", "must have a year from 1 to 9999"],
  ["9999-12-31T23:00:00-01:00", "must have a year from 1 to 9999"],
])("%s is refused: it %s", (text, problem) => {
  expect(parseTimestamp(text)).toEqual({ problem });
});

test("digits beyond the millisecond are dropped, and said where they are not zeros", () => {
  expect(parseTimestamp("2026-01-05T10:00:00.1239Z")).toEqual({
    date: new Date("2026-01-05T10:00:00.123Z"),
    finerThanMs: true,
  });
  expect(parseTimestamp("2026-01-05T10:00:00.123000Z")).toMatchObject({ finerThanMs: false });
});

test(`any time of JavaScript's reads back, in any zone (seed ${SEED})`, () => {
  const random = new Random(SEED);
  for (let run = 0; run < 2000; run++) {
    const date = new Date(random.int(-62_135_510_400_000, 253_402_214_400_000));
    expect(parseTimestamp(date.toISOString())).toEqual({ date, finerThanMs: false });
    const minutes = random.int(-1439, 1439);
    const local = new Date(date.getTime() + minutes * 60_000).toISOString().replace("Z", "");
    const offset = new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16);
    if (local.startsWith("+") || local.startsWith("-") || local.startsWith("0000")) continue;
    expect(parseTimestamp(`${local}${minutes < 0 ? "-" : "+"}${offset}`)).toEqual({ date, finerThanMs: false });
  }
});
