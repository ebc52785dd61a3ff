import { checkText } from "../../datasets/records/names.js";
import { insertInstructions } from "../../entities/queries/datasets/instruction-writes.js";
import type { Criterion, InstructionPurpose } from "../../vocabulary.js";
import { requireDataset } from "../access/visibility.js";
import { globalId, localId } from "../input/global-id.js";
import { checkDistinct, LONGEST } from "../input/input-rules.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { runChange, type Writer } from "./run-change.js";

export interface NewInstructions {
  readonly datasetId: string;
  readonly purpose: InstructionPurpose;
  readonly text: string;
  /** Most important first. */
  readonly criteriaOrder: readonly Criterion[];
  /** Now, where left out. */
  readonly validFrom?: Date | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Publishes instructions for a dataset's labelers under the next version number (1, 2, 3 …, across all purposes).
 * Refused: an empty text, a criterion twice.
 * @returns the number of the instruction version
 */
export async function publishInstructions(writer: Writer, input: NewInstructions): Promise<string> {
  const { purpose, text, criteriaOrder } = input;
  const check = () => {
    checkText(text, "input.text", 1, LONGEST.text);
    checkDistinct(criteriaOrder, "input.criteriaOrder");
  };
  return runChange(writer, { mutation: "publishInstructions", input, check }, async (change) => {
    const { connection, manager, viewer } = change;
    const datasetId = localId("Dataset", input.datasetId, "input.datasetId");
    requireDataset(viewer, datasetId);
    const revision = await beginChange(manager, datasetId);
    const instructions = { purpose, text, criteriaOrder, validFrom: input.validFrom ?? new Date() };
    const { id, version } = await insertInstructions(connection, datasetId, instructions, revision);
    await audit(manager, viewer, {
      action: "publishInstructions",
      subject: globalId("InstructionVersion", id),
      datasetId,
      after: { version, ...instructions },
    });
    return id;
  });
}
