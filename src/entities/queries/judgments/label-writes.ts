import type { OutputLabel } from "../../../vocabulary.js";
import type { Queryable, Statement } from "../../database/database.js";
import { rowsOf } from "../../database/queryable.js";

/** What every record of a labeler's work has. */
export interface LabelerWork {
  readonly datasetId: string;
  readonly labelerId: string;
  readonly instructionVersionId: string | null;
  readonly createdAt: Date;
  readonly revision: number;
}

/** Stores a demonstration behind those that its prompt has. Index: demonstration_prompt_id_position_key. */
const INSERT_DEMONSTRATION: Statement = {
  name: "insert-demonstration",
  text: `insert into demonstration (dataset_id, labeler_id, instruction_version_id, created_at, added_in, prompt_id, text,
      identity, position, created_at_given)
    select $1, $2, $3, $4, $5, $6, $7, $8, coalesce(max(position) + 1, 0), true from demonstration where prompt_id = $6
    returning id`,
};

const workValues = (work: LabelerWork): unknown[] => [
  work.datasetId,
  work.labelerId,
  work.instructionVersionId,
  work.createdAt,
  work.revision,
];

export async function insertDemonstration(
  connection: Queryable,
  work: LabelerWork,
  demonstration: { promptId: string; text: string; identity: string },
): Promise<string> {
  const { promptId, text, identity } = demonstration;
  const values = [...workValues(work), promptId, text, identity];
  const [row] = await rowsOf<{ id: string }>(connection, INSERT_DEMONSTRATION, values);
  return (row as { id: string }).id;
}

/** Stores a ranking behind those that its prompt has. Index: ranking_prompt_id_position_key. */
const INSERT_RANKING: Statement = {
  name: "insert-ranking",
  text: `insert into ranking (dataset_id, labeler_id, instruction_version_id, created_at, added_in, prompt_id, completions,
      tiers, display_order, strict_pairs, duration_ms, note, supersedes_id, submitted_set, identity, position,
      created_at_given)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, coalesce(max(position) + 1, 0), true
    from ranking where prompt_id = $6
    returning id`,
};

/** A ranking to be stored, in canonical form. */
export interface NewRankingRow {
  readonly promptId: string;
  /** [n]: positions of the completions, best first, ascending within a tier. */
  readonly completions: readonly number[];
  /** [n]: the tier of each, from 1. */
  readonly tiers: readonly number[];
  readonly displayOrder: readonly number[] | null;
  readonly strictPairs: number;
  readonly durationMs: number | null;
  readonly note: string | null;
  readonly supersedesId: string | null;
  readonly submittedSet: string;
  readonly identity: string;
}

export async function insertRanking(connection: Queryable, work: LabelerWork, ranking: NewRankingRow): Promise<string> {
  const [row] = await rowsOf<{ id: string }>(connection, INSERT_RANKING, [
    ...workValues(work),
    ranking.promptId,
    ranking.completions,
    ranking.tiers,
    ranking.displayOrder,
    ranking.strictPairs,
    ranking.durationMs,
    ranking.note,
    ranking.supersedesId,
    ranking.submittedSet,
    ranking.identity,
  ]);
  return (row as { id: string }).id;
}

/** A labeler's ranking in force of a set: submitted, of which there is one, or imported, which may repeat. */
export interface RankingOfSet {
  readonly id: string;
  readonly isSubmitted: boolean;
}

/** Which rankings in force has a labeler given of exactly this set of a prompt's completions? Index: ranking_prompt_id_position_key. */
const RANKINGS_OF_SET: Statement = {
  name: "rankings-of-set",
  text: `select id, submitted_set is not null as "isSubmitted" from ranking
    where prompt_id = $1 and labeler_id = $2 and removed_in is null
      and completions @> $3::smallint[] and completions <@ $3::smallint[]
    order by position`,
};

export const rankingsOfSet = (
  connection: Queryable,
  promptId: string,
  labelerId: string,
  positions: readonly number[],
): Promise<RankingOfSet[]> => rowsOf<RankingOfSet>(connection, RANKINGS_OF_SET, [promptId, labelerId, positions]);

/** A ranking that is to be superseded. Index: ranking_pkey. */
export interface EarlierRanking {
  readonly id: string;
  readonly promptId: string;
  readonly labelerId: string;
  readonly completions: readonly number[];
  readonly removedIn: number | null;
}

