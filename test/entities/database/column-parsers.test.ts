import { expect, test } from "@jest/globals";
import pg from "pg";
import { COLUMN_PARSERS, parseSmallints, parseTime } from "../../../src/entities/database/column-parsers.js";

const TIMESTAMPTZ = 1184;
const SMALLINT_ARRAY = 1005;
/** pg's own parsers: the naive twins. */
const timeOfPg = pg.types.getTypeParser(TIMESTAMPTZ, "text");
const smallintsOfPg: (text: string) => number[] = pg.types.getTypeParser(SMALLINT_ARRAY as never, "text");

/** As PostgreSQL writes a time: the zone behind it, no closing zeros of a fraction. */
function written(ms: number, zone: string): string {
  const [day = "", time = ""] = new Date(ms).toISOString().slice(0, -1).split("T");
  const [whole = "", fraction = ""] = time.split(".");
  const digits = fraction.replace(/0+$/, "");
  return `${day} ${whole}${digits && `.${digits}`}${zone}`;
}

test("reads every millisecond, and the days of all centuries, as pg does", () => {
  for (let ms = 0; ms < 1000; ms++) {
    const text = written(Date.UTC(2026, 0, 5, 10, 0, 1, ms), "+00");
    expect([text, parseTime(text)]).toEqual([text, timeOfPg(text)]);
  }
  for (let year = 1; year <= 9999; year += 7) {
    const time = new Date(Date.UTC(2000, year % 12, 1 + (year % 28), year % 24, year % 60, (year * 7) % 60));
    const text = written(time.setUTCFullYear(year), "+00");
    expect([text, parseTime(text)]).toEqual([text, timeOfPg(text)]);
  }
});

test.each([
  ["2026-02-28 23:59:59+00", Date.UTC(2026, 1, 28, 23, 59, 59)],
  ["2026-01-05 10:00:00.123456+00", Date.UTC(2026, 0, 5, 10, 0, 0, 123)],
  ["2026-01-05 10:00:00.5+00", Date.UTC(2026, 0, 5, 10, 0, 0, 500)],
  ["2026-01-05 12:00:00+02", Date.UTC(2026, 0, 5, 10)],
  ["2026-01-05 15:30:00.25+05:30", Date.UTC(2026, 0, 5, 10, 0, 0, 250)],
  ["2026-01-05 04:00:00.123-06", Date.UTC(2026, 0, 5, 10, 0, 0, 123)],
  ["0001-01-01 00:00:00+00", -62_135_596_800_000],
  ["9999-12-31 23:59:59.999+00", 253_402_300_799_999],
])("reads %s", (text, ms) => {
  expect(parseTime(text)).toEqual(new Date(ms));
});

test("leaves what is no moment to pg", () => {
  for (const text of ["infinity", "-infinity", "0044-03-15 12:00:00+00 BC"]) {
    expect(parseTime(text)).toEqual(timeOfPg(text));
  }
});

test.each(["{}", "{0}", "{1,2,3}", "{-32768,32767,999}"])("reads the array %s as pg does", (text) => {
  expect(parseSmallints(text)).toEqual(smallintsOfPg(text));
});

test.each([
  [20, "9223372036854775807"],
  [21, "-32768"],
  [23, "2147483647"],
])("reads a number of type %d as pg does", (type, text) => {
  expect(COLUMN_PARSERS.getTypeParser(type, "text")(text)).toEqual(pg.types.getTypeParser(type, "text")(text));
});

test("leaves the other types and the binary format to pg", () => {
  for (const type of [16, 114, 1009, 3802]) {
    expect(COLUMN_PARSERS.getTypeParser(type, "text")).toBe(pg.types.getTypeParser(type, "text"));
  }
  expect(COLUMN_PARSERS.getTypeParser(TIMESTAMPTZ, "binary")).toBe(pg.types.getTypeParser(TIMESTAMPTZ, "binary"));
});
