/** Writes a line to standard output. */
export const print = (line = ""): void => void process.stdout.write(`${line}\n`);

/** Writes a value as JSON, one document. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2));

type Cell = string | number | null | undefined;

/** A plain table: numbers and what follows them stand to the right; null is a dash. */
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
  return [line(headings), widths.map((n) => "─".repeat(n)).join("  "), ...texts.map(line)].join("\n");
}

/** Columns a text takes on a terminal; East Asian wide characters take two. */
function width(text: string): number {
  let columns = 0;
  for (const character of text)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/.test(
      character,
    )
      ? 2
      : 1;
  return columns;
}

/** A fraction with three decimals, or null. */
export const fraction = (value: number | null | undefined): string | null => (value == null ? null : value.toFixed(3));

/** A count with thin groups of three. */
export const count = (n: number): string => n.toLocaleString("en-US");

/** Bytes as a person reads them. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, n > 0 ? Math.floor(Math.log10(n) / 3) : 0);
  return power === 0 ? `${n} B` : `${(n / 1000 ** power).toFixed(1)} ${units[power]}`;
}
