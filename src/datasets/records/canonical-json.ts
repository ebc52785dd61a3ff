/** JSON with one form for one value, so that equal values are equal bytes. */
import { compareCodePoints } from "../text/code-points.js";
import type { Json, JsonObject } from "./records.js";

/**
 * A JSON value without white space, object keys in code-point order at every level: whatever order a file or a database
 * gives them, the text is the same. Numbers as JavaScript writes them (−0 as 0).
 */
export function canonicalJson(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  return `{${Object.keys(value)
    .sort(compareCodePoints)
    .map((key) => `${JSON.stringify(key)}:${canonicalJson((value as JsonObject)[key] as Json)}`)
    .join(",")}}`;
}
