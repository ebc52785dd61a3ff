/** The native format, reading: NDJSON, one prompt or declaration a line. The field names are the format's definition. */
import { badInput } from "../../errors.js";
import { Fields, isObject, Reading } from "../records/fields.js";
import type { Loss } from "../records/losses.js";
import type { NativeRecord } from "../records/records.js";
import { isWellFormed, show } from "../text/code-points.js";
import { jsonFault } from "../text/json-fault.js";
import { readInstructions, readLabeler, readSplitPolicy } from "./native-declarations.js";
import { readPrompt } from "./native-prompt.js";
import { refuseOtherRecord } from "./other-formats.js";

/** A line's record, and what it says that the model has no place for. */
export type ParsedLine = NativeRecord & { losses: Loss[] };

/**
 * Read one line of a native file: a prompt, or a line whose only key is `splitPolicy`, `labeler` or `instructions`, which
 * declares one. Every break of a rule is thrown as BAD_USER_INPUT in a sentence with path, value and rule; fields that the
 * format does not know are losses. Whether rankings and assessments name completions that exist is asked later
 * (`resolveKeys`, `checkReferences`), for they may name completions that an earlier line gave.
 */
export function parseLine(text: string): ParsedLine {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw badInput(`The line is not JSON: ${jsonFault(text)}.`);
  }
  // A raw U+0000 is no JSON, so that without an escape a well-formed line can only hold texts that can be stored.
  return parseRecord(value, !text.includes("\\u") && isWellFormed(text));
}

/**
 * Read one record that is JSON already.
 * @param value any JSON value
 * @param trusted no text in it holds U+0000 or half a surrogate pair, so that none need be searched for them
 */
export function parseRecord(value: unknown, trusted = false): ParsedLine {
  if (!isObject(value)) throw badInput(`The line is ${show(value)}; it must be a JSON object.`);
  const reading = new Reading(trusted);
  const record = readRecord(new Fields(value, reading), value);
  return { ...record, losses: reading.losses };
}

function readRecord(fields: Fields, value: Record<string, unknown>): NativeRecord {
  const [only, ...others] = Object.keys(value);
  if (others.length === 0) {
    if (only === "splitPolicy") return { kind: only, splitPolicy: declared(fields, only, readSplitPolicy) };
    if (only === "labeler") return { kind: only, labeler: declared(fields, only, readLabeler) };
    if (only === "instructions") return { kind: only, instructions: declared(fields, only, readInstructions) };
  }
  refuseOtherRecord(value);
  return { kind: "prompt", prompt: readPrompt(fields) };
}

const declared = <T>(fields: Fields, name: string, read: (fields: Fields) => T): T =>
  fields.child(name, read) ?? fields.refuse(name, "must be an object");
