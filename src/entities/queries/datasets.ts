import type { LengthTokenizer } from "../../vocabulary.js";
import type { Database, Question } from "../database.js";

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
const DATASETS_BY_ID: Question = {
  name: "datasets-by-id",
  text: `select ${COLUMNS} from dataset d where d.id = any($1::bigint[])`,
};

/** Which dataset has this slug? Index: dataset_slug_key. */
const DATASET_BY_SLUG: Question = {
  name: "dataset-by-slug",
  text: `select ${COLUMNS} from dataset d where d.slug = $1`,
};

export const datasetsById = (database: Database, ids: readonly string[]): Promise<DatasetRecord[]> =>
  database.rows<DatasetRecord>(DATASETS_BY_ID, [ids]);

export const datasetBySlug = (database: Database, slug: string): Promise<DatasetRecord | null> =>
  database.row<DatasetRecord>(DATASET_BY_SLUG, [slug]);
