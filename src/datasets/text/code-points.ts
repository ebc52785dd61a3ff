/** Text as Unicode code points: the order PostgreSQL's "C" collation has, and what it can keep at all. */

/** Compare by code point; JavaScript's own order is by UTF-16 unit and differs beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates (U+D800–U+DFFF) stand for code points above every other unit.
    return rankOfUnit(x) - rankOfUnit(y);
  }
  return a.length - b.length;
}

const rankOfUnit = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** Whether every surrogate of the text has its partner (String.prototype.isWellFormed, ES2024, in Node since 20). */
export const isWellFormed = (text: string): boolean => (text as string & { isWellFormed(): boolean }).isWellFormed();

/** Why PostgreSQL cannot keep a text, as the end of a sentence, or null where it can. */
export function storageProblem(text: string): string | null {
  if (text.indexOf("\0") >= 0) return "holds the character U+0000, which cannot be stored";
  if (!isWellFormed(text)) return "holds half a surrogate pair, which is no character";
  return null;
}

/** A value as an error sentence shows it: JSON, cut to 80 characters; of a list or an object only that it is one. */
export function show(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) return "a number too large to hold";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object" && value !== null) return "an object";
  const json = JSON.stringify(typeof value === "string" ? value.slice(0, 100) : value) ?? String(value);
  if (json.length <= 80) return json;
  const head = json.slice(0, 79);
  return `${isWellFormed(head) ? head : head.slice(0, -1)}…`;
}
