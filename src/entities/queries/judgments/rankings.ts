import type { Database, Statement } from "../../database/database.js";
import { inForce, keysetValue } from "../sql.js";

/** A ranking as the API reads it. */
export interface RankingRecord {
  readonly id: string;
  readonly datasetId: string;
  readonly promptId: string;
  readonly labelerId: string;
  readonly instructionVersionId: string | null;
  readonly position: number;
  /** [n] positions of the prompt's completions, best first. */
  readonly ranked: readonly number[];
  /** [n] the tier of each, from 1. */
  readonly tierNumbers: readonly number[];
  /** Positions as they stood before the labeler, where known. */
  readonly shown: readonly number[] | null;
  readonly durationMs: number | null;
  readonly note: string | null;
  readonly supersedesId: string | null;
  readonly createdAt: Date;
  readonly asOf: number;
}

/** The columns of a RankingRecord but asOf, from `w` (ranking). */
export const RANKING_COLUMNS = `w.id, w.dataset_id as "datasetId", w.prompt_id as "promptId", w.labeler_id as "labelerId",
  w.instruction_version_id as "instructionVersionId", w.position, w.completions as ranked, w.tiers as "tierNumbers",
  w.display_order as shown, w.duration_ms as "durationMs", w.note, w.supersedes_id as "supersedesId",
  w.created_at as "createdAt"`;

/** Which rankings have these ids, superseded or not? Index: ranking_pkey. */
const RANKINGS_BY_ID: Statement = {
  name: "rankings-by-id",
  text: `select ${RANKING_COLUMNS}, $2::integer as "asOf" from ranking w
    where w.id = any($1::bigint[]) and w.added_in <= $2`,
};

/** A page of the rankings of each prompt as of a revision, by position. Index: ranking_prompt_id_position_key. */
const RANKINGS_OF_PROMPTS: Statement = {
  name: "rankings-of-prompts",
  text: `select w.*, $2::integer as "asOf"
    from unnest($1::bigint[]) with ordinality as parent (id, ordinal)
    cross join lateral (
      select ${RANKING_COLUMNS} from ranking w
      where w.prompt_id = parent.id and ${inForce("w", "$2")} and w.position > $4
      order by w.position limit $3
    ) w
    order by parent.ordinal, w.position`,
};

/** How many rankings does each prompt have as of a revision? Index: ranking_prompt_id_position_key. */
const RANKINGS_COUNTED: Statement = {
  name: "rankings-counted",
  text: `select w.prompt_id as id, count(*)::integer as count from ranking w
    where w.prompt_id = any($1::bigint[]) and ${inForce("w", "$2")} group by w.prompt_id`,
};

export const rankingsById = (database: Database, ids: readonly string[], asOf: number): Promise<RankingRecord[]> =>
  database.rows<RankingRecord>(RANKINGS_BY_ID, [ids, asOf]);

/** from: the position after which each prompt's page begins, or null. */
export const rankingsOfPrompts = (
  database: Database,
  promptIds: readonly string[],
  asOf: number,
  limit: number,
  from: readonly string[] | null,
): Promise<RankingRecord[]> => {
  const position = from ? keysetValue(from[0] ?? "", "integer", "after") : -1;
  return database.rows<RankingRecord>(RANKINGS_OF_PROMPTS, [promptIds, asOf, limit, position]);
};

export const countRankingsOfPrompts = (
  database: Database,
  promptIds: readonly string[],
  asOf: number,
): Promise<{ id: string; count: number }[]> => database.rows(RANKINGS_COUNTED, [promptIds, asOf]);
