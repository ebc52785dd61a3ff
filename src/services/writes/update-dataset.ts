import { checkText } from "../../datasets/records/names.js";
import { datasetWords, updateDatasetWords } from "../../entities/queries/datasets/dataset-writes.js";
import { badInput, notFound } from "../../errors.js";
import { localId } from "../input/global-id.js";
import { audit } from "./audit.js";
import { beginChange } from "./change-dataset.js";
import { LONGEST_DESCRIPTION } from "./create-dataset.js";
import { runChange, type Writer } from "./run-change.js";

/** What is left out stays as it is. */
export interface DatasetChange {
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
}

/**
 * Changes the name or the description of a dataset. Refused: neither given, null for either, an empty name.
 * @returns the dataset's number
 */
export async function updateDataset(writer: Writer, input: DatasetChange): Promise<string> {
  const { name, description } = input;
  const check = () => {
    if (name === null || description === null) {
      const field = name === null ? "name" : "description";
      throw badInput(`input.${field} is null; leave it out to keep it as it is.`, `input.${field}`);
    }
    if (name === undefined && description === undefined)
      throw badInput("Give the name or the description that is to be changed.", "input");
    if (name !== undefined) checkText(name, "input.name", 1, 200);
    if (description !== undefined) checkText(description, "input.description", 0, LONGEST_DESCRIPTION);
  };
  return runChange(writer, { mutation: "updateDataset", input, check }, async ({ connection, manager, viewer }) => {
    const datasetId = localId("Dataset", input.id, "input.id");
    await beginChange(manager, datasetId);
    const before = await datasetWords(connection, datasetId);
    if (!before) throw notFound("The dataset");
    const after = { name: name ?? before.name, description: description ?? before.description };
    await updateDatasetWords(connection, datasetId, after);
    await audit(manager, viewer, {
      action: "updateDataset",
      subject: input.id,
      datasetId,
      before: { name: before.name, description: before.description },
      after,
    });
    return datasetId;
  });
}
