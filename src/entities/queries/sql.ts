import { badInput } from "../../errors.js";

/** Collects the parameters of a statement that is put together from parts. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Keeps a value and returns its placeholder. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** The condition that a row with a range of revisions is in force as of a revision (a placeholder). */
export const inForce = (alias: string, revision: string): string =>
  `${alias}.added_in <= ${revision} and (${alias}.removed_in is null or ${alias}.removed_in > ${revision})`;

/** The condition that a text contains a part, whatever the case; % and _ stand for themselves. */
export const contains = (column: string, part: string, parameters: Parameters): string =>
  `${column} ilike ${parameters.add(`%${part.replace(/[\\%_]/g, "\\$&")}%`)}`;

/** A range of rows to read along a keyset. */
export interface KeysetRange {
  readonly size: number;
  readonly backward: boolean;
  readonly from: readonly string[] | null;
}

/** One column of a keyset: its SQL, and the type that a cursor's text is cast to. */
export interface KeysetColumn {
  readonly sql: string;
  readonly type: "bigint" | "integer" | "timestamptz";
}

/** The smallest and the largest value of each type; times are those of the years 1 to 9999, in milliseconds. */
const RANGES: Record<KeysetColumn["type"], readonly [bigint, bigint]> = {
  bigint: [-(2n ** 63n), 2n ** 63n - 1n],
  integer: [-(2n ** 31n), 2n ** 31n - 1n],
  timestamptz: [-62_135_596_800_000n, 253_402_300_799_999n],
};

/** A cursor's text as a parameter of a column's type. Refused, naming the argument: a number that the type cannot hold. */
export function keysetValue(text: string, type: KeysetColumn["type"], field: "after" | "before"): string {
  const [least, most] = RANGES[type];
  const number = /^-?\d{1,19}$/.test(text) ? BigInt(text) : null;
  if (number === null || number < least || number > most) {
    throw badInput(`${field} holds ${JSON.stringify(text)}, which is no place in this list.`, field);
  }
  return type === "timestamptz" ? new Date(Number(text)).toISOString() : text;
}

/**
 * The condition and the order that read a page along a keyset, in one direction for all columns, so that one index
 * serves both ways. Times stand in cursors as milliseconds since 1970.
 */
export function keyset(
  columns: readonly KeysetColumn[],
  descending: boolean,
  range: KeysetRange,
  parameters: Parameters,
): { condition: string; order: string; limit: string } {
  const down = descending !== range.backward;
  const value = (text: string, type: KeysetColumn["type"]) =>
    `${parameters.add(keysetValue(text, type, range.backward ? "before" : "after"))}::${type}`;
  const condition =
    range.from === null
      ? "true"
      : `(${columns.map((column) => column.sql).join(", ")}) ${down ? "<" : ">"} (${columns
          .map((column, i) => value(range.from?.[i] ?? "0", column.type))
          .join(", ")})`;
  return {
    condition,
    order: columns.map((column) => `${column.sql} ${down ? "desc" : "asc"}`).join(", "),
    limit: parameters.add(range.size + 1),
  };
}
