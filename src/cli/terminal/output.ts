/** Writes a line to standard output. */
export const print = (line = ""): void => void process.stdout.write(`${line}\n`);

/** Writes a value as JSON, one document. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

type Cell = string | number | null | undefined;

/** A plain table: numbers and what follows them stand to the right; null is a dash. One without rows says "(none)". */
export function table(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (cell == null ? "–" : String(cell))));
  const right = headings.map(
    (_, i) => rows.length > 0 && rows.every((row) => row[i] == null || typeof row[i] === "number"),
  );
  const widths = headings.map((heading, i) => Math.max(width(heading), ...texts.map((row) => width(row[i] ?? ""))));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const fill = " ".repeat((widths[i] ?? 0) - width(cell));
        return right[i] ? fill + cell : cell + fill;
      })
      .join("  ")
      .trimEnd();
  const lines = texts.length === 0 ? ["(none)"] : texts.map(line);
  return [line(headings), widths.map((n) => "─".repeat(n)).join("  "), ...lines].join("\n");
}

/** What stands over or within the character before it and takes no column of its own: accents, joiners, selectors. */
const NO_COLUMN = /[\p{Mn}\p{Me}\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/u;
/** East Asian wide characters, and pictures; of a flag's two letters each takes one. */
const TWO_COLUMNS =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18cff}\u{1b000}-\u{1b2fb}\u{1f200}-\u{1f265}\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u;
/** What turns the character before it into a picture, two columns wide. */
const AS_PICTURE = "\ufe0f";

/** Columns a text takes on a terminal; East Asian wide characters and pictures take two, accents of their own none. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text)
    columns += character === AS_PICTURE ? 1 : NO_COLUMN.test(character) ? 0 : TWO_COLUMNS.test(character) ? 2 : 1;
  return columns;
}

/** A fraction with three decimals, or null. */
export const fraction = (value: number | null | undefined): string | null => (value == null ? null : value.toFixed(3));

/** Bytes as a person reads them. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, n > 0 ? Math.floor(Math.log10(n) / 3) : 0);
  return power === 0 ? `${n} B` : `${(n / 1000 ** power).toFixed(1)} ${units[power]}`;
}
