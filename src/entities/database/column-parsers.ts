import pg from "pg";

/** PostgreSQL's numbers of types. */
const BIGINT = 20;
const SMALLINT = 21;
const INTEGER = 23;
const SMALLINT_ARRAY = 1005;
const TIMESTAMPTZ = 1184;

const [COMMA, MINUS, ZERO] = [44, 45, 48];

const parseAnyTime: (text: string) => Date | number | null = pg.types.getTypeParser(TIMESTAMPTZ, "text");

/**
 * Values from PostgreSQL's text, the same as pg's own, for the types of which an answer has thousands; the others are
 * left to pg, which goes about these with regular expressions.
 */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [BIGINT, (text) => text],
  [SMALLINT, Number],
  [INTEGER, Number],
  [SMALLINT_ARRAY, parseSmallints],
  [TIMESTAMPTZ, parseTime],
]);

/** How pg turns columns into values. */
export const COLUMN_PARSERS: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    (format === "binary" ? undefined : PARSERS.get(type)) ?? pg.types.getTypeParser(type, format),
};

/** "{1,2,3}" as numbers. The arrays of the schema have one dimension and no NULL. */
export function parseSmallints(text: string): number[] {
  const numbers: number[] = [];
  const end = text.length - 1;
  for (let at = 1; at < end; at++) {
    const isNegative = text.charCodeAt(at) === MINUS;
    let number = 0;
    for (at += isNegative ? 1 : 0; at < end && text.charCodeAt(at) !== COMMA; at++) {
      number = 10 * number + text.charCodeAt(at) - ZERO;
    }
    numbers.push(isNegative ? -number : number);
  }
  return numbers;
}

/**
 * "2026-01-05 10:00:00.123+00" as a Date: the form that PostgreSQL writes in UTC for the years 1 to 9999, fractions
 * without closing zeros. Any other form goes to pg's own parser; digits beyond the millisecond are dropped, as it does.
 */
export function parseTime(text: string): Date | number | null {
  const isUtc = text.endsWith("+00");
  const n = text.length;
  const fraction = n - 23;
  if (!isUtc || n < 22 || text[10] !== " " || (n > 22 && (text[19] !== "." || fraction > 6))) return parseAnyTime(text);
  const year = 100 * two(text, 0) + two(text, 2);
  if (year < 100) return parseAnyTime(text);
  const ms = n > 22 ? Number(text.slice(20, -3).padEnd(3, "0").slice(0, 3)) : 0;
  const month = two(text, 5) - 1;
  return new Date(Date.UTC(year, month, two(text, 8), two(text, 11), two(text, 14), two(text, 17), ms));
}

/** The two digits at a place. */
const two = (text: string, at: number): number => 10 * (text.charCodeAt(at) - ZERO) + text.charCodeAt(at + 1) - ZERO;
