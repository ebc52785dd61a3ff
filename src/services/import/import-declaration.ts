import type {
  InstructionsDeclaration,
  LabelerDeclaration,
  SplitPolicyDeclaration,
} from "../../datasets/records/records.js";
import { show } from "../../datasets/text/code-points.js";
import { badInput } from "../../errors.js";
import type { ImportBatch } from "./import-batch-state.js";
import type { PreparedDeclaration } from "./import-line.js";

/**
 * Adds a declaration to a batch. One that says what is there already adds nothing; one that says otherwise is refused:
 * pools, statuses, instructions and split policies are changed by the mutations for that, never by a file.
 */
export function addDeclaration(batch: ImportBatch, { record, hash }: PreparedDeclaration): void {
  const isNew =
    record.kind === "splitPolicy"
      ? declareSplitPolicy(batch, record.splitPolicy)
      : record.kind === "labeler"
        ? declareLabeler(batch, record.labeler)
        : declareInstructions(batch, record.instructions);
  if (!isNew) return;
  batch.hashes.add(hash);
  batch.added.hashes.push(hash);
}

function declareSplitPolicy(batch: ImportBatch, declared: SplitPolicyDeclaration): boolean {
  const { policy, at } = batch;
  if (policy) {
    for (const field of ["train", "validation", "test", "seed", "groupBy", "assignedAt"] as const) {
      refuseDifference(`splitPolicy.${field}`, declared[field], policy[field], "the dataset's split policy has");
    }
    return false;
  }
  batch.policy = { ...declared, assignedAt: declared.assignedAt ?? at, isNew: true };
  return true;
}

function declareLabeler(batch: ImportBatch, declared: LabelerDeclaration): boolean {
  const { handle } = declared;
  let labeler = batch.labelers.get(handle);
  if (labeler) {
    const whose = `the labeler ${show(handle)} is known with`;
    refuseDifference("labeler.pool", declared.pool, labeler.pool, whose, "; updateLabeler moves a labeler");
    refuseDifference("labeler.status", declared.status, labeler.status, whose, "; updateLabeler changes it");
    if (labeler.isMember) return false;
  } else {
    const { pool, status } = declared;
    labeler = { id: null, handle, pool: pool ?? "TRAINING", status: status ?? "ACTIVE", isMember: false };
    batch.labelers.set(handle, labeler);
  }
  labeler.isMember = true;
  batch.added.members.add(labeler);
  return true;
}

function declareInstructions(batch: ImportBatch, declared: InstructionsDeclaration): boolean {
  const known = batch.instructions.get(declared.version);
  if (known) {
    const whose = `version ${declared.version} of the instructions is known with`;
    refuseDifference("instructions.purpose", declared.purpose, known.purpose, whose);
    refuseDifference("instructions.text", declared.text, known.text, whose);
    const order = declared.criteriaOrder.length > 0 ? declared.criteriaOrder.join() : null;
    refuseDifference("instructions.criteriaOrder", order, known.criteriaOrder.join(), whose);
    refuseDifference("instructions.validFrom", declared.validFrom, known.validFrom, whose);
    return false;
  }
  const instructions = { ...declared, id: null, validFrom: declared.validFrom ?? batch.at };
  batch.instructions.set(declared.version, instructions);
  batch.added.instructions.add(instructions);
  return true;
}

/** Refuses a declared value (null: the line does not say) other than the known one. */
function refuseDifference(
  field: string,
  declared: string | number | Date | null,
  known: string | number | Date,
  whose: string,
  hint = "",
): void {
  const [given, stored] = [declared, known].map((value) => (value instanceof Date ? value.toISOString() : value));
  if (given == null || given === stored) return;
  throw badInput(`${field} is ${show(given)}, but ${whose} ${show(stored)}${hint}.`, field);
}
