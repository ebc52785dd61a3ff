import { badInput } from "../../errors.js";
import { RECORD_FORMATS, type RecordFormat } from "../../vocabulary.js";

/** The format that a word names, native where none is given; another word is refused with the list. */
export function recordFormat(word: string | null | undefined, field = "format"): RecordFormat {
  if (word == null) return "native";
  const format = RECORD_FORMATS.find((name) => name === word);
  if (!format) {
    const shown = JSON.stringify(word.slice(0, 40));
    throw badInput(`${field} is ${shown}; the formats are: ${RECORD_FORMATS.join(", ")}.`, field);
  }
  return format;
}
