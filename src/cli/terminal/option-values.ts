import { InvalidArgumentError } from "commander";
import { parseTimestamp } from "../../datasets/text/timestamps.js";

/** A point in time, with its zone. */
export function time(text: string): string {
  const parsed = parseTimestamp(text);
  if ("problem" in parsed) throw new InvalidArgumentError(`It ${parsed.problem}.`);
  return text;
}

/** A JSON object, as text. */
export function jsonObject(text: string): string {
  let value: unknown = null;
  try {
    value = JSON.parse(text);
  } catch {}
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidArgumentError("It must be a JSON object.");
  return text;
}

/** The words of a list, separated by commas, in any case. Refused: one that is none of the known; with `once`, one twice. */
export function knownWords(list: string, known: readonly string[], { once = false } = {}): string[] {
  const given = list.split(",").map((name) => name.trim().toUpperCase().replaceAll("-", "_"));
  for (const name of given)
    if (!known.includes(name)) throw new InvalidArgumentError(`Each must be one of ${known.join(", ")}.`);
  if (once && new Set(given).size < given.length) throw new InvalidArgumentError("Each may stand there once.");
  return given;
}
