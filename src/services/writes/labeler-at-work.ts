import { show } from "../../datasets/text/code-points.js";
import { instructionsInForce, instructionsOfDataset } from "../../entities/queries/datasets/instruction-writes.js";
import type { LabelerWork } from "../../entities/queries/judgments/label-writes.js";
import { type LabelerFacts, labelerAtWork } from "../../entities/queries/labelers/labeler-writes.js";
import { datasetsOfPrompts } from "../../entities/queries/prompts/prompt-writes.js";
import { AppError, badInput } from "../../errors.js";
import { maySeeDataset } from "../access/visibility.js";
import { localId } from "../input/global-id.js";
import { missing } from "../input/input-rules.js";
import { beginChange } from "./change-dataset.js";
import { ensureMembers } from "./membership.js";
import type { Change } from "./run-change.js";

/** For whom work is stored, and under which instructions. */
export interface WorkOf {
  /** Whose work it is; required as long as there are no tasks that would say so. */
  readonly labelerId?: string | null;
  /** The instructions it was done under; those in force now, where left out. */
  readonly instructionVersionId?: string | null;
}

/** A labeler's work that is about to be stored: its common columns, and what its identity is made of. */
export interface WorkBegun {
  readonly work: LabelerWork;
  readonly labeler: LabelerFacts;
  /** The version number of the instructions, where there are any. */
  readonly instructions: number | null;
}

/** Refuses work of which nobody is named. */
export function checkLabeler({ labelerId }: WorkOf): void {
  if (labelerId == null)
    throw badInput(
      "input.labelerId is missing; an administrator names the labeler whose work this is.",
      "input.labelerId",
    );
}

/**
 * Begins a change of a dataset by a labeler's work: locks the dataset and the labeler, makes the labeler a member, and finds
 * the instructions: those named, else the latest version for TRAINING_DATA that is valid by now.
 * Refused: a labeler who is SUSPENDED or RETIRED (UNPROCESSABLE), instructions of another dataset.
 */
export async function beginWork(
  { connection, manager }: Change,
  datasetId: string,
  { labelerId, instructionVersionId }: WorkOf,
): Promise<WorkBegun> {
  const id = localId("Labeler", labelerId ?? "", "input.labelerId");
  const named =
    instructionVersionId == null
      ? null
      : localId("InstructionVersion", instructionVersionId, "input.instructionVersionId");
  const revision = await beginChange(manager, datasetId);
  const labeler = await labelerAtWork(connection, id);
  if (!labeler) throw missing("Labeler", id, "input.labelerId");
  if (labeler.status !== "ACTIVE") {
    throw new AppError(
      "UNPROCESSABLE",
      `The labeler ${show(labeler.handle)} is ${labeler.status}; only an ACTIVE labeler's work is taken.`,
      "input.labelerId",
    );
  }
  const createdAt = new Date();
  const instructions =
    named === null
      ? await instructionsInForce(connection, datasetId, createdAt)
      : await instructionsOfDataset(connection, datasetId, named);
  if (named !== null && !instructions) throw missing("InstructionVersion", named, "input.instructionVersionId");
  await ensureMembers(connection, datasetId, [id], revision);
  return {
    labeler,
    instructions: instructions?.version ?? null,
    work: { datasetId, labelerId: id, instructionVersionId: instructions?.id ?? null, createdAt, revision },
  };
}

/** The dataset of a prompt. Refused: a prompt that is not there or hidden. */
export async function datasetOfPrompt(
  { connection, viewer }: Change,
  promptId: string,
  field: string,
): Promise<string> {
  const [row] = await datasetsOfPrompts(connection, [promptId]);
  if (!row || !maySeeDataset(viewer, row.datasetId)) throw missing("Prompt", promptId, field);
  return row.datasetId;
}
