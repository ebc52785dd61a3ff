import type { PromptOrder } from "../../../vocabulary.js";
import type { Database } from "../../database/database.js";
import { type KeysetColumn, type KeysetRange, keyset, Parameters } from "../sql.js";
import { type PromptFilterValues, promptCondition, rankingCount } from "./prompt-filter.js";
import { PROMPT_COLUMNS, type PromptRecord, promptTables } from "./prompts.js";

/** Which prompts to read: of a dataset as of a revision; atPresent: whether that is its present one. */
export interface PromptSelection {
  readonly datasetId: string;
  readonly asOf: number;
  readonly atPresent: boolean;
  readonly filter: PromptFilterValues;
}

/** A prompt of a page, with the count it was ordered by. */
export interface PromptPageRow extends PromptRecord {
  readonly orderCount: number;
}

const ID: KeysetColumn = { sql: "p.id", type: "bigint" };

/**
 * A page of a dataset's prompts, one row more than asked for. The prompts are chosen before anything is joined to them,
 * so that a page costs its own rows, wherever in the list it stands.
 * Indexes: prompt_by_creation, prompt_by_ranking_count; with an author prompt_by_author.
 */
export function promptPage(
  database: Database,
  selection: PromptSelection,
  order: PromptOrder,
  range: KeysetRange,
): Promise<PromptPageRow[]> {
  const { atPresent, filter } = selection;
  const parameters = new Parameters();
  const byCount = order === "MOST_RANKED" || order === "LEAST_RANKED";
  const where = chosen(selection, parameters);
  const count = rankingCount("$2", atPresent || !byCount);
  const columns: KeysetColumn[] = byCount
    ? [{ sql: count, type: "integer" }, ID]
    : [{ sql: "p.created_at", type: "timestamptz" }, ID];
  const descending = order === "CREATED_DESC" || order === "MOST_RANKED";
  const page = keyset(columns, descending, range, parameters);
  const text = `select ${PROMPT_COLUMNS}, $2::integer as "asOf", p.order_count as "orderCount"
    from ${promptTables(
      "$2",
      `(select p.*, ${count} as order_count from prompt p
        where ${where} and ${page.condition} order by ${page.order} limit ${page.limit})`,
    )}
    order by ${page.order.replaceAll(count, "p.order_count")}`;
  const plain = atPresent && Object.values(filter).every((value) => value == null);
  if (!plain) return database.select<PromptPageRow>(text, parameters.values);
  const name = `prompt-page-${order}${range.backward ? "-backward" : ""}${range.from ? "-on" : ""}`;
  return database.rows<PromptPageRow>({ name, text }, parameters.values);
}

/** How many prompts are there? Filters decide which index serves. */
export async function countPrompts(database: Database, selection: PromptSelection): Promise<number> {
  const parameters = new Parameters();
  const [row] = await database.select<{ count: number }>(
    `select count(*)::integer as count from prompt p where ${chosen(selection, parameters)}`,
    parameters.values,
  );
  return row?.count ?? 0;
}

/** The first two placeholders are those of the dataset and of the revision. */
function chosen({ datasetId, asOf, atPresent, filter }: PromptSelection, parameters: Parameters): string {
  const dataset = parameters.add(datasetId);
  const revision = parameters.add(asOf);
  const asked = promptCondition(filter, revision, atPresent, parameters);
  return `p.dataset_id = ${dataset} and p.added_in <= ${revision} and ${asked}`;
}
