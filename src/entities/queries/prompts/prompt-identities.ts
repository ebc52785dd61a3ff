import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** Which prompts of a dataset have these identities? Index: prompt_dataset_id_identity_key. */
const PROMPTS_BY_IDENTITY: Statement = {
  name: "prompts-by-identity",
  text: "select id, identity from prompt where dataset_id = $1 and identity = any($2::uuid[])",
};

/** The prompts' numbers by their identities. */
export async function promptsByIdentity(
  connection: Queryable,
  datasetId: string,
  identities: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await rowsOf<{ id: string; identity: string }>(connection, PROMPTS_BY_IDENTITY, [datasetId, identities]);
  return new Map(rows.map(({ id, identity }) => [identity, id]));
}
