/** The native format, reading: the lines that declare how prompts were split, who labeled, and under which instructions. */
import { CRITERIA, INSTRUCTION_PURPOSES, LABELER_POOLS, LABELER_STATUSES, SPLIT_GROUPINGS } from "../../vocabulary.js";
import { type Fields, INT4_MAX } from "../records/fields.js";
import { checkHandle } from "../records/names.js";
import type { InstructionsDeclaration, LabelerDeclaration, SplitPolicyDeclaration } from "../records/records.js";
import { checkFractions } from "../splits/split.js";

const SPLIT_POLICY = new Set(["train", "validation", "test", "seed", "groupBy", "assignedAt"]);

export function readSplitPolicy(fields: Fields): SplitPolicyDeclaration {
  fields.countUnknown(SPLIT_POLICY);
  const fraction = (name: string): number => fields.number(name) ?? fields.refuse(name, "must be a number from 0 to 1");
  const fractions = { train: fraction("train"), validation: fraction("validation"), test: fraction("test") };
  checkFractions(fractions, "splitPolicy");
  return {
    ...fractions,
    seed: fields.integer("seed", -INT4_MAX - 1, INT4_MAX) ?? 0,
    groupBy: fields.word("groupBy", SPLIT_GROUPINGS) ?? "AUTHOR",
    assignedAt: fields.timestamp("assignedAt"),
  };
}

const LABELER = new Set(["handle", "pool", "status"]);

export function readLabeler(fields: Fields): LabelerDeclaration {
  fields.countUnknown(LABELER);
  const handle = fields.requiredText("handle");
  checkHandle(handle, fields.path("handle"));
  return {
    handle,
    pool: fields.word("pool", LABELER_POOLS),
    status: fields.word("status", LABELER_STATUSES),
  };
}

const INSTRUCTIONS = new Set(["version", "purpose", "text", "criteriaOrder", "validFrom"]);

export function readInstructions(fields: Fields): InstructionsDeclaration {
  fields.countUnknown(INSTRUCTIONS);
  return {
    version: fields.requiredInteger("version", 1, INT4_MAX),
    purpose: fields.requiredWord("purpose", INSTRUCTION_PURPOSES),
    text: fields.requiredText("text", 1),
    criteriaOrder: fields.words("criteriaOrder", CRITERIA) ?? [],
    validFrom: fields.timestamp("validFrom"),
  };
}
