import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type CopyStreamQuery, from } from "pg-copy-streams";
import type { Queryable } from "../../database/database.js";

/** Chunks of about this many characters are sent, so that neither one row nor a whole table is one message. */
const CHUNK_CHARACTERS = 1 << 16;

/** The columns of a table in the order in which rows are copied into it. */
export interface CopyTarget {
  readonly table: string;
  /** Separated by commas. */
  readonly columns: string;
}

/** A field of a row in COPY's text format; what is null or undefined is NULL. */
export const NULL = "\\N";

const SPECIAL = /[\\\n\r\t]/;
const SPECIALS = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A text as a field. */
export const textField = (text: string | null): string =>
  text === null ? NULL : SPECIAL.test(text) ? text.replace(SPECIALS, (character) => ESCAPES[character]!) : text;

/** A value that holds no special character (a number, an id, a word of the vocabulary) as a field. */
export const plainField = (value: string | number | null): string => (value === null ? NULL : String(value));

export const booleanField = (value: boolean): string => (value ? "t" : "f");

export const timeField = (time: Date | null): string => (time === null ? NULL : time.toISOString());

/** A list of numbers as a field. */
export const numbersField = (numbers: readonly number[] | null): string =>
  numbers === null ? NULL : `{${numbers.join(",")}}`;

/** A list of texts as a field. */
export const textsField = (texts: readonly string[] | null): string =>
  texts === null ? NULL : textField(`{${texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`);

/** A row from its fields. */
export const copyRow = (...fields: readonly string[]): string => `${fields.join("\t")}\n`;

/** Copies rows into a table on one connection, with back-pressure; other work of the process goes on between chunks. */
export async function copyIn(connection: Queryable, target: CopyTarget, rows: Iterable<string>): Promise<void> {
  const chunks = chunksOf(rows);
  const first = chunks.next();
  if (first.done) return;
  // pg takes a stream as a query; the narrow type of Queryable does not say so.
  const copy = (connection as unknown as { query(stream: CopyStreamQuery): CopyStreamQuery }).query(
    from(`copy ${target.table} (${target.columns}) from stdin`),
  );
  await pipeline(Readable.from(paced(first.value, chunks), { highWaterMark: 2 }), copy);
}

async function* paced(first: Buffer, rest: Iterable<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (const chunk of rest) {
    await new Promise(setImmediate);
    yield chunk;
  }
}

function* chunksOf(rows: Iterable<string>): Generator<Buffer, undefined> {
  let pending: string[] = [];
  let characters = 0;
  for (const row of rows) {
    pending.push(row);
    characters += row.length;
    if (characters < CHUNK_CHARACTERS) continue;
    yield Buffer.from(pending.join(""));
    pending = [];
    characters = 0;
  }
  if (characters > 0) yield Buffer.from(pending.join(""));
}
