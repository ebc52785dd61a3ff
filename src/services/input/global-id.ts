import { badInput } from "../../errors.js";
import { checkEach } from "./check-each.js";

/** The types a global id may name. */
export const NODE_TYPES = [
  "Dataset",
  "Prompt",
  "Demonstration",
  "Completion",
  "Ranking",
  "Assessment",
  "Labeler",
  "InstructionVersion",
  "ApiKey",
  "AuditEntry",
  "Job",
  "Checkpoint",
  "Model",
  "Evaluation",
] as const;
export type NodeType = (typeof NODE_TYPES)[number];

/** The public, opaque id of a row: base64url of "Type:number". */
export const globalId = (type: NodeType, id: string): string => Buffer.from(`${type}:${id}`).toString("base64url");

/** What a global id names, or null where it is none. Numbers beyond bigint are no ids. */
export function parseGlobalId(id: string): { type: NodeType; id: string } | null {
  if (id.length > 64 || !/^[A-Za-z0-9_-]+$/.test(id)) return null;
  const match = /^([A-Za-z]+):([1-9]\d{0,17})$/.exec(Buffer.from(id, "base64url").toString("latin1"));
  const type = NODE_TYPES.find((name) => name === match?.[1]);
  const number = match?.[2];
  if (!type || !number || globalId(type, number) !== id) return null;
  return { type, id: number };
}

/** The row number behind a global id of the expected type; anything else is refused and `field` named. */
export function localId(type: NodeType, id: string, field: string): string {
  const parsed = parseGlobalId(id);
  if (!parsed) throw badInput(`${field} is ${JSON.stringify(id.slice(0, 80))}, which is no id.`, field);
  if (parsed.type !== type)
    throw badInput(`${field} is the id of a ${parsed.type}; it must be that of a ${type}.`, field);
  return parsed.id;
}

/** More ids than this in one filter are refused: each is read and checked. */
const MOST_IDS = 10_000;

/** The row numbers behind a list of global ids of the expected type; null stays null. Refused: more than 10,000. */
export function localIds(type: NodeType, ids: readonly string[] | null | undefined, field: string): string[] | null {
  if (ids == null) return null;
  if (ids.length > MOST_IDS) throw badInput(`${field} has ${ids.length} ids; it may have ${MOST_IDS}.`, field);
  return checkEach(ids, (id, index) => localId(type, id, `${field}.${index}`));
}
