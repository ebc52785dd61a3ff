import type { Criterion, InstructionPurpose } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** Stores instructions under the dataset's next number. Index: instruction_version_dataset_id_version_key. */
const INSERT_INSTRUCTIONS: Statement = {
  name: "insert-instructions",
  text: `insert into instruction_version (dataset_id, version, purpose, text, criteria_order, valid_from, added_in)
    select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6 from instruction_version where dataset_id = $1
    returning id, version`,
};

export async function insertInstructions(
  connection: Queryable,
  datasetId: string,
  instructions: {
    purpose: InstructionPurpose;
    text: string;
    criteriaOrder: readonly Criterion[];
    validFrom: Date;
  },
  revision: number,
): Promise<{ id: string; version: number }> {
  const { purpose, text, criteriaOrder, validFrom } = instructions;
  const values = [datasetId, purpose, text, criteriaOrder, validFrom, revision];
  const [row] = await rowsOf<{ id: string; version: number }>(connection, INSERT_INSTRUCTIONS, values);
  return row as { id: string; version: number };
}

/** Instructions as work refers to them. */
export interface InstructionsInForce {
  readonly id: string;
  readonly version: number;
}

/** Which instructions for making training data hold at a moment? The one with the highest number. */
const INSTRUCTIONS_IN_FORCE: Statement = {
  name: "instructions-in-force",
  text: `select id, version from instruction_version
    where dataset_id = $1 and purpose = 'TRAINING_DATA' and valid_from <= $2 order by version desc limit 1`,
};

const INSTRUCTIONS_OF_DATASET: Statement = {
  name: "instructions-of-dataset",
  text: "select id, version from instruction_version where dataset_id = $1 and id = $2",
};

export async function instructionsInForce(
  connection: Queryable,
  datasetId: string,
  at: Date,
): Promise<InstructionsInForce | null> {
  const [row] = await rowsOf<InstructionsInForce>(connection, INSTRUCTIONS_IN_FORCE, [datasetId, at]);
  return row ?? null;
}

export async function instructionsOfDataset(
  connection: Queryable,
  datasetId: string,
  id: string,
): Promise<InstructionsInForce | null> {
  const [row] = await rowsOf<InstructionsInForce>(connection, INSTRUCTIONS_OF_DATASET, [datasetId, id]);
  return row ?? null;
}
