/** What is no native file or line but another format that people have: said in one sentence, with the way in. */
import { badInput } from "../../errors.js";

/** Where the native line is described. */
const DESCRIBED = 'docs/operations.md, "The native record"';

/**
 * Refuse a file of another format as a whole, by its first line that is not blank: a JSON array, JSON written over several
 * lines, CSV. Anything else is left to whoever reads the lines.
 */
export function refuseOtherFile(firstLine: string): void {
  const line = firstLine.trim();
  if (/^\[\s*(\{|$)/.test(line)) {
    throw badInput(
      "The file is one JSON array; the native format is NDJSON, a JSON object a line: jq -c '.[]' FILE > LINES.ndjson makes that of it.",
    );
  }
  if (line === "{") {
    throw badInput(
      "The file is JSON that is written over several lines; the native format is NDJSON, a JSON object a line: jq -c . FILE > LINES.ndjson makes that of it.",
    );
  }
  const columns = headingOf(line);
  if (columns !== null) {
    throw badInput(
      `The file looks like a table (CSV) with the columns ${columns.join(", ")}; the native format is NDJSON, so make a JSON object of each row first, with the prompt as "text" (${DESCRIBED}).`,
    );
  }
}

/** The most columns that are shown. */
const MOST_COLUMNS = 12;

/** The names in the first line of a table, or null where it is none: two and more short names, nothing else. */
function headingOf(line: string): string[] | null {
  if (line.length > 1000) return null;
  for (const separator of [",", "\t", ";"]) {
    const cells = line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));
    if (cells.length >= 2 && cells.every((cell) => /^[\p{L}_][\p{L}\p{N}_ .-]{0,59}$/u.test(cell))) {
      return cells.length > MOST_COLUMNS ? [...cells.slice(0, MOST_COLUMNS), "…"] : cells;
    }
  }
  return null;
}

/** Fields by which lines of other formats hold what they ask and what is answered. */
const OF_OTHERS = ["prompt", "instruction", "question", "query", "messages", "conversations", "input", "completion"];
const ANSWERS = ["response", "output", "answer", "label"];

/**
 * Refuse a line of another format, in which a native reader would find no text or, worse, a prompt without the judgment
 * that it holds: pairs of preferences ("chosen", "rejected"), and records that keep the prompt elsewhere than in "text".
 */
export function refuseOtherRecord(value: Readonly<Record<string, unknown>>): void {
  const has = (field: string) => value[field] !== undefined && value[field] !== null;
  const pair = ["chosen", "rejected"].filter(has);
  if (pair.length > 0) {
    throw badInput(
      `The line has the field${pair.length === 1 ? "" : "s"} ${pair.join(" and ")}: it looks like a pair of preferences as hh-rlhf and TRL write them; node examples/hh-rlhf-to-native.mjs < FILE > PAIRS.ndjson makes native lines of such a file.`,
    );
  }
  if (has("text") || !OF_OTHERS.some(has)) return;
  const found = [...OF_OTHERS, ...ANSWERS].filter(has).join(", ");
  throw badInput(
    `The line has no "text" but ${found}: it looks like a record of another format; a native line holds the prompt as "text", and demonstrations, completions and rankings beside it (${DESCRIBED}).`,
  );
}
