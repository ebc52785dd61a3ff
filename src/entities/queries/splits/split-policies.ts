import type { SplitGrouping } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";

/** How a dataset's splits were assigned, as the API reads it. */
export interface SplitPolicyRecord {
  readonly datasetId: string;
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly seed: number;
  readonly groupBy: SplitGrouping;
  readonly assignedAt: Date;
}

/** Which policy does each dataset have as of a revision? Index: split_policy_dataset_id_added_in_key. */
const POLICIES_OF_DATASETS: Statement = {
  name: "split-policies-of-datasets",
  text: `select y.dataset_id as "datasetId", y.train, y.validation, y.test, y.seed, y.group_by as "groupBy",
      y.assigned_at as "assignedAt"
    from split_policy y where y.dataset_id = any($1::bigint[]) and ${inForce("y", "$2")}`,
};

export const splitPoliciesOfDatasets = (
  database: Database,
  datasetIds: readonly string[],
  asOf: number,
): Promise<SplitPolicyRecord[]> => database.rows<SplitPolicyRecord>(POLICIES_OF_DATASETS, [datasetIds, asOf]);
