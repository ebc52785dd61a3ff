import type { LabelerPool, LabelerStatus } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { countRows, pageById } from "../page-by-id.js";
import { contains, inForce, type KeysetRange, Parameters } from "../sql.js";

/** A labeler as the API reads it; pool as of a revision of a dataset where it was reached through one. */
export interface LabelerRecord {
  readonly id: string;
  readonly handle: string;
  readonly pool: LabelerPool;
  readonly status: LabelerStatus;
  readonly createdAt: Date;
}

/** What a labeler has done in some datasets, superseded work not counted. */
export interface LabelerCountsRecord {
  readonly id: string;
  readonly demonstrations: number;
  readonly rankings: number;
  readonly assessments: number;
  readonly skipped: number;
}

/** The columns of a LabelerRecord from `l` (labeler), at present. */
const LABELER_COLUMNS = `l.id, l.handle, l.pool, l.status, l.created_at as "createdAt"`;

/** Which labelers have these ids? Index: labeler_pkey. */
const LABELERS_BY_ID: Statement = {
  name: "labelers-by-id",
  text: `select ${LABELER_COLUMNS} from labeler l where l.id = any($1::bigint[])`,
};

/** Which labelers have these ids, with the pool and status each had in a dataset as of a revision? Index: dataset_labeler_dataset_id_labeler_id_added_in_key. */
const LABELERS_IN_DATASET: Statement = {
  name: "labelers-in-dataset",
  text: `select l.id, l.handle, coalesce(m.pool, l.pool) as pool, coalesce(m.status, l.status) as status, l.created_at as "createdAt"
    from labeler l
    left join dataset_labeler m on m.labeler_id = l.id and m.dataset_id = $2 and ${inForce("m", "$3")}
    where l.id = any($1::bigint[])`,
};

/** In which datasets is each labeler a member at present? Index: dataset_labeler_by_labeler. */
const MEMBERSHIPS: Statement = {
  name: "labelers-memberships",
  text: `select labeler_id as "labelerId", dataset_id as "datasetId" from dataset_labeler
    where labeler_id = any($1::bigint[]) and removed_in is null order by dataset_id`,
};

/**
 * What has each labeler done, in all datasets (null) or in some? Indexes: demonstration_by_labeler, ranking_by_labeler,
 * assessment_by_labeler, skip_by_labeler.
 */
const LABELER_COUNTS: Statement = {
  name: "labeler-counts",
  text: `select l.id,
      (select count(*)::integer from demonstration w where w.labeler_id = l.id and w.removed_in is null
        and ($2::bigint[] is null or w.dataset_id = any($2))) as demonstrations,
      (select count(*)::integer from ranking w where w.labeler_id = l.id and w.removed_in is null
        and ($2::bigint[] is null or w.dataset_id = any($2))) as rankings,
      (select count(*)::integer from assessment w where w.labeler_id = l.id and w.removed_in is null
        and ($2::bigint[] is null or w.dataset_id = any($2))) as assessments,
      (select count(*)::integer from skip w where w.labeler_id = l.id
        and ($2::bigint[] is null or w.dataset_id = any($2))) as skipped
    from unnest($1::bigint[]) as l (id)`,
};

export const labelersById = (database: Database, ids: readonly string[]): Promise<LabelerRecord[]> =>
  database.rows<LabelerRecord>(LABELERS_BY_ID, [ids]);

export const labelersInDataset = (
  database: Database,
  ids: readonly string[],
  datasetId: string,
  asOf: number,
): Promise<LabelerRecord[]> => database.rows<LabelerRecord>(LABELERS_IN_DATASET, [ids, datasetId, asOf]);

export const membershipsOf = (
  database: Database,
  labelerIds: readonly string[],
): Promise<{ labelerId: string; datasetId: string }[]> => database.rows(MEMBERSHIPS, [labelerIds]);

/** datasetIds: the datasets to count in; null: all. */
export const labelerCounts = (
  database: Database,
  labelerIds: readonly string[],
  datasetIds: readonly string[] | null,
): Promise<LabelerCountsRecord[]> => database.rows<LabelerCountsRecord>(LABELER_COUNTS, [labelerIds, datasetIds]);

/** Which labelers; null or absent: not asked. An empty list matches none. */
export interface LabelerFilterValues {
  readonly pools?: readonly LabelerPool[] | null;
  readonly statuses?: readonly LabelerStatus[] | null;
  /** A part of the handle, whatever the case. */
  readonly search?: string | null;
}

/** A page of all labelers, in the order in which they were registered; one row more than asked for. */
export const labelerPage = (
  database: Database,
  filter: LabelerFilterValues,
  range: KeysetRange,
): Promise<LabelerRecord[]> => pageById<LabelerRecord>(database, matching(filter), false, range);

export const countLabelers = (database: Database, filter: LabelerFilterValues): Promise<number> =>
  countRows(database, matching(filter));

function matching({ pools, statuses, search }: LabelerFilterValues) {
  const parameters = new Parameters();
  const conditions = ["true"];
  if (pools != null) conditions.push(`l.pool = any(${parameters.add(pools)}::text[])`);
  if (statuses != null) conditions.push(`l.status = any(${parameters.add(statuses)}::text[])`);
  if (search != null) conditions.push(contains("l.handle", search, parameters));
  return { table: "labeler", alias: "l", columns: LABELER_COLUMNS, condition: conditions.join(" and "), parameters };
}
