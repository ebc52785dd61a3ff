import type { LengthTokenizer } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { countRows, pageById } from "../page-by-id.js";
import { type KeysetRange, Parameters } from "../sql.js";

/** A dataset as the API reads it. */
export interface DatasetRecord {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly tokenizer: LengthTokenizer;
  readonly revision: number;
  readonly createdAt: Date;
}

const COLUMNS = `d.id, d.slug, d.name, d.description, d.tokenizer, d.revision, d.created_at as "createdAt"`;

/** Which datasets have these ids? Index: dataset_pkey. */
const DATASETS_BY_ID: Statement = {
  name: "datasets-by-id",
  text: `select ${COLUMNS} from dataset d where d.id = any($1::bigint[])`,
};

/** Which dataset has this slug? Index: dataset_slug_key. */
const DATASET_BY_SLUG: Statement = {
  name: "dataset-by-slug",
  text: `select ${COLUMNS} from dataset d where d.slug = $1`,
};

export const datasetsById = (database: Database, ids: readonly string[]): Promise<DatasetRecord[]> =>
  database.rows<DatasetRecord>(DATASETS_BY_ID, [ids]);

export const datasetBySlug = (database: Database, slug: string): Promise<DatasetRecord | null> =>
  database.row<DatasetRecord>(DATASET_BY_SLUG, [slug]);

/** The datasets among some, or all of them (null), oldest first. Index: dataset_pkey. */
const DATASETS_AMONG: Statement = {
  name: "datasets-among",
  text: `select ${COLUMNS} from dataset d where $1::bigint[] is null or d.id = any($1) order by d.id`,
};

export const datasetsAmong = (database: Database, ids: readonly string[] | null): Promise<DatasetRecord[]> =>
  database.rows<DatasetRecord>(DATASETS_AMONG, [ids]);

/** A page of the datasets among some, or of all (null), oldest first; one row more than asked for. */
export const datasetPage = (
  database: Database,
  ids: readonly string[] | null,
  range: KeysetRange,
): Promise<DatasetRecord[]> => pageById<DatasetRecord>(database, among(ids), false, range);

export const countDatasets = (database: Database, ids: readonly string[] | null): Promise<number> =>
  countRows(database, among(ids));

function among(ids: readonly string[] | null) {
  const parameters = new Parameters();
  const condition = ids === null ? "true" : `d.id = any(${parameters.add(ids)}::bigint[])`;
  return { table: "dataset", alias: "d", columns: COLUMNS, condition, parameters };
}
