/** What a cell of a CSV may hold; null and undefined are empty. */
export type CsvCell = string | number | null | undefined;

/**
 * A cell of a CSV as RFC 4180 has it, a number with all its digits. A text that a spreadsheet would take for a formula gets an
 * apostrophe before it.
 */
export function csvCell(value: CsvCell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return String(value);
  const harmless = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
