import type { Database, Statement } from "../../database/database.js";
import { inForce } from "../sql.js";

/** Why rankings or demonstrations of a dataset do not count for training; one may be in several. */
export interface NotTrainableRecord {
  readonly total: number;
  readonly ofOtherPools: number;
  readonly withoutSplit: number;
  readonly inOtherSplits: number;
  readonly excluded: number;
  /** Rankings with a single tier. */
  readonly tied: number;
}

/** Of each row in force, what stands between it and the training of a stage. Indexes: the table's own on prompt_id. */
const question = (table: "ranking" | "demonstration", stage: "RM" | "SFT", tied: string): Statement => ({
  name: `hurdles-of-${table}s`,
  text: `select count(*)::integer as total,
      count(*) filter (where m.pool is distinct from 'TRAINING')::integer as "ofOtherPools",
      count(*) filter (where a.split is null)::integer as "withoutSplit",
      count(*) filter (where a.split <> 'TRAIN')::integer as "inOtherSplits",
      count(*) filter (where '${stage}' = any(s.exclusion_from))::integer as excluded,
      count(*) filter (where ${tied})::integer as tied
    from prompt p
    join prompt_state s on s.prompt_id = p.id and ${inForce("s", "$2")}
    join ${table} w on w.prompt_id = p.id and ${inForce("w", "$2")}
    left join dataset_labeler m on m.dataset_id = $1 and m.labeler_id = w.labeler_id and ${inForce("m", "$2")}
    left join split_assignment a on a.split_group_id = s.split_group_id and ${inForce("a", "$2")}
    where p.dataset_id = $1 and p.added_in <= $2`,
});

const OF_RANKINGS = question("ranking", "RM", "w.strict_pairs = 0");
const OF_DEMONSTRATIONS = question("demonstration", "SFT", "false");

const ask = async (
  database: Database,
  which: Statement,
  datasetId: string,
  asOf: number,
): Promise<NotTrainableRecord> => {
  const [record] = await database.rows<NotTrainableRecord>(which, [datasetId, asOf]);
  return record as NotTrainableRecord;
};

export const rankingsNotTrainable = (
  database: Database,
  datasetId: string,
  asOf: number,
): Promise<NotTrainableRecord> => ask(database, OF_RANKINGS, datasetId, asOf);

export const demonstrationsNotTrainable = (
  database: Database,
  datasetId: string,
  asOf: number,
): Promise<NotTrainableRecord> => ask(database, OF_DEMONSTRATIONS, datasetId, asOf);
