import type { LengthTokenizer } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** Stores a dataset unless its slug is taken. Index: dataset_slug_key. */
const INSERT_DATASET: Statement = {
  name: "insert-dataset",
  text: `insert into dataset (slug, name, description, tokenizer) values ($1, $2, $3, $4)
    on conflict (slug) do nothing returning id`,
};

const DATASET_WORDS: Statement = {
  name: "dataset-words",
  text: "select slug, name, description from dataset where id = $1",
};

const UPDATE_DATASET: Statement = {
  name: "update-dataset",
  text: "update dataset set name = $2, description = $3 where id = $1",
};

/** The number of a new dataset, or null where its slug is taken. */
export async function insertDataset(
  connection: Queryable,
  dataset: { slug: string; name: string; description: string; tokenizer: LengthTokenizer },
): Promise<string | null> {
  const { slug, name, description, tokenizer } = dataset;
  const [row] = await rowsOf<{ id: string }>(connection, INSERT_DATASET, [slug, name, description, tokenizer]);
  return row?.id ?? null;
}

export interface DatasetWords {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
}

export async function datasetWords(connection: Queryable, datasetId: string): Promise<DatasetWords | null> {
  const [row] = await rowsOf<DatasetWords>(connection, DATASET_WORDS, [datasetId]);
  return row ?? null;
}

export async function updateDatasetWords(
  connection: Queryable,
  datasetId: string,
  { name, description }: { name: string; description: string },
): Promise<void> {
  await rowsOf(connection, UPDATE_DATASET, [datasetId, name, description]);
}

/**
 * Removes a dataset table by table, what refers before what is referred to, so that no cascade has a row to find.
 * The audit log keeps its entries. Indexes: those that begin with dataset_id or prompt_id.
 */
const REMOVALS: readonly string[] = [
  "delete from assessment where prompt_id in (select id from prompt where dataset_id = $1)",
  "delete from ranking where dataset_id = $1",
  "delete from demonstration_length where demonstration_id in (select id from demonstration where dataset_id = $1)",
  "delete from demonstration where dataset_id = $1",
  "delete from skip where prompt_id in (select id from prompt where dataset_id = $1)",
  "delete from completion where dataset_id = $1",
  "delete from prompt_length where prompt_id in (select id from prompt where dataset_id = $1)",
  "delete from prompt_state where prompt_id in (select id from prompt where dataset_id = $1)",
  "delete from prompt where dataset_id = $1",
  "delete from author_group where dataset_id = $1",
  "delete from split_assignment where split_group_id in (select id from split_group where dataset_id = $1)",
  "delete from split_group where dataset_id = $1",
  "delete from split_policy where dataset_id = $1",
  "delete from instruction_version where dataset_id = $1",
  "delete from dataset_labeler where dataset_id = $1",
  "delete from import_line where dataset_id = $1",
  "delete from api_key_dataset where dataset_id = $1",
  "delete from dataset where id = $1",
];

export async function removeDataset(connection: Queryable, datasetId: string): Promise<void> {
  for (const text of REMOVALS) await connection.query({ text, values: [datasetId] });
}

/** A dataset that shall not be deleted until the transaction ends: a job of it is being made. Index: dataset_pkey. */
const DATASET_FOR_JOB: Statement = {
  name: "dataset-for-job",
  text: "select slug from dataset where id = $1 for share",
};

export async function datasetForJob(connection: Queryable, id: string): Promise<{ slug: string } | null> {
  const [row] = await rowsOf<{ slug: string }>(connection, DATASET_FOR_JOB, [id]);
  return row ?? null;
}