const RANKING_BY_ID: Statement = {
  name: "earlier-ranking",
  text: `select id, prompt_id as "promptId", labeler_id as "labelerId", completions, removed_in as "removedIn"
    from ranking where id = $1`,
};

export async function earlierRanking(connection: Queryable, id: string): Promise<EarlierRanking | null> {
  const [row] = await rowsOf<EarlierRanking>(connection, RANKING_BY_ID, [id]);
  return row ?? null;
}

const END_RANKING: Statement = {
  name: "end-ranking",
  text: "update ranking set removed_in = $2 where id = $1 and removed_in is null",
};

const END_ITS_ASSESSMENTS: Statement = {
  name: "end-assessments-of-ranking",
  text: "update assessment set removed_in = $2 where ranking_id = $1 and removed_in is null",
};

/** Takes a ranking and the assessments given with it out of force. Indexes: ranking_pkey, assessment_by_ranking. */
export async function endRanking(connection: Queryable, id: string, revision: number): Promise<void> {
  await rowsOf(connection, END_RANKING, [id, revision]);
  await rowsOf(connection, END_ITS_ASSESSMENTS, [id, revision]);
}

const COUNT_RANKING: Statement = {
  name: "count-ranking",
  text: "update prompt set ranking_count = ranking_count + 1 where id = $1",
};

export async function countRanking(connection: Queryable, promptId: string): Promise<void> {
  await rowsOf(connection, COUNT_RANKING, [promptId]);
}

/** An assessment to be stored. */
export interface NewAssessmentRow {
  readonly promptId: string;
  readonly completionId: string;
  /** Its ordinal among those of its ranking; outside of one, among those just given of its prompt. */
  readonly ordinal: number;
  readonly overall: number | null;
  readonly labels: Partial<Record<OutputLabel, boolean | null>>;
  readonly input: number | null;
  readonly output: number | null;
  readonly relative: number | null;
  readonly continuity: number | null;
  readonly identity: string;
}

/**
 * Stores assessments in the order given: those of a ranking ($6) by their ordinal, those outside of one behind those that
 * their prompt has. Index: assessment_by_prompt.
 */
const INSERT_ASSESSMENTS: Statement = {
  name: "insert-assessments",
  text: `insert into assessment (dataset_id, labeler_id, instruction_version_id, created_at, added_in, ranking_id, prompt_id,
      completion_id, position, overall, labels, toxicity_input, toxicity_output, toxicity_relative, continuity, identity,
      created_at_given)
    select $1, $2, $3, $4, $5, $6, given.prompt_id, given.completion_id, given.ordinal + coalesce(there.next, 0), overall,
      labels, input, output, relative, continuity, given.identity, true
    from unnest($7::bigint[], $8::bigint[], $9::integer[], $10::smallint[], $11::jsonb[], $12::smallint[], $13::smallint[],
        $14::smallint[], $15::smallint[], $16::uuid[]) with ordinality
        as given (prompt_id, completion_id, ordinal, overall, labels, input, output, relative, continuity, identity, place)
      left join lateral (
        select max(position) + 1 as next from assessment a
        where $6::bigint is null and a.prompt_id = given.prompt_id and a.ranking_id is null) there on true
    order by place
    returning id, completion_id as "completionId"`,
};

/** Stores assessments of different completions; returns their numbers in the order given. */
export async function insertAssessments(
  connection: Queryable,
  work: LabelerWork,
  rankingId: string | null,
  assessments: readonly NewAssessmentRow[],
): Promise<string[]> {
  if (assessments.length === 0) return [];
  const rows = await rowsOf<{ id: string; completionId: string }>(connection, INSERT_ASSESSMENTS, [
    ...workValues(work),
    rankingId,
    assessments.map(({ promptId }) => promptId),
    assessments.map(({ completionId }) => completionId),
    assessments.map(({ ordinal }) => ordinal),
    assessments.map(({ overall }) => overall),
    assessments.map(({ labels }) => JSON.stringify(labels)),
    assessments.map(({ input }) => input),
    assessments.map(({ output }) => output),
    assessments.map(({ relative }) => relative),
    assessments.map(({ continuity }) => continuity),
    assessments.map(({ identity }) => identity),
  ]);
  const ids = new Map(rows.map(({ id, completionId }) => [completionId, id]));
  return assessments.map(({ completionId }) => ids.get(completionId) as string);
}
