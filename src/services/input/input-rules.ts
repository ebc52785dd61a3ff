import { checkText } from "../../datasets/records/names.js";
import { show } from "../../datasets/text/code-points.js";
import { AppError, badInput } from "../../errors.js";
import { checkEach } from "./check-each.js";
import { globalId, localId, type NodeType } from "./global-id.js";

/** Most items of a list in one mutation. */
export const MOST_ITEMS = 1000;

/** Longest texts, in characters: what a person or a model wrote, a remark, a name, an id of others. */
export const LONGEST = {
  text: 1_000_000,
  note: 10_000,
  name: 200,
  externalId: 500,
  source: 200,
  language: 100,
  tag: 200,
};

/** Refuses a period in which no moment lies: what is created at or after its beginning and before its end. */
export function checkPeriod(from: Date | null | undefined, to: Date | null | undefined, field: string): void {
  if (from && to && from.getTime() >= to.getTime()) {
    throw badInput(`createdTo is ${to.toISOString()}; it must be after createdFrom, ${from.toISOString()}.`, field);
  }
}

/** Refuses a list that is empty or too long. */
export function checkItems(items: readonly unknown[], field: string, most = MOST_ITEMS): void {
  if (items.length < 1 || items.length > most) {
    throw badInput(`${field} has ${items.length} items; it must have 1 to ${most}.`, field);
  }
}

/** Refuses a list that names something twice. */
export function checkDistinct(items: readonly string[], field: string): void {
  const seen = new Set<string>();
  for (const item of items) {
    if (seen.has(item)) throw badInput(`${field} names ${show(item)} twice.`, field);
    seen.add(item);
  }
}

/** The row numbers behind a list of 1 to 1,000 global ids; an id given twice counts once. */
export function itemIds(type: NodeType, ids: readonly string[], field: string): string[] {
  checkItems(ids, field);
  return [...new Set(checkEach(ids, (id, index) => localId(type, id, `${field}.${index}`)))];
}

/** Refuses a text that is given and too short or too long. */
export function checkOptionalText(text: string | null | undefined, field: string, least: number, most: number): void {
  if (text != null) checkText(text, field, least, most);
}

/** A named thing is not there, or hidden. */
export const missing = (type: NodeType, id: string, field: string): AppError =>
  new AppError("NOT_FOUND", `The ${NAMES[type] ?? type} ${show(globalId(type, id))} was not found.`, field);

const NAMES: Partial<Record<NodeType, string>> = {
  Dataset: "dataset",
  Prompt: "prompt",
  Completion: "completion",
  Ranking: "ranking",
  Labeler: "labeler",
  InstructionVersion: "instruction version",
  ApiKey: "API key",
  Job: "job",
  Model: "model",
};
