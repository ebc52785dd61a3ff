import type { Criterion, InstructionPurpose } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";

/** A version of a dataset's instructions as the API reads it. */
export interface InstructionVersionRecord {
  readonly id: string;
  readonly datasetId: string;
  readonly version: number;
  readonly purpose: InstructionPurpose;
  readonly text: string;
  readonly criteriaOrder: readonly Criterion[];
  readonly validFrom: Date;
}

const COLUMNS = `i.id, i.dataset_id as "datasetId", i.version, i.purpose, i.text, i.criteria_order as "criteriaOrder",
  i.valid_from as "validFrom"`;

/** Which versions have these ids? Index: instruction_version_pkey. */
const VERSIONS_BY_ID: Statement = {
  name: "instruction-versions-by-id",
  text: `select ${COLUMNS} from instruction_version i where i.id = any($1::bigint[])`,
};

/** Which versions do these datasets have as of a revision? Index: instruction_version_dataset_id_version_key. */
const VERSIONS_OF_DATASETS: Statement = {
  name: "instruction-versions-of-datasets",
  text: `select ${COLUMNS} from instruction_version i where i.dataset_id = any($1::bigint[]) and i.added_in <= $2
    order by i.dataset_id, i.version`,
};

export const instructionVersionsById = (
  database: Database,
  ids: readonly string[],
): Promise<InstructionVersionRecord[]> => database.rows<InstructionVersionRecord>(VERSIONS_BY_ID, [ids]);

export const instructionVersionsOfDatasets = (
  database: Database,
  datasetIds: readonly string[],
  asOf: number,
): Promise<InstructionVersionRecord[]> =>
  database.rows<InstructionVersionRecord>(VERSIONS_OF_DATASETS, [datasetIds, asOf]);
