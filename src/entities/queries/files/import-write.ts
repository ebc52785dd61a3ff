import type { Criterion, InstructionPurpose, LabelerPool, LabelerStatus, SplitGrouping } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** Waits while another transaction creates the same slug. Index: dataset_slug_key. */
const CREATE_DATASET: Statement = {
  name: "import-create-dataset",
  text: "insert into dataset (slug, name) values ($1, $1) on conflict (slug) do nothing returning id",
};

const DATASET_ID: Statement = { name: "import-dataset-id", text: "select id from dataset where slug = $1" };

/** The id of the dataset with this slug, made where there is none; null: it was deleted at this very moment. */
export async function datasetForImport(connection: Queryable, slug: string): Promise<string | null> {
  for (const question of [DATASET_ID, CREATE_DATASET, DATASET_ID]) {
    const [dataset] = await rowsOf<{ id: string }>(connection, question, [slug]);
    if (dataset) return dataset.id;
  }
  return null;
}

/** In the order of the handles, so that two imports that register the same people never wait for each other in a ring. */
const REGISTER_LABELERS: Statement = {
  name: "import-register-labelers",
  text: `insert into labeler (handle, pool, status)
    select handle, pool, status from unnest($1::text[], $2::text[], $3::text[]) as given (handle, pool, status)
    order by handle
    on conflict (handle) do nothing
    returning id, handle`,
};

/** Registers labelers; one that somebody else has registered meanwhile is missing from the answer. */
export async function registerLabelers(
  connection: Queryable,
  labelers: readonly { handle: string; pool: LabelerPool; status: LabelerStatus }[],
): Promise<Map<string, string>> {
  if (labelers.length === 0) return new Map();
  const rows = await rowsOf<{ id: string; handle: string }>(connection, REGISTER_LABELERS, [
    labelers.map(({ handle }) => handle),
    labelers.map(({ pool }) => pool),
    labelers.map(({ status }) => status),
  ]);
  return new Map(rows.map(({ id, handle }) => [handle, id]));
}

const ADD_INSTRUCTIONS: Statement = {
  name: "import-add-instructions",
  text: `insert into instruction_version (dataset_id, version, purpose, text, criteria_order, valid_from, added_in)
    values ($1, $2, $3, $4, $5, $6, $7) returning id`,
};

export async function addInstructions(
  connection: Queryable,
  datasetId: string,
  instructions: {
    version: number;
    purpose: InstructionPurpose;
    text: string;
    criteriaOrder: readonly Criterion[];
    validFrom: Date;
  },
  revision: number,
): Promise<string> {
  const { version, purpose, text, criteriaOrder, validFrom } = instructions;
  // As text: pg would write a Date in the process's own zone, whose old offsets have seconds that it drops.
  const values = [datasetId, version, purpose, text, criteriaOrder, validFrom.toISOString(), revision];
  const [row] = await rowsOf<{ id: string }>(connection, ADD_INSTRUCTIONS, values);
  return (row as { id: string }).id;
}

const ADD_SPLIT_POLICY: Statement = {
  name: "import-add-split-policy",
  text: `insert into split_policy (dataset_id, train, validation, test, seed, group_by, assigned_at, added_in)
    values ($1, $2, $3, $4, $5, $6, $7, $8)`,
};

export async function addSplitPolicy(
  connection: Queryable,
  datasetId: string,
  policy: { train: number; validation: number; test: number; seed: number; groupBy: SplitGrouping; assignedAt: Date },
  revision: number,
): Promise<void> {
  const { train, validation, test, seed, groupBy, assignedAt } = policy;
  await rowsOf(connection, ADD_SPLIT_POLICY, [
    datasetId,
    train,
    validation,
    test,
    seed,
    groupBy,
    assignedAt.toISOString(),
    revision,
  ]);
}

/** Index: prompt_pkey. */
const COUNT_RANKINGS: Statement = {
  name: "import-count-rankings",
  text: `update prompt p set ranking_count = ranking_count + given.rankings
    from unnest($1::bigint[], $2::integer[]) as given (id, rankings) where p.id = given.id`,
};

/** Counts rankings that prompts known before have got. */
export async function addToRankingCounts(
  connection: Queryable,
  promptIds: readonly string[],
  rankings: readonly number[],
): Promise<void> {
  if (promptIds.length > 0) await rowsOf(connection, COUNT_RANKINGS, [promptIds, rankings]);
}
