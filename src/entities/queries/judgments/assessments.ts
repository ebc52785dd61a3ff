import type { OutputLabel } from "../../../vocabulary.js";
import type { Database, Statement } from "../../database/database.js";
import { inForce, keysetValue } from "../sql.js";

/** An assessment as the API reads it. */
export interface AssessmentRecord {
  readonly id: string;
  readonly datasetId: string;
  readonly completionId: string;
  readonly labelerId: string;
  readonly rankingId: string | null;
  readonly instructionVersionId: string | null;
  readonly overall: number | null;
  readonly labelValues: Partial<Record<OutputLabel, boolean | null>>;
  readonly toxicityInput: number | null;
  readonly toxicityOutput: number | null;
  readonly toxicityRelative: number | null;
  readonly continuity: number | null;
  readonly createdAt: Date;
  readonly asOf: number;
}

const COLUMNS = `a.id, a.dataset_id as "datasetId", a.completion_id as "completionId", a.labeler_id as "labelerId",
  a.ranking_id as "rankingId", a.instruction_version_id as "instructionVersionId", a.overall, a.labels as "labelValues",
  a.toxicity_input as "toxicityInput", a.toxicity_output as "toxicityOutput",
  a.toxicity_relative as "toxicityRelative", a.continuity, a.created_at as "createdAt"`;

/** Which assessments have these ids, removed or not? Index: assessment_pkey. */
const ASSESSMENTS_BY_ID: Statement = {
  name: "assessments-by-id",
  text: `select ${COLUMNS}, $2::integer as "asOf" from assessment a
    where a.id = any($1::bigint[]) and a.added_in <= $2`,
};

/** A page of the assessments of each completion as of a revision, by time. Index: assessment_by_completion. */
const ASSESSMENTS_OF_COMPLETIONS: Statement = {
  name: "assessments-of-completions",
  text: `select a.*, $2::integer as "asOf"
    from unnest($1::bigint[]) with ordinality as parent (id, ordinal)
    cross join lateral (
      select ${COLUMNS} from assessment a
      where a.completion_id = parent.id and ${inForce("a", "$2")} and (a.created_at, a.id) > ($4::timestamptz, $5::bigint)
      order by a.created_at, a.id limit $3
    ) a
    order by parent.ordinal, a."createdAt", a.id`,
};

/**
 * Which assessments were given with these rankings? Those in force, and of a superseded ranking those that went with it.
 * Indexes: assessment_by_ranking, ranking_pkey.
 */
const ASSESSMENTS_OF_RANKINGS: Statement = {
  name: "assessments-of-rankings",
  text: `select ${COLUMNS}, $2::integer as "asOf" from assessment a join ranking r on r.id = a.ranking_id
    where a.ranking_id = any($1::bigint[]) and (${inForce("a", "$2")} or a.removed_in = r.removed_in)
    order by a.ranking_id, a.position, a.id`,
};

/** How many assessments does each completion have as of a revision? Index: assessment_by_completion. */
const ASSESSMENTS_COUNTED: Statement = {
  name: "assessments-counted",
  text: `select a.completion_id as id, count(*)::integer as count from assessment a
    where a.completion_id = any($1::bigint[]) and ${inForce("a", "$2")} group by a.completion_id`,
};

export const assessmentsById = (
  database: Database,
  ids: readonly string[],
  asOf: number,
): Promise<AssessmentRecord[]> => database.rows<AssessmentRecord>(ASSESSMENTS_BY_ID, [ids, asOf]);

/** from: the milliseconds and the id after which each completion's page begins, or null. */
export const assessmentsOfCompletions = (
  database: Database,
  completionIds: readonly string[],
  asOf: number,
  limit: number,
  from: readonly string[] | null,
): Promise<AssessmentRecord[]> => {
  const [time, id] = from
    ? [keysetValue(from[0] ?? "", "timestamptz", "after"), keysetValue(from[1] ?? "", "bigint", "after")]
    : ["-infinity", "0"];
  return database.rows<AssessmentRecord>(ASSESSMENTS_OF_COMPLETIONS, [completionIds, asOf, limit, time, id]);
};

export const assessmentsOfRankings = (
  database: Database,
  rankingIds: readonly string[],
  asOf: number,
): Promise<AssessmentRecord[]> => database.rows<AssessmentRecord>(ASSESSMENTS_OF_RANKINGS, [rankingIds, asOf]);

export const countAssessmentsOfCompletions = (
  database: Database,
  completionIds: readonly string[],
  asOf: number,
): Promise<{ id: string; count: number }[]> => database.rows(ASSESSMENTS_COUNTED, [completionIds, asOf]);
