/** What a reference, a number or a field of an object takes, roughly, in bytes. */
const WORD = 8;
const HEADER = 24;

/**
 * About how many bytes plain data take in memory: texts by their characters, typed arrays by their bytes, and what holds
 * others by its fields. An object that is reached twice counts once; functions count as a reference.
 */
export function plainSize(value: unknown): number {
  let bytes = 0;
  const open: unknown[] = [value];
  const seen = new Set<object>();
  while (open.length > 0) {
    const next = open.pop();
    bytes += WORD;
    if (typeof next === "string") bytes += HEADER + 2 * next.length;
    else if (typeof next === "object" && next !== null && !seen.has(next)) {
      seen.add(next);
      bytes += HEADER;
      if (ArrayBuffer.isView(next)) bytes += next.byteLength;
      else if (next instanceof Map) for (const [key, item] of next) open.push(key, item);
      else if (Array.isArray(next) || next instanceof Set) for (const item of next) open.push(item);
      else for (const item of Object.values(next)) open.push(item);
    }
  }
  return bytes;
}
